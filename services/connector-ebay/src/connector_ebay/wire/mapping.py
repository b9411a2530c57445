"""What a stored notification says; pure, so that a dead letter can be read again."""

from __future__ import annotations

from collections.abc import Mapping

from connector_kit.marketplace import Mapped, UnmappableError
from pydantic import ValidationError

from connector_ebay.wire.lines import words_of
from connector_ebay.wire.notifications import OrderPush

ORDER_TOPICS = frozenset({"ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED"})
REVOCATIONS = frozenset({"AUTHORIZATION_REVOCATION", "MARKETPLACE_ACCOUNT_DELETION"})
"""The seller took our access away, or closed his eBay account. Of other eBay users nothing is kept."""
TOPICS = (*sorted(ORDER_TOPICS), *sorted(REVOCATIONS))
"""What is asked for."""


def mapped(topic: str, body: bytes, headers: Mapping[str, str]) -> Mapped:  # noqa: ARG001 - the kit's Mapper
    """An order push names an order to read; a revocation ends our access. Raises UnmappableError."""
    if topic in ORDER_TOPICS:
        return Mapped(read_orders=(_order_id(body),))
    if topic in REVOCATIONS:
        return Mapped(revoked=True)
    raise UnmappableError(f"topic {topic!r} is none we subscribe to")


def _order_id(body: bytes) -> str:
    try:
        return OrderPush.model_validate_json(body).notification.data.order.order_id
    except ValidationError as error:
        raise UnmappableError(words_of(error)) from error
