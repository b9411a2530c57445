"""The Fulfillment API's orders: getOrder, getOrders and getShippingFulfillments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import AwareDatetime, Field, JsonValue, RootModel

from connector_ebay.wire.base import Amount, Several, Text, Wire, value_of


class LineRefund(Wire):
    """Money given back for one line."""

    refund_id: Text | None = None
    refund_reference_id: Text | None = None
    refund_date: AwareDatetime | None = None
    amount: Amount | None = None


class OrderRefund(LineRefund):
    """Money given back for the order; counts once its status is REFUNDED."""

    refund_status: Text = "REFUNDED"


class DeliveryCost(Wire):
    """What the buyer pays to have one line delivered; the discount is a positive or negative figure."""

    shipping_cost: Amount | None = None
    handling_cost: Amount | None = None
    discount_amount: Amount | None = None

    @property
    def charged(self) -> Decimal:
        """Shipping and handling less the discount, never below zero."""
        discount = abs(value_of(self.discount_amount))
        return max(value_of(self.shipping_cost) + value_of(self.handling_cost) - discount, Decimal(0))


class Tax(Wire):
    """One tax of one line."""

    amount: Amount | None = None


class LineItem(Wire):
    """One line of an order; `line_item_cost` is for all its units before discounts."""

    line_item_id: Text = Field(min_length=1)
    legacy_item_id: Text | None = None
    legacy_variation_id: Text | None = None
    listing_marketplace_id: Text | None = None
    sku: Text | None = None
    title: Text = ""
    quantity: int = Field(ge=1)
    line_item_cost: Amount
    discounted_line_item_cost: Amount | None = None
    delivery_cost: DeliveryCost = DeliveryCost()
    taxes: Several[Tax] = ()
    ebay_collect_and_remit_taxes: Several[Tax] = ()
    refunds: Several[LineRefund] = ()
    line_item_fulfillment_status: Text = "NOT_STARTED"

    @property
    def price(self) -> Amount:
        """What the buyer pays for the line's units after discounts, before delivery and tax."""
        return self.discounted_line_item_cost or self.line_item_cost

    @property
    def tax(self) -> Decimal:
        """All taxes of the line, those eBay collects and remits included."""
        return sum(
            (value_of(tax.amount) for tax in self.taxes + self.ebay_collect_and_remit_taxes), Decimal(0)
        )


class Payment(Wire):
    """One payment of the order."""

    payment_date: AwareDatetime | None = None
    payment_status: Text | None = None


class PaymentSummary(Wire):
    """Payments and order-level refunds."""

    payments: Several[Payment] = ()
    refunds: Several[OrderRefund] = ()


class CancelRequest(Wire):
    """One request to cancel; only getOrder returns them."""

    cancel_reason: Text | None = None
    cancel_request_state: Text | None = None


class CancelStatus(Wire):
    """Whether the order was cancelled."""

    cancel_state: Text = "NONE_REQUESTED"
    cancelled_date: AwareDatetime | None = None
    cancel_requests: Several[CancelRequest] = ()


class Order(Wire):
    """One order with its lines."""

    order_id: Text = Field(min_length=1)
    creation_date: AwareDatetime
    last_modified_date: AwareDatetime
    seller_id: Text | None = None
    order_payment_status: Text
    order_fulfillment_status: Text = "NOT_STARTED"
    sales_record_reference: Text | None = None
    cancel_status: CancelStatus = CancelStatus()
    payment_summary: PaymentSummary = PaymentSummary()
    line_items: tuple[LineItem, ...] = Field(min_length=1)
    total_marketplace_fee: Amount | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the whole order is off: eBay cancels orders, not lines."""
        return self.cancel_status.cancel_state == "CANCELED"

    @property
    def shipped(self) -> bool:
        """Whether any parcel can have been recorded."""
        return self.order_fulfillment_status != "NOT_STARTED"

    @property
    def paid_at(self) -> datetime | None:
        """When the last payment that succeeded came in."""
        dates = [p.payment_date for p in self.payment_summary.payments if p.payment_status == "PAID"]
        return max((date for date in dates if date is not None), default=None)


class OrderBody(RootModel[JsonValue]):
    """An answer of getOrder, not read yet."""


class OrderPage(Wire):
    """One page of getOrders; `offset` counts records. Orders are read one by one: a strange one leaves the rest."""

    total: int = Field(ge=0)
    orders: Several[JsonValue] = ()
    next: Text | None = None


class FulfilledLine(Wire):
    """Units of a line in one parcel."""

    line_item_id: Text
    quantity: int | None = None


class Fulfillment(Wire):
    """One parcel of an order."""

    fulfillment_id: Text | None = None
    shipment_tracking_number: Text | None = None
    shipping_carrier_code: Text | None = None
    shipped_date: AwareDatetime | None = None
    line_items: Several[FulfilledLine] = ()


class FulfillmentPage(Wire):
    """All parcels of one order."""

    fulfillments: Several[Fulfillment] = ()
