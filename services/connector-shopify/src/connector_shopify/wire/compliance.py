"""What Shopify asks of every app about buyers' data; the topics are configured with the app, not subscribed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from connector_shopify.domain import Held, PrivacyRequest
from connector_shopify.wire.base import Id, Several, Wire

DATA_REQUEST = "customers/data_request"
CUSTOMER_REDACT = "customers/redact"
SHOP_REDACT = "shop/redact"
COMPLIANCE = frozenset({DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT})
"""Sent even after the app was removed."""
_LONGEST_ID = 256
"""Bits; Python refuses to write down numbers of thousands of digits."""
_GID = re.compile(r"gid://shopify/(?:Customer|Order)/(\d+)(?:\?.*)?", re.DOTALL)


class Numbered(Wire):
    """Something by its id; a notice's other fields are personal and not read."""

    id: Id


class CustomerNotice(Wire):
    """The body of customers/redact and customers/data_request."""

    customer: Numbered | None = None
    orders_to_redact: Several[Id] = ()
    orders_requested: Several[Id] = ()
    data_request: Numbered | None = None


class ShopNotice(Wire):
    """The body of shop/redact."""

    shop_id: Id | None = None


class Notice(BaseModel):
    """What is kept of a notice: ids."""

    shopify_id: str | None = None
    customer_id: str | None = None
    order_ids: tuple[str, ...] = ()


def read_notice(topic: str, body: bytes) -> Notice | None:
    """The ids a notice names; None for a body that is not one of its topic."""
    try:
        if topic == SHOP_REDACT:
            ShopNotice.model_validate_json(body)
            return Notice()
        told = CustomerNotice.model_validate_json(body)
    except ValidationError:
        return None
    return Notice(
        shopify_id=told.data_request.id if told.data_request else None,
        customer_id=told.customer.id if told.customer else None,
        order_ids=tuple(dict.fromkeys((*told.orders_to_redact, *told.orders_requested))),
    )


def data_head(request: PrivacyRequest) -> bytes:
    """The beginning of the file a seller hands on, up to its list of webhooks."""
    told = {
        "request_id": str(request.request_id),
        "shopify_request_id": request.shopify_id,
        "customer_id": request.customer_id,
        "order_ids": list(request.order_ids),
        "asked_at": request.received_at.isoformat(),
    }
    return to_json(told)[:-1] + b',"webhooks":['


def data_item(held: Held) -> bytes:
    """One webhook in that file, its body as it came; as text what is no JSON."""
    try:
        from_json(held.body)
    except ValueError:
        body = to_json(held.body.decode("utf-8", "replace"))
    else:
        body = held.body
    head = to_json({"topic": held.topic, "received_at": held.at.isoformat()})
    return head[:-1] + b',"body":' + body + b"}"


def names(body: bytes, ids: frozenset[str]) -> bool:
    """Whether a body holds one of these ids of buyers and orders, as a value of its own: a number, a text or a gid.

    In what is no JSON, digits that are not part of a longer number count: rather too much is forgotten than too little.
    """
    try:
        told = from_json(body)
    except ValueError:
        return any(found.decode() in ids for found in re.findall(rb"\d+", body))
    return any(value in ids for value in _values(told))


def _values(told: object) -> Iterator[str]:
    """Every number and text of a document, ids out of their gids; without recursion, however deep it is."""
    left = [told]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str):
            gid = _GID.fullmatch(value)
            yield gid[1] if gid else value
        elif isinstance(value, int) and value.bit_length() < _LONGEST_ID:
            yield str(value)
