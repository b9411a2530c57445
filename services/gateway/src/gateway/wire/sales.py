"""The sales-ledger's answers: sales, their money, their timeline, sums."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from soldwire_contracts.values import Money

from gateway.wire.base import Answer
from gateway.wire.steps import Chip, in_order

GIVEN = "given"
"""The kind of a fee that a person gave."""


class Decided(Answer):
    """What became of one sale of a decision."""

    sale_id: UUID
    refusal: str | None = None


class Shipment(Answer):
    """A parcel."""

    courier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class FeeLine(Answer):
    """One fee, by the marketplace's own kind."""

    kind: str
    amount: Money


class Refund(Answer):
    """One refund."""

    amount: Money
    at: datetime


class Presentment(Answer):
    """What the buyer saw, in another currency."""

    price: Money
    shipping_price: Money | None = None
    tax: Money | None = None


class Sale(Answer):
    """One order line as the ledger holds it."""

    sale_id: UUID
    revision: int
    account_id: UUID
    platform: str
    order_id: str
    order_number: str | None = None
    order_url: str | None = None
    article_id: UUID | None = None
    sku: str | None = None
    title: str
    thumbnail_url: str | None = None
    quantity: int
    cancelled_quantity: int
    status: str
    owner: str
    consignor_id: UUID | None = None
    share_unknown: str | None = None
    waits_for_fees: bool
    outcome: str | None = None
    contention: str | None = None
    price: Money
    discount: Money | None = None
    shipping_price: Money | None = None
    tax: Money | None = None
    presentment: Presentment | None = None
    channel: str | None = None
    test: bool = False
    fees: Money | None = None
    fee_lines: tuple[FeeLine, ...]
    refunds: tuple[Refund, ...]
    net: Money | None = None
    shipments: tuple[Shipment, ...]
    sold_at: datetime
    accepted_at: datetime
    recorded_at: datetime | None = None
    delisted_at: datetime | None = None
    chips: tuple[Chip, ...]

    @property
    def number(self) -> str:
        """The order as its marketplace names it to people."""
        return self.order_number or self.order_id

    @property
    def fees_given(self) -> bool:
        """Whether a person said what its fees are, for want of the marketplace's word."""
        return any(fee.kind == GIVEN for fee in self.fee_lines)

    @property
    def shown(self) -> tuple[Chip, ...]:
        """Each listing as a page lists it."""
        return in_order(self.chips)


class HopAnswer(Answer):
    """One hop on a sale's way. Spans are whole milliseconds, negative where another's clock is ahead."""

    what: str
    at: datetime
    since_sold_ms: int
    since_accepted_ms: int
    platform: str | None = None


class Timeline(Answer):
    """A sale's way."""

    hops: tuple[HopAnswer, ...]


class Total(Answer):
    """Sums of one currency."""

    currency: str
    count: int
    price: Decimal
    net: Decimal
    fees_unknown: int


class Day(Answer):
    """One day's sales of one platform in one currency."""

    day: date
    platform: str
    currency: str
    count: int
    price: Decimal


class Balance(Answer):
    """An account of the books; debits positive."""

    account: str
    currency: str
    amount: Decimal
