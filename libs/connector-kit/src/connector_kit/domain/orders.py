"""An order line as its marketplace tells it, and what changed between two tellings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Literal

Payment = Literal["unpaid", "authorized", "paid", "partly_refunded", "refunded", "voided"]
Restock = Literal["restocked", "not_restocked", "unknown"]
FoundBy = Literal["webhook", "poll", "sync", "browser", "csv", "person"]

_NOT_CONTENT = frozenset({"as_of", "told_at", "test"})


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in major units of an ISO 4217 currency, exact."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class LineFee:
    """One fee the marketplace keeps; `source` is its transaction, where it tells fees transaction by transaction."""

    kind: str
    amount: Amount
    source: str | None = None


@dataclass(frozen=True, slots=True)
class LineRefund:
    """One refund's part for this line; amounts positive."""

    refund_id: str
    amount: Amount
    quantity: int
    at: datetime
    presentment: Amount | None = None
    """In the buyer's currency."""
    restock: Restock | None = None
    """What became of its units; None where only the line's own word tells that."""


@dataclass(frozen=True, slots=True)
class Presentment:
    """A line's money in the currency the buyer saw."""

    price: Amount
    shipping_price: Amount | None = None
    tax: Amount | None = None
    discount: Amount | None = None


@dataclass(frozen=True, slots=True)
class LineShipment:
    """A parcel this line travels in."""

    courier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order line, whole and normalised: every door a sale comes in by must make the same one of it.

    `listing_aliases` are the platform's ids of the listing, such as `variant:123`. `as_of` is the marketplace's own
    time of this state: a telling older than the one we hold is dropped. `told_at` orders tellings of one `as_of`, which
    may be a whole second: when the notification was made, or when the order was asked for. None of them is content,
    nor is `test`.
    """

    order_id: str
    line_id: str
    title: str
    quantity: int
    payment: Payment
    price: Amount
    """What the buyer pays for all units of the line, after discounts, before shipping and tax."""
    sold_at: datetime
    order_number: str | None = None
    order_url: str | None = None
    listing_aliases: tuple[str, ...] = ()
    sku: str | None = None
    thumbnail_url: str | None = None
    cancelled_quantity: int = 0
    restock: Restock = "unknown"
    discount: Amount | None = None
    """What all discounts took off; `price` is what is left."""
    shipping_price: Amount | None = None
    tax: Amount | None = None
    """With duties and fees collected beside it: price, shipping and tax are what the buyer pays."""
    presentment: Presentment | None = None
    """The same in the buyer's currency, where the marketplace tells it."""
    channel: str | None = None
    """Where on the marketplace it sold, in its own word."""
    fees: tuple[LineFee, ...] | None = None
    """None where a telling says nothing of fees: what is held of them stays."""
    refunds: tuple[LineRefund, ...] = ()
    shipments: tuple[LineShipment, ...] = ()
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    as_of: datetime | None = None
    told_at: datetime | None = None
    test: bool = False

    def with_fees_of(self, held: OrderLine) -> OrderLine:
        """This telling with the fees held, where it says nothing of them itself."""
        return self if self.fees is not None else replace(self, fees=held.fees)

    def older_than(self, held: OrderLine) -> bool:
        """Whether `held` is a later telling; what can't be compared counts as news."""
        if self.as_of is None or held.as_of is None:
            return False
        if self.as_of != held.as_of:
            return self.as_of < held.as_of
        return self.told_at is not None and held.told_at is not None and self.told_at < held.told_at


class Change(StrEnum):
    """What a telling brings; the topic of the event that says it."""

    DETECTED = "detected"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


def content_hash(line: OrderLine) -> str:
    """Hash over the content, equal for equal states however amounts and times were written."""
    content = {f.name: getattr(line, f.name) for f in fields(line) if f.name not in _NOT_CONTENT}
    return hashlib.sha256(json.dumps(_plain(content), sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    """Canonical JSON form: decimals without trailing zeros, times in UTC, dataclasses as objects."""
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def change_between(old: OrderLine | None, new: OrderLine) -> Change | None:
    """What `new` brings over `old`; None when nothing, or when it is an older telling than the one held.

    More cancelled units win over a refund, a refund over the rest: the topic says the weightiest change, the event
    carries the whole state anyway (design.md, rule 2).
    """
    if old is None:
        return Change.DETECTED
    if new.older_than(old) or content_hash(old) == content_hash(new):
        return None
    if new.cancelled_quantity > old.cancelled_quantity:
        return Change.CANCELLED
    if {r.refund_id for r in new.refunds} - {r.refund_id for r in old.refunds}:
        return Change.REFUNDED
    return Change.UPDATED


def split_by_share(
    total: Decimal, shares: Sequence[Decimal], unit: Decimal = Decimal("0.01")
) -> list[Decimal]:
    """Split `total` over lines by their share, in whole `unit`s; the remainder goes to the first line.

    Equal parts when every share is 0. The parts add up to `total` exactly.
    """
    if not shares:
        return []
    weights = list(shares) if sum(shares) else [Decimal(1)] * len(shares)
    whole = sum(weights)
    parts = [(total * weight / whole).quantize(unit, ROUND_HALF_EVEN) for weight in weights]
    parts[0] += total - sum(parts)
    return parts
