"""A sold order line and what it holds of its article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from inventory.domain.listings import Drop
from inventory.domain.owners import Cost, Owner
from inventory.domain.words import Outcome, Restock

LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One order line's whole state, as its connector last said it. Units are cumulative."""

    tenant_id: UUID
    sale_id: UUID
    revision: int
    account_id: UUID
    platform: str
    listing_id: UUID | None
    article_id: UUID | None
    """The article a sale elsewhere names by itself; None for what a marketplace sold."""
    sku: str | None
    title: str
    quantity: int
    cancelled: int
    restock: Restock
    paid: bool
    shipped: bool
    shipped_at: datetime | None
    sold_at: datetime
    cancelled_at: datetime | None
    account_connected_at: datetime
    given_back: int = 0
    """Units that refunds gave back beyond what was cancelled."""
    given_back_at: datetime | None = None
    paid_at: datetime | None = None
    restocked: int | None = None
    """Units that refunds put back, by the word of each; None where not each has one: then `restock` speaks of all units."""

    @property
    def is_history(self) -> bool:
        """Sold before its account was first connected: recorded, never held (design.md, rule 4)."""
        return self.sold_at < self.account_connected_at

    @property
    def left_at(self) -> datetime:
        """When it left the house; the latest there is when that is not known, or it has not."""
        return (self.shipped_at or LATEST) if self.shipped else LATEST

    @property
    def live(self) -> int:
        """Units that are still sold."""
        return max(0, self.quantity - self.cancelled)

    @property
    def kept_out(self) -> int:
        """Cancelled units that did not go back on the shelf, by the marketplace's word."""
        if self.restock is not Restock.NOT_RESTOCKED:
            return 0
        gone = min(self.cancelled, self.quantity)
        return gone if self.restocked is None else min(gone, max(0, gone + self.returned - self.restocked))

    @property
    def returned(self) -> int:
        """Units still sold that a refund gave back."""
        return min(self.given_back, self.live)

    @property
    def put_back(self) -> int:
        """Refunded units that are on the shelf again, by the marketplace's word: those beyond the cancelled ones that are."""
        if self.restocked is None:
            return self.returned if self.restock is Restock.RESTOCKED else 0
        cancelled = min(self.cancelled, self.quantity) - self.kept_out
        return min(self.returned, max(0, self.restocked - cancelled))

    @property
    def back(self) -> int:
        """All units that are on the shelf again as far as the marketplace knows, cancelled or refunded."""
        return self.cancelled - self.kept_out + self.put_back

    @property
    def tried(self) -> int:
        """Units that a test order has: those that the shop's count is lower by."""
        return max(0, self.quantity - self.back)

    @property
    def back_at(self) -> datetime | None:
        """When the last of them came back."""
        moments = (self.cancelled_at, self.given_back_at if self.put_back else None)
        return max((moment for moment in moments if moment is not None), default=None)

    def sold_by(self, moment: datetime) -> int:
        """Units a marketplace's own count had left out at that moment."""
        if self.sold_at >= moment:
            return 0
        cancelled_before = self.cancelled_at is not None and self.cancelled_at <= moment
        returned_before = self.given_back_at is not None and self.given_back_at <= moment
        back = self.cancelled - self.kept_out if cancelled_before else 0
        return max(0, self.quantity - back - (self.put_back if returned_before else 0))


@dataclass(slots=True)
class Hold:
    """A sale line on its article: what it claims, and what of that it holds.

    What is held follows from the claims alone (`rank`), never from the order in which events came in.
    """

    line: SaleLine
    held: int = 0
    outcome: Outcome | None = None
    """None while the article's stock isn't open."""
    covered_until: datetime | None = None
    """When the listing that sold was observed with these units already gone; its stock was opened without them."""
    covered: int = 0
    explains: tuple[Drop, ...] = ()
    """Of which drops those units were, until that is said."""
    written_off: int = 0
    """Cancelled units, not put back, that a later count of the stock has settled."""
    settled_back: int = 0
    """Refunded units of which a person, or a later count, has said what became of them."""
    removed: bool = False
    """A person removed the sale and still has the article."""
    owner: Owner | None = None
    """Whose it was when the sale met it; it and the cost stay what they were, whatever is edited later."""
    cost: Cost | None = None

    def fix_owner(self, owner: Owner, cost: Cost | None) -> None:
        """Note once whose it is and what it cost."""
        if self.owner is None:
            self.owner, self.cost = owner, cost

    @property
    def claim(self) -> int:
        """Units it should hold if there are enough."""
        if self.line.is_history or self.removed:
            return 0
        if not self.line.cancelled and not self.line.given_back:
            return self.line.quantity
        return self._kept_by_buyers + self._missing

    @property
    def _kept_by_buyers(self) -> int:
        """Units that stay sold, and refunded ones of which nobody has said yet what became of them."""
        return self.line.live - min(self.line.put_back + self.settled_back, self.line.returned)

    @property
    def _missing(self) -> int:
        """Cancelled units that nobody put back; one that was refunded first was answered for by that."""
        answered = self.settled_back - min(self.settled_back, self.line.returned)
        return max(0, self.line.kept_out - self.written_off - answered)

    @property
    def short(self) -> int:
        """Units it claims and doesn't hold."""
        return self.claim - self.held

    @property
    def awaiting_return(self) -> int:
        """Cancelled units still held because nobody has said that they are back."""
        return max(0, self.held - self._kept_by_buyers) if not self.removed else 0

    @property
    def awaiting_refund(self) -> int:
        """Refunded units of which nobody has said whether they are back."""
        if self.line.is_history or self.removed:
            return 0
        return self.line.returned - (self.line.live - self._kept_by_buyers)

    def forget_what_is_told_now(self, earlier: SaleLine) -> None:
        """Refunds have a word each where they had none: those it says are back need nobody's answer any more."""
        if earlier.restocked is None and self.line.restocked is not None:
            self.settled_back -= min(self.settled_back, self.line.put_back, earlier.returned)

    def write_off_unserved(self) -> bool:
        """Give up claiming cancelled and refunded units it doesn't hold; False when there are none."""
        kept_for_good = self._kept_by_buyers - self.awaiting_refund
        cancelled = min(self._missing, self.claim) - self.awaiting_return
        refunded = self.awaiting_refund - max(0, min(self.held - kept_for_good, self.awaiting_refund))
        self.written_off += max(0, cancelled)
        self.settled_back += refunded
        return cancelled > 0 or refunded > 0

    @property
    def is_open(self) -> bool:
        """Whether contention can still move units to or from it."""
        return not self.line.is_history and (self.short > 0 or (self.claim > 0 and not self.line.shipped))

    @property
    def rank(self) -> tuple[bool, datetime, bool, datetime, UUID]:
        """Who is served first: what has left the house, then paid, then sold earlier, then by id."""
        line = self.line
        return (not line.shipped, line.left_at, not line.paid, line.sold_at, line.sale_id)

    def standing(self) -> tuple[int, int, Outcome | None]:
        """What to compare to see whether contention changed anything for it."""
        return (self.held, self.claim, self.outcome)

    def judge(self) -> None:
        """Say the outcome anew from what it holds."""
        if self.line.is_history:
            self.outcome = Outcome.HISTORY
        else:
            self.outcome = Outcome.HELD if self.short == 0 else Outcome.CONTENDED
