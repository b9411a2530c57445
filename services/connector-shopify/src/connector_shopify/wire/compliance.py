"""What Shopify asks of every app about buyers' data; the topics are configured with the app, not subscribed."""

from __future__ import annotations

from pydantic import ValidationError

from connector_shopify.wire.base import Id, Several, Wire

DATA_REQUEST = "customers/data_request"
CUSTOMER_REDACT = "customers/redact"
SHOP_REDACT = "shop/redact"
COMPLIANCE = frozenset({DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT})
"""Sent even after the app was removed."""


class Customer(Wire):
    """A buyer by id; the notice's other fields are personal and not read."""

    id: Id


class CustomerNotice(Wire):
    """The body of customers/redact."""

    customer: Customer | None = None
    orders_to_redact: Several[Id] = ()


def redacted_ids(body: bytes) -> frozenset[str] | None:
    """Ids of the buyer and the orders that customers/redact names; None for a body that is not one."""
    try:
        notice = CustomerNotice.model_validate_json(body)
    except ValidationError:
        return None
    return frozenset({*notice.orders_to_redact, *([notice.customer.id] if notice.customer else [])})
