"""What connectors say of a sale: one order line's whole state, each time anything of it changes."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from soldwire_contracts.envelope import Fact, Value
from soldwire_contracts.values import FoundBy, Money, Payment, Platform, Restock


class Fee(Value):
    """One fee the marketplace keeps, by the marketplace's own kind."""

    kind: str
    amount: Money


class Refund(Value):
    """One refund by its own id; amounts are per refund, positive."""

    refund_id: str
    amount: Money
    quantity: int = Field(ge=0)
    at: AwareDatetime
    presentment: Money | None = None
    """The amount in the buyer's currency, where the marketplace tells it."""
    restock: Restock | None = None
    """What became of its units; None where the marketplace tells that of a line as a whole, if at all."""


class Presentment(Value):
    """A sale's money in the currency the buyer saw; each amount means what its namesake of the sale does."""

    price: Money
    shipping_price: Money | None = None
    tax: Money | None = None
    discount: Money | None = None


class Shipment(Value):
    """A parcel of the sale, as the marketplace names it."""

    courier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    shipped_at: AwareDatetime | None = None


class SaleState(Fact):
    """One order line, whole. Quantities are units and cumulative; `revision` rises with every change over all
    `sale.*` topics, so a consumer that holds the same or a higher one drops the event (design.md, rule 2)."""

    account_id: UUID
    platform: Platform
    sale_id: UUID
    revision: int = Field(ge=1)
    order_id: str
    order_number: str | None = None
    order_url: str | None = None
    line_id: str
    listing_id: UUID | None = None
    sku: str | None = None
    title: str
    thumbnail_url: str | None = None
    quantity: int = Field(ge=1)
    cancelled_quantity: int = Field(default=0, ge=0)
    restock: Restock = Restock.UNKNOWN
    payment: Payment
    price: Money
    """What the buyer pays for the line's units, after discounts, before shipping and tax."""
    discount: Money | None = None
    """What line, code and order discounts took off the units' listed price; `price` is what is left."""
    shipping_price: Money | None = None
    tax: Money | None = None
    """With duties, import fees and what else is collected beside price and shipping: together they are what the buyer pays."""
    presentment: Presentment | None = None
    """The same in the buyer's currency; None where the marketplace tells one currency only."""
    channel: str | None = None
    """Where on the marketplace it sold, in its own word: `online_store`, `pos`, `draft_order`, …"""
    fees: tuple[Fee, ...] = ()
    refunds: tuple[Refund, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    sold_at: AwareDatetime
    paid_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    account_connected_at: AwareDatetime
    """First connection of the account; a sale dated before it is history (design.md, rule 4)."""
    accepted_at: AwareDatetime
    """When Soldwire first held the sale: the webhook answered 2xx, or the page of orders was read."""
    found_by: FoundBy

    def key(self) -> str:
        """account:order, so that lines of one order stay together."""
        return f"{self.account_id}:{self.order_id}"


class SaleDetected(SaleState):
    """An order line was seen for the first time."""

    topic: ClassVar[str] = "sale.detected"
    type: ClassVar[str] = "sale.detected.v1"


class SaleUpdated(SaleState):
    """Its whole state at a higher revision: paid, shipped, price or fees restated."""

    topic: ClassVar[str] = "sale.updated"
    type: ClassVar[str] = "sale.updated.v1"


class SaleCancelled(SaleState):
    """Units of it were cancelled; `cancelled_quantity` is cumulative."""

    topic: ClassVar[str] = "sale.cancelled"
    type: ClassVar[str] = "sale.cancelled.v1"


class SaleRefunded(SaleState):
    """Money of it went back; `refunds` holds every refund so far."""

    topic: ClassVar[str] = "sale.refunded"
    type: ClassVar[str] = "sale.refunded.v1"
