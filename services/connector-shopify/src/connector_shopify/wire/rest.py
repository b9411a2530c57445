"""REST-shaped bodies of Shopify's webhooks: pydantic models that know what is read and tolerate the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from connector_shopify.wire.orders import ZERO, Line, Order, Parcel, Refund, RefundPart, instant

Id = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class Model(BaseModel):
    """Fields Soldwire does not read are ignored: Shopify adds some every quarter."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Money(Model):
    """An amount in one currency."""

    amount: Decimal
    currency_code: str


class MoneyBag(Model):
    """The same amount in the shop's and the buyer's currency; ours is the shop's."""

    shop_money: Money


class TaxLine(Model):
    """One tax."""

    price: Decimal
    price_set: MoneyBag | None = None

    @property
    def amount(self) -> Decimal:
        """In the shop's currency."""
        return self.price_set.shop_money.amount if self.price_set else self.price


class DiscountAllocation(Model):
    """A discount's part on one line."""

    amount: Decimal
    amount_set: MoneyBag | None = None

    @property
    def value(self) -> Decimal:
        """In the shop's currency."""
        return self.amount_set.shop_money.amount if self.amount_set else self.amount


class LineItem(Model):
    """One line of an order."""

    id: Id
    title: str = ""
    name: str | None = None
    sku: str | None = None
    variant_id: Id | None = None
    quantity: int = Field(ge=0)
    current_quantity: int | None = None
    price: Decimal
    price_set: MoneyBag | None = None
    total_discount: Decimal = ZERO
    discount_allocations: tuple[DiscountAllocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()

    def normalised(self) -> Line:
        """Price after discounts: the allocations hold every discount, `total_discount` only a draft order's."""
        unit = self.price_set.shop_money.amount if self.price_set else self.price
        discount = sum((a.value for a in self.discount_allocations), ZERO) or self.total_discount
        current = self.quantity if self.current_quantity is None else self.current_quantity
        return Line(
            line_id=self.id,
            title=self.name or self.title,
            quantity=self.quantity,
            current_quantity=current,
            total=unit * self.quantity - discount,
            tax=sum((t.amount for t in self.tax_lines), ZERO),
            sku=self.sku or None,
            variant_id=self.variant_id,
        )


class RefundLineItem(Model):
    """Units of a line in a refund."""

    line_item_id: Id
    quantity: int = Field(ge=0)
    restock_type: str = "no_restock"
    subtotal: Decimal = ZERO
    subtotal_set: MoneyBag | None = None
    total_tax: Decimal = ZERO
    total_tax_set: MoneyBag | None = None

    def normalised(self) -> RefundPart:
        """Price and tax together."""
        subtotal = self.subtotal_set.shop_money.amount if self.subtotal_set else self.subtotal
        tax = self.total_tax_set.shop_money.amount if self.total_tax_set else self.total_tax
        return RefundPart(self.line_item_id, self.quantity, self.restock_type.lower(), subtotal + tax)


class Transaction(Model):
    """A movement of money."""

    kind: str
    status: str
    amount: Decimal = ZERO


class RefundBody(Model):
    """A refund, inside an order or as the body of refunds/create."""

    id: Id
    order_id: Id | None = None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    refund_line_items: tuple[RefundLineItem, ...] = ()
    transactions: tuple[Transaction, ...] = ()

    def normalised(self) -> Refund:
        """The money is what its successful transactions say, not what the lines add up to."""
        paid = [t.amount for t in self.transactions if (t.kind, t.status) == ("refund", "success")]
        parts = tuple(part.normalised() for part in self.refund_line_items)
        return Refund(self.id, sum(paid, ZERO), instant(self.processed_at or self.created_at), parts)


class FulfillmentLine(Model):
    """A line in a parcel."""

    id: Id


class Fulfillment(Model):
    """A parcel."""

    id: Id
    status: str | None = None
    created_at: AwareDatetime
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    tracking_url: str | None = None
    tracking_urls: tuple[str, ...] = ()
    line_items: tuple[FulfillmentLine, ...] = ()

    def normalised(self) -> Parcel:
        """One tracking row for each number."""
        numbers = self.tracking_numbers or ((self.tracking_number,) if self.tracking_number else ())
        urls = self.tracking_urls or ((self.tracking_url,) if self.tracking_url else ())
        courier = self.tracking_company or None
        rows = tuple(
            (courier, number, urls[n] if n < len(urls) else None) for n, number in enumerate(numbers)
        )
        ids = frozenset(line.id for line in self.line_items)
        return Parcel(ids, instant(self.created_at), rows or ((courier, None, None),))


class OrderBody(Model):
    """The body of every orders/* webhook."""

    id: Id
    name: str = ""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    financial_status: str | None = None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    updated_at: AwareDatetime
    cancelled_at: AwareDatetime | None = None
    taxes_included: bool = False
    total_shipping_price_set: MoneyBag | None = None
    total_tax: Decimal | None = None
    total_tax_set: MoneyBag | None = None
    test: bool = False
    line_items: tuple[LineItem, ...] = Field(min_length=1)
    refunds: tuple[RefundBody, ...] = ()
    fulfillments: tuple[Fulfillment, ...] = ()

    def normalised(self) -> Order:
        """The order in the one form all doors meet in."""
        tax = self.total_tax_set.shop_money.amount if self.total_tax_set else self.total_tax
        shipping = self.total_shipping_price_set
        return Order(
            order_id=self.id,
            name=self.name,
            currency=self.currency,
            financial_status=(self.financial_status or "pending").lower(),
            sold_at=instant(self.processed_at or self.created_at),
            updated_at=instant(self.updated_at),
            cancelled_at=instant(self.cancelled_at) if self.cancelled_at else None,
            taxes_included=self.taxes_included,
            shipping=shipping.shop_money.amount if shipping else ZERO,
            tax=tax or ZERO,
            test=self.test,
            lines=tuple(line.normalised() for line in self.line_items),
            refunds=tuple(refund.normalised() for refund in self.refunds),
            parcels=tuple(f.normalised() for f in self.fulfillments if f.status == "success"),
        )


class Variant(Model):
    """A variant of a product webhook."""

    id: Id
    title: str | None = None
    sku: str | None = None
    price: Decimal
    inventory_item_id: Id | None = None
    inventory_policy: str | None = None
    inventory_management: str | None = None
    inventory_quantity: int | None = None


class Image(Model):
    """A product's picture."""

    src: str | None = None


class ProductBody(Model):
    """The body of products/update."""

    id: Id
    title: str = ""
    status: str = "active"
    vendor: str | None = None
    handle: str | None = None
    updated_at: AwareDatetime
    image: Image | None = None
    variants: tuple[Variant, ...] = ()


class DeletedBody(Model):
    """The body of products/delete."""

    id: Id


class LevelBody(Model):
    """The body of inventory_levels/update."""

    inventory_item_id: Id
    location_id: Id
    available: int | None
    updated_at: AwareDatetime
