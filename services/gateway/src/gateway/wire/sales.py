"""The sales-ledger's answers: sales, their money, their timeline and the day's figures."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from soldwire_contracts.values import Money

from gateway.wire.base import Answer
from gateway.wire.steps import Step, newest_of_each


class Owner(Answer):
    """Whose article it was."""

    kind: str = "unknown"
    consignor_id: UUID | None = None
    name: str | None = None


class Shipment(Answer):
    """A parcel."""

    courier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class Sale(Answer):
    """One order line as the ledger holds it."""

    sale_id: UUID
    revision: int = 1
    account_id: UUID
    platform: str
    order_id: str
    order_number: str | None = None
    order_url: str | None = None
    article_id: UUID | None = None
    sku: str | None = None
    title: str
    thumbnail_url: str | None = None
    quantity: int = 1
    status: str
    owner: Owner = Owner()
    outcome: str | None = None
    price: Money
    fees: Money | None = None
    shipping_price: Money | None = None
    tax: Money | None = None
    net: Money | None = None
    commission: Money | None = None
    consignor_share: Money | None = None
    shipments: tuple[Shipment, ...] = ()
    sold_at: datetime
    recorded_at: datetime | None = None
    steps: tuple[Step, ...] = ()

    @property
    def number(self) -> str:
        """The order as its marketplace names it to people."""
        return self.order_number or self.order_id

    @property
    def shown(self) -> tuple[Step, ...]:
        """The newest step of each listing."""
        return newest_of_each(self.steps)


class Moment(Answer):
    """One hop on a sale's way. Spans are whole milliseconds, negative where another's clock is ahead."""

    what: str
    at: datetime
    since_sold_ms: int = 0
    since_accepted_ms: int = 0
    platform: str | None = None
    listing_id: UUID | None = None


class Day(Answer):
    """One day's sales of one platform."""

    day: date
    platform: str
    count: int
    total: Money


class Figures(Answer):
    """What the dashboard says of sales."""

    sales_today: int = 0
    net_today: tuple[Money, ...] = ()
    payouts_due: tuple[Money, ...] = ()
    days: tuple[Day, ...] = ()
