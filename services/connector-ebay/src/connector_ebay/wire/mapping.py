"""What a stored notification says; pure, so that a dead letter can be read again."""

from __future__ import annotations

from collections.abc import Mapping

from connector_kit.marketplace import Mapped, UnmappableError
from pydantic import ValidationError

from connector_ebay.wire.lines import words_of
from connector_ebay.wire.notifications import OrderPush

ORDER_TOPICS = frozenset({"ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED"})
REVOCATION = "AUTHORIZATION_REVOCATION"
IGNORED = {
    "MARKETPLACE_ACCOUNT_DELETION": "no data of eBay users is kept outside connected accounts",
}


def mapped(topic: str, body: bytes, headers: Mapping[str, str]) -> Mapped:  # noqa: ARG001 - the kit's Mapper
    """An order push names an order to read; a revocation ends our access. Raises UnmappableError."""
    if topic in ORDER_TOPICS:
        return Mapped(read_orders=(_order_id(body),))
    if topic == REVOCATION:
        return Mapped(revoked=True)
    if topic in IGNORED:
        return Mapped(ignored=IGNORED[topic])
    raise UnmappableError(f"topic {topic!r} is none we subscribe to")


def _order_id(body: bytes) -> str:
    try:
        return OrderPush.model_validate_json(body).notification.data.order.order_id
    except ValidationError as error:
        raise UnmappableError(words_of(error)) from error
