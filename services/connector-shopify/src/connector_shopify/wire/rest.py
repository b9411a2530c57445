"""Orders and refunds in the REST shapes of Shopify's webhooks."""

from __future__ import annotations

from decimal import Decimal

from pydantic import AwareDatetime, Field

from connector_shopify.wire.base import ZERO, Id, Several, Text, Units, Value, Wire, kept
from connector_shopify.wire.orders import Line, Order, Parcel, Refund, RefundPart, Tracking, instant

SENT = "success"


class Money(Wire):
    """An amount in one currency."""

    amount: Value


class MoneyBag(Wire):
    """The same amount in the shop's and the buyer's currency; ours is the shop's."""

    shop_money: Money


def _in_shop_currency(plain: Decimal | None, bag: MoneyBag | None) -> Decimal:
    return bag.shop_money.amount if bag else plain or ZERO


class TaxLine(Wire):
    """One tax."""

    price: Value | None = None
    price_set: MoneyBag | None = None

    @property
    def amount(self) -> Decimal:
        """In the shop's currency."""
        return _in_shop_currency(self.price, self.price_set)


class DiscountAllocation(Wire):
    """A discount's part on one line."""

    amount: Value
    amount_set: MoneyBag | None = None

    @property
    def value(self) -> Decimal:
        """In the shop's currency."""
        return _in_shop_currency(self.amount, self.amount_set)


class LineItem(Wire):
    """One line of an order."""

    id: Id
    title: Text | None = None
    name: Text | None = None
    sku: Text | None = None
    variant_id: Id | None = None
    quantity: Units
    current_quantity: Units | None = None
    price: Value
    price_set: MoneyBag | None = None
    total_discount: Value | None = None
    discount_allocations: Several[DiscountAllocation] = ()
    tax_lines: Several[TaxLine] = ()

    def normalised(self) -> Line:
        """Price after discounts: the allocations hold every discount, `total_discount` only those of old orders."""
        unit = _in_shop_currency(self.price, self.price_set)
        allocated = sum((a.value for a in self.discount_allocations), ZERO)
        discount = allocated if self.discount_allocations else self.total_discount or ZERO
        return Line(
            line_id=self.id,
            title=kept(self.name) or kept(self.title) or "",
            quantity=self.quantity,
            current=self.quantity if self.current_quantity is None else self.current_quantity,
            total=unit * self.quantity - discount,
            tax=sum((t.amount for t in self.tax_lines), ZERO),
            sku=kept(self.sku),
            variant_id=self.variant_id,
        )


class ShippingLine(Wire):
    """One way of shipping the buyer paid for."""

    price: Value | None = None
    price_set: MoneyBag | None = None
    discount_allocations: Several[DiscountAllocation] = ()
    is_removed: bool | None = None

    @property
    def amount(self) -> Decimal:
        """What the buyer paid for it."""
        if self.is_removed:
            return ZERO
        discount = sum((a.value for a in self.discount_allocations), ZERO)
        return _in_shop_currency(self.price, self.price_set) - discount


class RefundLineItem(Wire):
    """Units of a line in a refund."""

    line_item_id: Id
    quantity: Units
    restock_type: Text | None = None
    subtotal: Value | None = None
    subtotal_set: MoneyBag | None = None
    total_tax: Value | None = None
    total_tax_set: MoneyBag | None = None

    def normalised(self) -> RefundPart:
        """Price and tax together."""
        amount = _in_shop_currency(self.subtotal, self.subtotal_set)
        amount += _in_shop_currency(self.total_tax, self.total_tax_set)
        return RefundPart(self.line_item_id, self.quantity, (self.restock_type or "").lower(), amount)


class Transaction(Wire):
    """A movement of money. `amount` is in `currency`, which may be the buyer's."""

    kind: Text | None = None
    status: Text | None = None
    amount: Value | None = None
    amount_set: MoneyBag | None = None
    currency: Text | None = None

    @property
    def gave_back(self) -> bool:
        """Whether it is money that did go back."""
        return (self.kind, self.status) == ("refund", "success")


class RefundBody(Wire):
    """A refund inside an order."""

    id: Id
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    refund_line_items: Several[RefundLineItem] = ()
    transactions: Several[Transaction] = ()

    def foreign_to(self, currency: str) -> bool:
        """Whether money went back in another currency than the shop's, and how much it was in the shop's is not told."""
        told = (t for t in self.transactions if t.gave_back and t.amount_set is None)
        return any(t.currency not in (None, currency) for t in told)

    def normalised(self) -> Refund:
        """The money is what its successful transactions say, not what the lines add up to."""
        given = [_in_shop_currency(t.amount, t.amount_set) for t in self.transactions if t.gave_back]
        parts = tuple(part.normalised() for part in self.refund_line_items)
        return Refund(self.id, sum(given, ZERO), instant(self.processed_at or self.created_at), parts)


class FulfillmentLine(Wire):
    """A line in a parcel."""

    id: Id
    quantity: Units | None = None


class Fulfillment(Wire):
    """A parcel."""

    id: Id
    status: Text | None = None
    created_at: AwareDatetime
    tracking_company: Text | None = None
    tracking_number: Text | None = None
    tracking_numbers: Several[Text] = ()
    tracking_url: Text | None = None
    tracking_urls: Several[Text] = ()
    line_items: Several[FulfillmentLine] = ()

    def normalised(self) -> Parcel:
        """One tracking row for each number."""
        numbers = self.tracking_numbers or ((self.tracking_number,) if self.tracking_number else ())
        urls = self.tracking_urls or ((self.tracking_url,) if self.tracking_url else ())
        courier = kept(self.tracking_company)
        rows: tuple[Tracking, ...] = tuple(
            (courier, kept(number), kept(urls[n]) if n < len(urls) else None)
            for n, number in enumerate(numbers)
        )
        units = {line.id: 1 if line.quantity is None else line.quantity for line in self.line_items}
        return Parcel(self.id, instant(self.created_at), units, rows or ((courier, None, None),))


class OrderBody(Wire):
    """The body of the orders/* webhooks."""

    id: Id
    name: Text | None = None
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    financial_status: Text | None = None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    updated_at: AwareDatetime
    cancelled_at: AwareDatetime | None = None
    taxes_included: bool | None = None
    total_tax: Value | None = None
    total_tax_set: MoneyBag | None = None
    test: bool | None = None
    line_items: tuple[LineItem, ...] = Field(min_length=1)
    shipping_lines: Several[ShippingLine] = ()
    refunds: Several[RefundBody] = ()
    fulfillments: Several[Fulfillment] = ()

    @property
    def whole(self) -> bool:
        """Whether the body tells all there is to know in the shop's currency; else the order must be read."""
        return not any(refund.foreign_to(self.currency) for refund in self.refunds)

    def normalised(self) -> Order:
        """The order in the one form all doors meet in."""
        return Order(
            order_id=self.id,
            name=kept(self.name) or self.id,
            currency=self.currency,
            financial_status=(kept(self.financial_status) or "pending").lower(),
            sold_at=instant(self.processed_at or self.created_at),
            updated_at=instant(self.updated_at),
            cancelled_at=instant(self.cancelled_at) if self.cancelled_at else None,
            taxes_included=bool(self.taxes_included),
            shipping=sum((line.amount for line in self.shipping_lines), ZERO),
            tax=_in_shop_currency(self.total_tax, self.total_tax_set),
            test=bool(self.test),
            lines=tuple(line.normalised() for line in self.line_items),
            refunds=tuple(refund.normalised() for refund in self.refunds),
            parcels=tuple(f.normalised() for f in self.fulfillments if f.status == SENT),
        )


class RefundNotice(Wire):
    """The body of refunds/create, which tells the refund but not the order it changes."""

    id: Id
    order_id: Id


class OrderEdit(Wire):
    """What was edited."""

    order_id: Id


class EditNotice(Wire):
    """The body of orders/edited."""

    order_edit: OrderEdit
