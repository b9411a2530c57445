"""Answers of the Admin GraphQL API: the parts our queries ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from connector_shopify.wire.orders import ZERO, Line, Order, Parcel, Refund, RefundPart, instant

N = TypeVar("N")


def number_of(gid: object) -> object:
    """`gid://shopify/Order/1?x=2` → `1`, the id that webhooks use."""
    return gid.rpartition("/")[2].partition("?")[0] if isinstance(gid, str) else gid


Gid = Annotated[str, BeforeValidator(number_of)]


class Model(BaseModel):
    """GraphQL names are camelCase; what we did not ask for does not come."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class MoneyV2(Model):
    """An amount in one currency."""

    amount: Decimal


class MoneyBag(Model):
    """The amount in the shop's currency."""

    shop_money: MoneyV2


class PageInfo(Model):
    """Where a page ends."""

    has_next_page: bool = False
    end_cursor: str | None = None


class Connection(Model, Generic[N]):
    """A page of nodes."""

    nodes: tuple[N, ...]
    page_info: PageInfo = PageInfo()


class Ref(Model):
    """Something by its id alone."""

    id: Gid


class TaxLine(Model):
    """One tax."""

    price_set: MoneyBag


class LineItem(Model):
    """One line of an order."""

    id: Gid
    name: str
    sku: str | None = None
    quantity: int
    current_quantity: int
    discounted_total_set: MoneyBag
    tax_lines: tuple[TaxLine, ...] = ()
    variant: Ref | None = None

    def normalised(self) -> Line:
        """As the webhook's line."""
        return Line(
            line_id=self.id,
            title=self.name,
            quantity=self.quantity,
            current_quantity=self.current_quantity,
            total=self.discounted_total_set.shop_money.amount,
            tax=sum((t.price_set.shop_money.amount for t in self.tax_lines), ZERO),
            sku=self.sku or None,
            variant_id=self.variant.id if self.variant else None,
        )


class RefundLineItem(Model):
    """Units of a line in a refund."""

    line_item: Ref
    quantity: int
    restock_type: str
    subtotal_set: MoneyBag
    total_tax_set: MoneyBag

    def normalised(self) -> RefundPart:
        """As the webhook's."""
        amount = self.subtotal_set.shop_money.amount + self.total_tax_set.shop_money.amount
        return RefundPart(self.line_item.id, self.quantity, self.restock_type.lower(), amount)


class RefundNode(Model):
    """A refund."""

    id: Gid
    created_at: AwareDatetime | None = None
    processed_at: AwareDatetime
    total_refunded_set: MoneyBag
    refund_line_items: Connection[RefundLineItem]

    def normalised(self) -> Refund:
        """As the webhook's."""
        parts = tuple(part.normalised() for part in self.refund_line_items.nodes)
        return Refund(self.id, self.total_refunded_set.shop_money.amount, instant(self.processed_at), parts)


class Tracking(Model):
    """A tracking number."""

    company: str | None = None
    number: str | None = None
    url: str | None = None


class FulfillmentLine(Model):
    """A line in a parcel."""

    line_item: Ref


class FulfillmentNode(Model):
    """A parcel."""

    id: Gid
    status: str
    created_at: AwareDatetime
    tracking_info: tuple[Tracking, ...] = ()
    fulfillment_line_items: Connection[FulfillmentLine]

    def normalised(self) -> Parcel:
        """As the webhook's."""
        rows = tuple((t.company or None, t.number or None, t.url or None) for t in self.tracking_info)
        ids = frozenset(line.line_item.id for line in self.fulfillment_line_items.nodes)
        return Parcel(ids, instant(self.created_at), rows or ((None, None, None),))


class OrderNode(Model):
    """An order of our queries."""

    id: Gid
    name: str
    currency_code: str
    display_financial_status: str | None = None
    processed_at: AwareDatetime
    updated_at: AwareDatetime
    cancelled_at: AwareDatetime | None = None
    taxes_included: bool
    test: bool
    total_shipping_price_set: MoneyBag
    total_tax_set: MoneyBag | None = None
    line_items: Connection[LineItem]
    refunds: tuple[RefundNode, ...] = ()
    fulfillments: tuple[FulfillmentNode, ...] = ()

    @property
    def cut_off(self) -> bool:
        """Whether the order holds more than the page's small inner pages showed."""
        inner = [self.line_items.page_info]
        inner += [r.refund_line_items.page_info for r in self.refunds]
        inner += [f.fulfillment_line_items.page_info for f in self.fulfillments]
        return any(page.has_next_page for page in inner)

    def normalised(self) -> Order:
        """The order in the one form all doors meet in."""
        return Order(
            order_id=self.id,
            name=self.name,
            currency=self.currency_code,
            financial_status=(self.display_financial_status or "pending").lower(),
            sold_at=instant(self.processed_at),
            updated_at=instant(self.updated_at),
            cancelled_at=instant(self.cancelled_at) if self.cancelled_at else None,
            taxes_included=self.taxes_included,
            shipping=self.total_shipping_price_set.shop_money.amount,
            tax=self.total_tax_set.shop_money.amount if self.total_tax_set else ZERO,
            test=self.test,
            lines=tuple(line.normalised() for line in self.line_items.nodes),
            refunds=tuple(refund.normalised() for refund in self.refunds),
            parcels=tuple(f.normalised() for f in self.fulfillments if f.status == "SUCCESS"),
        )


class Quantity(Model):
    """A named quantity."""

    name: str
    quantity: int


class Level(Model):
    """Stock at one location."""

    location: Ref
    quantities: tuple[Quantity, ...]


class Item(Model):
    """What the stock hangs on."""

    id: Gid
    tracked: bool
    inventory_levels: Connection[Level]


class Picture(Model):
    """An image."""

    url: str


class Preview(Model):
    """A media's preview."""

    image: Picture | None = None


class Media(Model):
    """A product's first media."""

    preview: Preview | None = None


class Product(Model):
    """A variant's product."""

    id: Gid
    title: str
    status: str
    vendor: str | None = None
    online_store_url: str | None = None
    featured_media: Media | None = None


class VariantNode(Model):
    """A variant: what Soldwire calls a listing."""

    id: Gid
    title: str
    sku: str | None = None
    price: Decimal
    inventory_quantity: int | None = None
    inventory_policy: str
    inventory_item: Item
    product: Product


class Shop(Model):
    """The shop itself."""

    id: str
    name: str
    myshopify_domain: str
    currency_code: str


class ThrottleStatus(Model):
    """The leaky bucket."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(Model):
    """What a query asked for and what is left."""

    requested_query_cost: float | None = None
    throttle_status: ThrottleStatus | None = None


class UserError(Model):
    """Why a mutation did nothing."""

    code: str | None = None
    message: str


class OtherVariant(Model):
    """A sibling of a variant."""

    id: Gid
    inventory_quantity: int | None = None
    inventory_policy: str
    inventory_item: TrackedItem


class TrackedItem(Model):
    """Whether stock is counted at all."""

    tracked: bool


OtherVariant.model_rebuild()
