"""What each webhook topic means; any body that is not what its topic says is UnmappableError and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from connector_kit.domain import SeenQuantity
from connector_kit.marketplace import Mapped, UnmappableError
from pydantic import BaseModel, ValidationError

from connector_shopify.wire.base import units_told
from connector_shopify.wire.headers import SHOP, triggered_at
from connector_shopify.wire.lines import order_lines
from connector_shopify.wire.listings import STATES
from connector_shopify.wire.notices import BulkNotice, FulfillmentNotice
from connector_shopify.wire.rest import EditNotice, OrderBody, RefundNotice
from connector_shopify.wire.stock import DeletedBody, LevelBody, ProductBody

B = TypeVar("B", bound=BaseModel)
Headers = Mapping[str, str]


def _order(body: bytes, headers: Headers) -> Mapped:
    order = _parse(OrderBody, body)
    if not order.whole:
        return Mapped(read_orders=(order.id,))
    return Mapped(lines=order_lines(order.normalised(), headers.get(SHOP, ""), triggered_at(headers)))


def _refund(body: bytes, _: Headers) -> Mapped:
    """The body holds the refund alone; the order is read whole."""
    return Mapped(read_orders=(_parse(RefundNotice, body).order_id,))


def _parcel(body: bytes, _: Headers) -> Mapped:
    """The body holds the parcel alone; the order is read whole."""
    return Mapped(read_orders=(_parse(FulfillmentNotice, body).order_id,))


def _edited(body: bytes, _: Headers) -> Mapped:
    """The body holds the edit alone; the order is read whole."""
    return Mapped(read_orders=(_parse(EditNotice, body).order_edit.order_id,))


def _product(body: bytes, headers: Headers) -> Mapped:
    """A status that Soldwire has brought a product to says nothing of it; another one, told later, ends that."""
    product = _parse(ProductBody, body)
    seen_at = triggered_at(headers) or product.updated_at
    status = product.status.lower()
    news = [
        SeenQuantity(
            f"variant:{variant.id}",
            units_told(variant.inventory_quantity or 0),
            seen_at,
            state=STATES.get(status, "live"),
            unless=("off_show", status),
            chore=(PRODUCT, product.id),
            sells_anyway=variant.sells_anyway,
        )
        for variant in product.variants
    ]
    return Mapped(quantities=tuple(news), ignored=None if news else "a product without variants in its body")


def _deleted(body: bytes, _: Headers) -> Mapped:
    """What is on record of its being off show goes with it."""
    product = _parse(DeletedBody, body).id
    return Mapped(gone_refs=(("product", product),), chores=((PRODUCT, product),))


def _level(body: bytes, headers: Headers) -> Mapped:
    level = _parse(LevelBody, body)
    if level.available is None:
        return Mapped(ignored="stock is not counted at this location")
    ref = ("location", level.location_id)
    seen_at = (
        triggered_at(headers) or level.updated_at
    )  # whole seconds: it may look older than what was read before
    units = units_told(level.available)
    news = SeenQuantity(f"item:{level.inventory_item_id}", units, seen_at, ref=ref)
    return Mapped(quantities=(news,))


def _uninstalled(_: bytes, headers: Headers) -> Mapped:
    return Mapped(revoked=True, revoked_at=triggered_at(headers))


def _bulk_ended(body: bytes, _: Headers) -> Mapped:
    """Who waits for the operation asks for it by its id; that it ended is all there is to know here."""
    _parse(BulkNotice, body)
    return Mapped(wakes_runs=True, ignored="a bulk operation ended")


def _scopes(_: bytes, __: Headers) -> Mapped:
    """What the body says may be overtaken: the shop is asked."""
    return Mapped(chores=((SCOPES, ""),), ignored="the scopes are looked at")


SCOPES = "scopes"
"""The chore that looks at what our app may do in a shop."""
PRODUCT = "product"
"""The chore that looks at a product that is sold out, off show, or gone; its key is the product's id."""
EDITED = "orders/edited"
MEANINGS: Mapping[str, Callable[[bytes, Headers], Mapped]] = {
    "orders/create": _order,
    "orders/paid": _order,
    "orders/updated": _order,
    EDITED: _edited,
    "orders/fulfilled": _order,
    "orders/cancelled": _order,
    "refunds/create": _refund,
    "fulfillments/create": _parcel,
    "fulfillments/update": _parcel,
    "inventory_levels/update": _level,
    "products/create": _product,
    "products/update": _product,
    "products/delete": _deleted,
    "bulk_operations/finish": _bulk_ended,
    "app/scopes_update": _scopes,
    "app/uninstalled": _uninstalled,
}
SUBSCRIBED = tuple(MEANINGS)
"""What a shop is asked to send."""
OPTIONAL = frozenset({"fulfillments/create", "fulfillments/update"})
"""They need the scope `read_fulfillments`, which a seller may leave out; `orders/updated` comes with every parcel anyway."""


def as_enum(topic: str) -> str:
    """A topic as Shopify's API writes it."""
    return topic.upper().replace("/", "_")


def topics_missing(held: Collection[str]) -> tuple[str, ...]:
    """Topics that should be sent and are not among these, however those are written."""
    known = {as_enum(topic) for topic in held}
    return tuple(topic for topic in SUBSCRIBED if topic not in OPTIONAL and as_enum(topic) not in known)


def map_webhook(topic: str, body: bytes, headers: Headers) -> Mapped:
    """The meaning of one notification. Raises UnmappableError with what is wrong; the same body fails again."""
    meaning = MEANINGS.get(topic)
    if meaning is None:
        raise UnmappableError(f"topic {topic!r} is none we subscribe to")
    try:
        return meaning(body, headers)
    except UnmappableError:
        raise
    except (ValueError, ArithmeticError) as error:
        raise UnmappableError(f"not a body of {topic}: {error}"[:2000]) from error


def _parse(model: type[B], body: bytes) -> B:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise UnmappableError(f"{where}: {first['msg']}") from error
