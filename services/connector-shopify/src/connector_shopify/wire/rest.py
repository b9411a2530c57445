"""Orders and refunds in the REST shapes of Shopify's webhooks."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest

from pydantic import AwareDatetime, Field

from connector_shopify.wire.base import ZERO, Id, Several, Text, Units, Value, Wire, kept
from connector_shopify.wire.channels import channel
from connector_shopify.wire.money import Pair, shops_alone, total
from connector_shopify.wire.orders import Line, Order, Parcel, Refund, RefundPart, Tracking, instant

SENT = "success"


class Money(Wire):
    """An amount in one currency."""

    amount: Value


class MoneyBag(Wire):
    """The same amount in the shop's and the buyer's currency."""

    shop_money: Money
    presentment_money: Money | None = None


def _pair(plain: Decimal | None, bag: MoneyBag | None) -> Pair:
    """An amount in both currencies; old bodies tell it plainly, in the shop's alone."""
    if bag is None:
        return shops_alone(plain or ZERO)
    if bag.presentment_money is None:
        return shops_alone(bag.shop_money.amount)
    return Pair(bag.shop_money.amount, bag.presentment_money.amount)


class TaxLine(Wire):
    """One tax."""

    price: Value | None = None
    price_set: MoneyBag | None = None

    @property
    def amount(self) -> Pair:
        """What it comes to."""
        return _pair(self.price, self.price_set)


class DiscountAllocation(Wire):
    """A discount's part on one line."""

    amount: Value
    amount_set: MoneyBag | None = None

    @property
    def value(self) -> Pair:
        """What it takes off."""
        return _pair(self.amount, self.amount_set)


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
    total_discount_set: MoneyBag | None = None
    discount_allocations: Several[DiscountAllocation] = ()
    tax_lines: Several[TaxLine] = ()

    def normalised(self) -> Line:
        """Price after discounts: the allocations hold every discount, `total_discount` only those of old orders."""
        listed = _pair(self.price, self.price_set).times(self.quantity)
        allocated = total(a.value for a in self.discount_allocations)
        discount = (
            allocated if self.discount_allocations else _pair(self.total_discount, self.total_discount_set)
        )
        return Line(
            line_id=self.id,
            title=kept(self.name) or kept(self.title) or "",
            quantity=self.quantity,
            current=self.quantity if self.current_quantity is None else self.current_quantity,
            total=listed - discount,
            discount=discount,
            tax=total(t.amount for t in self.tax_lines),
            sku=kept(self.sku),
            variant_id=self.variant_id,
        )


class ShippingLine(Wire):
    """One way of shipping the buyer paid for."""

    price: Value | None = None
    price_set: MoneyBag | None = None
    discount_allocations: Several[DiscountAllocation] = ()
    tax_lines: Several[TaxLine] = ()
    is_removed: bool | None = None

    @property
    def amount(self) -> Pair:
        """What the buyer paid for it."""
        return _pair(self.price, self.price_set) - total(a.value for a in self.discount_allocations)

    @property
    def tax(self) -> Pair:
        """What of that is tax, or comes to it."""
        return total(t.amount for t in self.tax_lines)


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
        amount = _pair(self.subtotal, self.subtotal_set) + _pair(self.total_tax, self.total_tax_set)
        return RefundPart(self.line_item_id, self.quantity, (self.restock_type or "").lower(), amount.shop)


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
        given = total(_pair(t.amount, t.amount_set) for t in self.transactions if t.gave_back)
        parts = tuple(part.normalised() for part in self.refund_line_items)
        return Refund(self.id, given, instant(self.processed_at or self.created_at), parts)


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
        """One tracking row for each number, or link that has none."""
        numbers = self.tracking_numbers or ((self.tracking_number,) if self.tracking_number else ())
        urls = self.tracking_urls or ((self.tracking_url,) if self.tracking_url else ())
        courier = kept(self.tracking_company)
        rows: tuple[Tracking, ...] = tuple(
            (courier, kept(number), kept(url)) for number, url in zip_longest(numbers, urls)
        )
        units = {line.id: 1 if line.quantity is None else line.quantity for line in self.line_items}
        return Parcel(self.id, instant(self.created_at), units, rows or ((courier, None, None),))


class OrderBody(Wire):
    """The body of the orders/* webhooks."""

    id: Id
    name: Text | None = None
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    presentment_currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    source_name: Text | None = None
    financial_status: Text | None = None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    updated_at: AwareDatetime
    cancelled_at: AwareDatetime | None = None
    taxes_included: bool | None = None
    total_tax: Value | None = None
    total_tax_set: MoneyBag | None = None
    total_price: Value | None = None
    total_price_set: MoneyBag | None = None
    test: bool | None = None
    line_items: tuple[LineItem, ...] = Field(min_length=1)
    shipping_lines: Several[ShippingLine] = ()
    refunds: Several[RefundBody] = ()
    fulfillments: Several[Fulfillment] = ()

    @property
    def whole(self) -> bool:
        """Whether the body tells all there is to know, in the shop's and the buyer's currency; else the order must be read."""
        if any(refund.foreign_to(self.currency) for refund in self.refunds):
            return False
        if self.presentment_currency in (None, self.currency):
            return True  # most orders: spares making the order twice, while webhooks wait to be answered
        return self.normalised().is_told_in_both

    def normalised(self) -> Order:
        """The order in the one form all doors meet in."""
        shipping = [line for line in self.shipping_lines if not line.is_removed]
        return Order(
            order_id=self.id,
            name=kept(self.name) or self.id,
            currency=self.currency,
            presentment_currency=self.presentment_currency,
            channel=channel(self.source_name),
            financial_status=(kept(self.financial_status) or "pending").lower(),
            sold_at=instant(self.processed_at or self.created_at),
            updated_at=instant(self.updated_at),
            cancelled_at=instant(self.cancelled_at) if self.cancelled_at else None,
            taxes_included=bool(self.taxes_included),
            shipping=total(line.amount for line in shipping),
            shipping_tax=total(line.tax for line in shipping),
            tax=_pair(self.total_tax, self.total_tax_set),
            total=self._total,
            test=bool(self.test),
            lines=tuple(line.normalised() for line in self.line_items),
            refunds=tuple(refund.normalised() for refund in self.refunds),
            parcels=tuple(f.normalised() for f in self.fulfillments if f.status == SENT),
        )

    @property
    def _total(self) -> Pair | None:
        if self.total_price is None and self.total_price_set is None:
            return None
        return _pair(self.total_price, self.total_price_set)


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
