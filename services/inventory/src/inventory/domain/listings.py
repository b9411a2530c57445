"""A listing: what its marketplace shows, and the quantity it should show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from inventory.domain.money import Money
from inventory.domain.words import ListingState


@dataclass(frozen=True, slots=True)
class Observation:
    """A listing as its marketplace showed it at one time."""

    tenant_id: UUID
    account_id: UUID
    platform: str
    listing_id: UUID
    revision: int
    sku: str | None
    title: str
    quantity: int
    state: ListingState
    url: str | None
    thumbnail_url: str | None
    stock_master: bool
    settled_version: int
    observed_at: datetime
    vendor: str | None = None
    brand: str | None = None
    price: Money | None = None

    @property
    def is_live(self) -> bool:
        """Whether people can buy it, stock allowing."""
        return self.state is ListingState.LIVE


@dataclass(frozen=True, slots=True)
class Drop:
    """Units that an observation took off the stock and that no order has explained so far; 0 where it took none off."""

    at: datetime
    """When it was observed."""
    units: int


@dataclass(frozen=True, slots=True)
class Target:
    """The quantity one listing should show."""

    listing_id: UUID
    account_id: UUID
    platform: str
    version: int
    quantity: int
    may_raise: bool = False
    sold_here: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """A connector's word on one target: reached as read back, or failed with a reason."""

    tenant_id: UUID
    listing_id: UUID
    version: int
    quantity: int | None
    sale_id: UUID | None
    taken_down: bool = False
    ended_by_us: bool = True
    failure: str | None = None
    at: datetime | None = None
    """When the marketplace showed it, or the connector gave up."""


@dataclass(slots=True)
class Listing:
    """An article on one account. `version` rises with each target; the highest wins."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    platform: str
    article_id: UUID | None = None
    sku: str | None = None
    title: str = ""
    url: str | None = None
    thumbnail_url: str | None = None
    state: ListingState = ListingState.LIVE
    stock_master: bool = False
    observed_revision: int = 0
    observed_quantity: int | None = None
    observed_at: datetime | None = None
    settled_version: int = 0
    version: int = 0
    target_version: int = 0
    target_quantity: int | None = None
    applied_version: int = 0
    applied_quantity: int | None = None
    failed_version: int = 0
    failure: str | None = None
    withdrawn: bool = False
    """Its seller took it off sale: no target may put it back."""
    kept_apart: bool = False
    """A person unlinked it: only a person links it again."""
    anchored_at: datetime | None = None
    """Latest observation of it that set the article's stock; sales of it from before are in that figure."""
    drops: tuple[Drop, ...] = ()
    """By how much each such observation of the last day lowered the stock, as far as no order explains it; oldest first."""
    forgotten_until: datetime | None = None
    """The newest of them that is not kept any more."""
    vendor: str | None = None
    brand: str | None = None
    price: Money | None = None
    sold_here: bool = False
    """It made the sale that its target 0 is for."""
    taken_down: bool = False
    """The last target that was reached took it off sale."""
    disconnecting_version: int = 0
    """The target that takes it down to be unlinked; 0 when it is not to be. It is asked for no more than 0 meanwhile."""
    tried: int = 0
    """Units that test orders took here and have not given back: it shows so many less than are free."""

    def see(self, seen: Observation) -> bool:
        """Take over an observation; False for one that is not newer than what is known."""
        if seen.revision <= self.observed_revision:
            return False
        self._note_withdrawal(seen.state)
        self.sku, self.title, self.state = seen.sku, seen.title, seen.state
        self.url, self.thumbnail_url = seen.url, seen.thumbnail_url
        self.vendor, self.brand, self.price = seen.vendor, seen.brand, seen.price
        self.stock_master, self.settled_version = seen.stock_master, seen.settled_version
        self.observed_revision, self.observed_quantity = seen.revision, seen.quantity
        self.observed_at = seen.observed_at
        return True

    def _note_withdrawal(self, state: ListingState) -> None:
        """Off sale while it should have been on: its seller did that. Off sale as we asked: he didn't."""
        if state is ListingState.LIVE:
            self.withdrawn = False
        elif self.state is ListingState.LIVE:
            self.withdrawn = self.target_quantity != 0

    @property
    def is_settled(self) -> bool:
        """Whether what was observed can be compared with the last target (rule 4, Observations)."""
        return self.settled_version >= self.target_version

    @property
    def may_be_raised(self) -> bool:
        """A listing its seller ended, a draft of his or one that is gone stays as it is, one to be disconnected goes down."""
        return self.state is not ListingState.GONE and not self.withdrawn and not self.disconnecting_version

    @property
    def is_pending(self) -> bool:
        """Whether its last target is on its way: neither reached nor seen."""
        done = max(self.applied_version, self.settled_version)
        return self.target_quantity is not None and self.target_version > done

    @property
    def has_failed(self) -> bool:
        """Whether its last target could not be reached."""
        return self.failure is not None and self.is_pending and self.failed_version >= self.target_version

    @property
    def is_off_sale(self) -> bool:
        """Whether nobody can buy it, with nothing on its way that would change that."""
        if self.is_settled:
            return self.state is not ListingState.LIVE or self.observed_quantity == 0
        return self.applied_version >= self.target_version and self.applied_quantity == 0

    def fair_share(self, free: int) -> int:
        """What it should show of what is free: less what test orders took here."""
        return max(0, free - self.tried)

    def untried(self, shown: int, free: int) -> int:
        """What is there by what it shows, were there no test orders; what it shows of their units they have given back."""
        expected = self.fair_share(free)
        if shown <= expected:
            return free - (expected - shown)
        self.tried = max(0, free - shown)
        return max(shown, free)

    def shows_at_most(self, quantity: int) -> bool:
        """Whether it is known to show no more than that, with nothing on its way."""
        return self.is_settled and self.observed_quantity is not None and self.observed_quantity <= quantity

    def aim(self, quantity: int, *, may_raise: bool = False, sold_here: bool = False) -> Target:
        """A new version of its target."""
        target = self.propose(quantity, may_raise=may_raise, sold_here=sold_here)
        sold_out = self.sold_here and self.target_quantity == 0
        self.sold_here = target.quantity == 0 and (sold_here or sold_out)
        self.target_version, self.target_quantity = target.version, target.quantity
        return target

    def take_down(self) -> Target:
        """A target of 0 that no later one raises, until it is unlinked or kept."""
        self.disconnecting_version = self.version + 1
        return self.aim(0)

    def call_off(self) -> tuple[Target, ...]:
        """Leave it as it was last seen, where a lower target has not been reached yet. Raises nothing."""
        shown, asked = self.observed_quantity, self.target_quantity
        if not self.is_pending or self.state is not ListingState.LIVE or shown is None or asked is None:
            return ()
        return (self.aim(shown),) if shown > asked else ()

    def propose(self, quantity: int, *, may_raise: bool = False, sold_here: bool = False) -> Target:
        """A target that waits for a person's yes: it takes a version but isn't the last target."""
        if self.disconnecting_version:
            quantity, may_raise = 0, False
        self.version += 1
        return Target(self.id, self.account_id, self.platform, self.version, quantity, may_raise, sold_here)

    def note_drop(self, drop: Drop, keep: timedelta, most: int) -> None:
        """One more observation that set the stock; those too old or too many are forgotten."""
        same = sum(one.units for one in self.drops if one.at == drop.at)
        known = [one for one in self.drops if one.at != drop.at]
        late = [one for one in known if one.at > drop.at - keep][1 - most :]
        forgotten = known[: len(known) - len(late)]
        self.forgotten_until = forgotten[-1].at if forgotten else self.forgotten_until
        self.drops = (*late, Drop(drop.at, drop.units + same))

    def drops_between(self, after: datetime, surely: datetime) -> tuple[Drop, ...]:
        """What was observed after a time, up to the first that was surely after the sale: in later ones it can't be.

        Nothing when what came first after that time is forgotten.
        """
        if self.forgotten_until is not None and self.forgotten_until > after:
            return ()
        later = [drop for drop in self.drops if drop.at > after]
        first = next((n for n, drop in enumerate(later) if drop.at >= surely), len(later))
        return tuple(later[: first + 1])

    def take_drops(self, taken: Iterable[Drop]) -> None:
        """Orders have come for so many units of these."""
        units = {drop.at: drop.units for drop in taken}
        self.drops = tuple(replace(one, units=one.units - units.get(one.at, 0)) for one in self.drops)

    def reach(self, reached: Reached, *, sold_here: bool) -> bool:
        """Take over a connector's word on a target; False for one of an older version than known.

        A version that failed may be reached by a retry; one that was reached can't fail any more.
        """
        if reached.version < self.failed_version or reached.version <= self.applied_version:
            return False
        if reached.failure is not None:
            self.failed_version, self.failure = reached.version, reached.failure
            return True
        self.applied_version, self.applied_quantity = reached.version, reached.quantity
        self.failure, self.taken_down = None, reached.taken_down
        if reached.taken_down and not reached.ended_by_us and not sold_here:
            self.withdrawn = True
        return True
