"""What a connector's client does for the connector kit: read listings and orders, set one listing's quantity."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from connector_kit.domain import Account, Call, Listing, OrderLine, SeenListing, SeenQuantity, Traits


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call draws, from every budget that limits it: scope (a budget row's key) → points."""

    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """One order of a page that is not what its marketplace's contract says, as it came; its neighbours are read."""

    payload: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of orders as normalised lines; `cursor` continues after it, None ends. `read_at` is when we held it."""

    lines: Sequence[OrderLine]
    cursor: str | None
    read_at: datetime
    complete_up_to: datetime | None = None
    """On the last page of a reading that was resumed: what changed after it first began may have been missed.

    None where a resumed reading finds that too, for it is in order of change.
    """
    unreadable: Sequence[UnreadableOrder] = ()
    note: str | None = None
    """What a person who asked for the reading should know of it, such as what the marketplace does not show."""


@dataclass(frozen=True, slots=True)
class ListingsPage:
    """One page of listings, which may be empty; `cursor` continues after it, None ends. `total` when it is told."""

    listings: Sequence[SeenListing]
    cursor: str | None
    total: int | None = None
    again_in: timedelta | None = None
    """The marketplace has yet to get it ready: the reading goes on from `cursor` after so long, in any process."""
    anew: bool = False
    """The reading starts over with this page: what was counted before it is counted again."""
    still_there: Sequence[str] = ()
    """Aliases of listings that are there and can't be read: no whole reading ends them."""
    note: str | None = None
    """What a person who asked for the reading should know of it: the last page that says something is kept."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One stored notification, verified and accepted, as it came."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    topic: str
    body: bytes
    headers: Mapping[str, str]
    accepted_at: datetime
    traceparent: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a notification says. `read_orders` are order ids whose state must be fetched (eBay tells only ids)."""

    lines: tuple[OrderLine, ...] = ()
    listings: tuple[SeenListing, ...] = ()
    quantities: tuple[SeenQuantity, ...] = ()
    gone: tuple[str, ...] = ()
    """Aliases of listings that no longer exist."""
    gone_refs: tuple[tuple[str, str], ...] = ()
    """The same for all listings with a ref, such as a deleted product's: (name, value)."""
    read_orders: tuple[str, ...] = ()
    revoked: bool = False
    """The seller took our access away."""
    revoked_at: datetime | None = None
    """When, where the marketplace tells: it may come after he has given it again."""
    chores: tuple[tuple[str, str], ...] = ()
    """What it gives to do for the account now: (kind, key) of `store.Chore`."""
    wakes_runs: bool = False
    """A run of the account may wait for what it tells: it goes on at once."""
    ignored: str | None = field(default=None)
    """Why a well-formed notification changes nothing."""


class UnmappableError(ValueError):
    """A body that is not what it says; it goes to the dead letters with this text as the reason."""


class Mapper(Protocol):
    """A notification's meaning: pure, no call. Raises UnmappableError and nothing else for any body."""

    def __call__(self, topic: str, body: bytes, headers: Mapping[str, str]) -> Mapped: ...


class Marketplace(Protocol):
    """A marketplace's client. Every method raises `connector_kit.errors.CallFailed` and nothing else.

    Reads may be repeated freely. `set_quantity` sends exactly one state-changing request and never repeats it itself:
    the caller reads before it decides. Methods draw from the budgets of `cost_of` before they send.
    """

    platform: str
    traits: Traits

    async def read_listing(self, account: Account, listing: Listing) -> SeenListing:
        """The listing as it is shown now; state `gone` when the marketplace does not know it any more."""
        ...

    async def set_quantity(self, account: Account, listing: Listing, call: Call) -> None:
        """Make it show `call.quantity` (0 = off sale) if it still shows `call.expected`.

        A stale comparison is CallFailed with action `stale`; "already so" is success.
        """
        ...

    async def read_orders(self, account: Account, order_ids: Sequence[str]) -> OrdersPage:
        """The named orders, whole. Orders the marketplace does not know are left out."""
        ...

    def orders_changed_since(
        self, account: Account, since: datetime, cursor: str | None = None, *, bulk: bool = False
    ) -> AsyncIterator[OrdersPage]:
        """Orders changed at or after `since`, oldest change first where the marketplace can; `bulk` draws as a sync."""
        ...

    def listings(self, account: Account, cursor: str | None = None) -> AsyncIterator[ListingsPage]:
        """Every listing of the account, in pages; draws as a sync."""
        ...


class ReadsChanges(Protocol):
    """What a client does beside where changed listings can be read alone. Raises CallFailed and nothing else."""

    def listings_changed_since(
        self, account: Account, since: datetime, cursor: str | None = None
    ) -> AsyncIterator[ListingsPage]:
        """Listings changed at or after `since`, in pages, perhaps some more; draws as a sync."""
        ...

    async def give_up_reading(self, account: Account, cursor: str) -> None:
        """A run that was at `cursor` of `listings` has ended before its end: let go of what the marketplace holds for it."""
        ...
