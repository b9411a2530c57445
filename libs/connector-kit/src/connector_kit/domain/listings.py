"""A listing: what the marketplace showed of it, and what Soldwire keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from connector_kit.domain.orders import Amount

ListingState = Literal["live", "draft", "ended", "gone"]


@dataclass(frozen=True, slots=True)
class SeenListing:
    """A listing as its marketplace shows it.

    The first of `aliases` is the id its stock hangs on; a listing new to us is named by it. `refs` are the
    platform's ids and marks that calls need (inventory item, location, product). `buyable` says whether a buyer could
    buy it now, which is not the same as quantity > 0: some sell without stock.

    `hidden`: Soldwire took what holds it off show, such as a product none of whose variants could be bought. Nobody
    sees it, yet it is told as if it were on show, for the next raise of it or of one beside it puts it there again.
    """

    aliases: tuple[str, ...]
    title: str
    quantity: int
    state: ListingState
    buyable: bool
    seen_at: datetime
    sku: str | None = None
    price: Amount | None = None
    vendor: str | None = None
    url: str | None = None
    thumbnail_url: str | None = None
    refs: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SeenQuantity:
    """News of one listing's quantity, and perhaps state, by one of its aliases (a stock webhook).

    `ref` = (name, value) must match the stored refs, such as the only location; else the listing is read whole, as
    is one not seen before. `sells_anyway`: it can be bought without stock. `unless` = (name, value): where the stored refs
    hold it, its state is Soldwire's own doing, and stays what it was. Where they hold another value, and this is seen
    after their `<name>_at`, that is over: it is emptied, `<name>_over` says since when, and `chore` is wanted.
    """

    alias: str
    quantity: int
    seen_at: datetime
    ref: tuple[str, str] | None = None
    state: ListingState | None = None
    sells_anyway: bool | None = None
    unless: tuple[str, str] | None = None
    chore: tuple[str, str] | None = None

    def ends_mark(self, refs: Mapping[str, str]) -> bool:
        """Whether what Soldwire did to its state is over by this news. One without a time is not: it may be under way."""
        if self.unless is None or self.state is None:
            return False
        name, value = self.unless
        at = refs.get(f"{name}_at", "")
        other = refs.get(name) not in (None, "", value)
        return other and at != "" and self.seen_at > datetime.fromisoformat(at)


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing as Soldwire last saw it, with the platform's ids. `quantity` None: never seen, only heard of."""

    listing_id: UUID
    tenant_id: UUID
    account_id: UUID
    aliases: tuple[str, ...]
    quantity: int | None = None
    buyable: bool | None = None
    state: ListingState = "live"
    refs: Mapping[str, str] = field(default_factory=dict)
    seen_at: datetime | None = None

    def alias(self, kind: str) -> str:
        """The platform's id of one kind: `alias("variant")` of `variant:123` is `123`. Raises LookupError."""
        for alias in self.aliases:
            name, _, value = alias.partition(":")
            if name == kind:
                return value
        raise LookupError(f"listing {self.listing_id} has no {kind} id")


def listing_hash(seen: SeenListing, settled_version: int, stock_master: bool) -> str:
    """Hash over what `listing.observed` says, the version it can show included."""
    price = [format(seen.price.amount.normalize() + 0, "f"), seen.price.currency] if seen.price else None
    said = [
        seen.sku,
        seen.title,
        price,
        max(seen.quantity, 0),
        seen.state,
        seen.vendor,
        seen.url,
        seen.thumbnail_url,
    ]
    return hashlib.sha256(json.dumps([said, settled_version, stock_master]).encode()).hexdigest()
