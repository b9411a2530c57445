"""Orders as the Admin GraphQL API tells them, in the parts our documents ask for."""

from __future__ import annotations

from connector_kit.marketplace import UnreadableOrder
from pydantic import AwareDatetime, Field, JsonValue, ValidationError
from pydantic_core import to_json

from connector_shopify.wire.base import Id, Several, Text, Units, kept
from connector_shopify.wire.channels import channel
from connector_shopify.wire.graphql import Connection, MoneyBag, Node, Ref
from connector_shopify.wire.money import NOTHING, Pair, total
from connector_shopify.wire.orders import Line, Order, Parcel, Refund, RefundPart, Tracking, instant

SENT = "SUCCESS"


class TaxLine(Node):
    """One tax."""

    price_set: MoneyBag


class DiscountAllocation(Node):
    """A discount's part on one line."""

    allocated_amount_set: MoneyBag


class LineItem(Node):
    """One line of an order."""

    id: Id
    name: Text
    sku: Text | None = None
    quantity: Units
    current_quantity: Units
    original_unit_price_set: MoneyBag
    discount_allocations: Several[DiscountAllocation] = ()
    tax_lines: Several[TaxLine] = ()
    variant: Ref | None = None

    def normalised(self) -> Line:
        """As the webhook's: no field holds the price after line, code and order discounts to the cent, or follows edits."""
        discount = total(a.allocated_amount_set.pair for a in self.discount_allocations)
        return Line(
            line_id=self.id,
            title=kept(self.name) or "",
            quantity=self.quantity,
            current=self.current_quantity,
            total=self.original_unit_price_set.pair.times(self.quantity) - discount,
            discount=discount,
            tax=total(t.price_set.pair for t in self.tax_lines),
            sku=kept(self.sku),
            variant_id=self.variant.id if self.variant else None,
        )


class ShippingLine(Node):
    """One way of shipping the buyer paid for."""

    original_price_set: MoneyBag
    discount_allocations: Several[DiscountAllocation] = ()
    tax_lines: Several[TaxLine] = ()

    @property
    def amount(self) -> Pair:
        """What the buyer paid for it."""
        return self.original_price_set.pair - total(
            a.allocated_amount_set.pair for a in self.discount_allocations
        )

    @property
    def tax(self) -> Pair:
        """What of that is tax, or comes to it."""
        return total(t.price_set.pair for t in self.tax_lines)


class RefundLineItem(Node):
    """Units of a line in a refund."""

    line_item: Ref
    quantity: Units
    restock_type: str
    subtotal_set: MoneyBag
    total_tax_set: MoneyBag

    def normalised(self) -> RefundPart:
        """As the webhook's."""
        amount = self.subtotal_set.amount + self.total_tax_set.amount
        return RefundPart(self.line_item.id, self.quantity, self.restock_type.lower(), amount)


class Transaction(Node):
    """A movement of money."""

    kind: str
    status: str
    amount_set: MoneyBag


class RefundNode(Node):
    """A refund."""

    id: Id
    processed_at: AwareDatetime
    refund_line_items: Connection[RefundLineItem]
    transactions: Connection[Transaction]

    def normalised(self) -> Refund:
        """As the webhook's."""
        given = total(
            t.amount_set.pair for t in self.transactions.nodes if (t.kind, t.status) == ("REFUND", SENT)
        )
        parts = tuple(part.normalised() for part in self.refund_line_items.nodes)
        return Refund(self.id, given, instant(self.processed_at), parts)


class TrackingInfo(Node):
    """A tracking number."""

    company: Text | None = None
    number: Text | None = None
    url: Text | None = None


class FulfillmentLine(Node):
    """A line in a parcel."""

    line_item: Ref
    quantity: Units | None = None


class FulfillmentNode(Node):
    """A parcel."""

    id: Id
    status: str
    created_at: AwareDatetime
    tracking_info: Several[TrackingInfo] = ()
    fulfillment_line_items: Connection[FulfillmentLine]

    def normalised(self) -> Parcel:
        """As the webhook's."""
        rows: tuple[Tracking, ...] = tuple(
            (kept(t.company), kept(t.number), kept(t.url)) for t in self.tracking_info
        )
        units = {
            line.line_item.id: 1 if line.quantity is None else line.quantity
            for line in self.fulfillment_line_items.nodes
        }
        return Parcel(self.id, instant(self.created_at), units, rows or ((None, None, None),))


class OrderNode(Node):
    """An order of our documents."""

    id: Id
    name: Text
    currency_code: str = Field(pattern=r"^[A-Z]{3}$")
    presentment_currency_code: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    source_name: Text | None = None
    display_financial_status: str | None = None
    processed_at: AwareDatetime
    updated_at: AwareDatetime
    cancelled_at: AwareDatetime | None = None
    taxes_included: bool
    test: bool
    total_tax_set: MoneyBag | None = None
    total_price_set: MoneyBag | None = None
    line_items: Connection[LineItem]
    shipping_lines: Connection[ShippingLine]
    refunds: Several[RefundNode] = ()
    fulfillments: Several[FulfillmentNode] = ()

    @property
    def cut_off(self) -> bool:
        """Whether the order holds more than the small inner pages of a page of orders showed."""
        return self.parts_cut_off or any(
            c.page_info.has_next_page for c in (self.line_items, self.shipping_lines)
        )

    @property
    def parts_cut_off(self) -> bool:
        """Whether a parcel or a refund holds more lines than were asked for."""
        pages = [refund.refund_line_items.page_info for refund in self.refunds]
        pages += [refund.transactions.page_info for refund in self.refunds]
        pages += [parcel.fulfillment_line_items.page_info for parcel in self.fulfillments]
        return any(page.has_next_page for page in pages)

    def normalised(self) -> Order:
        """The order in the one form all doors meet in."""
        return Order(
            order_id=self.id,
            name=kept(self.name) or self.id,
            currency=self.currency_code,
            presentment_currency=self.presentment_currency_code,
            channel=channel(self.source_name),
            financial_status=(kept(self.display_financial_status) or "pending").lower(),
            sold_at=instant(self.processed_at),
            updated_at=instant(self.updated_at),
            cancelled_at=instant(self.cancelled_at) if self.cancelled_at else None,
            taxes_included=self.taxes_included,
            shipping=total(line.amount for line in self.shipping_lines.nodes),
            shipping_tax=total(line.tax for line in self.shipping_lines.nodes),
            tax=self.total_tax_set.pair if self.total_tax_set else NOTHING,
            total=self.total_price_set.pair if self.total_price_set else None,
            test=self.test,
            lines=tuple(line.normalised() for line in self.line_items.nodes),
            refunds=tuple(refund.normalised() for refund in self.refunds),
            parcels=tuple(f.normalised() for f in self.fulfillments if f.status == SENT),
        )


class OrdersData(Node):
    """Answer of Orders."""

    orders: Connection[JsonValue]
    """Read one by one, so that an odd one does not hide its neighbours."""


def read_order(value: JsonValue) -> OrderNode | UnreadableOrder:
    """An order of a page, or why it can't be read."""
    try:
        return OrderNode.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "order"
        return UnreadableOrder(to_json(value), f"{where}: {first['msg']}")


class OrderData(Node):
    """Answer of Order."""

    order: JsonValue | None
    """Read by `read_order`: one that can't be is set aside, not asked for again and again."""


class LinesPart(Node):
    """Further lines of one order."""

    line_items: Connection[LineItem]


class LinesData(Node):
    """Answer of OrderLines."""

    order: LinesPart | None


class ParcelsPart(Node):
    """The parcels of one order with more lines each."""

    fulfillments: Several[FulfillmentNode] = ()


class ParcelsData(Node):
    """Answer of OrderParcels."""

    order: ParcelsPart | None


class RefundsPart(Node):
    """The refunds of one order with more lines each."""

    refunds: Several[RefundNode] = ()


class RefundsData(Node):
    """Answer of OrderRefunds."""

    order: RefundsPart | None
