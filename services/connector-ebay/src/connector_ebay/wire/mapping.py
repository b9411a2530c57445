"""What a stored notification says; pure, so that a dead letter can be read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connector_kit.marketplace import Mapped, UnmappableError
from pydantic import ValidationError

from connector_ebay.wire.lines import words_of
from connector_ebay.wire.notifications import Happening, OrderPush

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
        return Mapped(revoked=True, revoked_at=_happened_at(body))
    raise UnmappableError(f"topic {topic!r} is none we subscribe to")


def _happened_at(body: bytes) -> datetime | None:
    """When, if the body tells; a revocation without a date it can be read by is one all the same."""
    try:
        return Happening.model_validate_json(body).notification.event_date
    except ValidationError:
        return None


def _order_id(body: bytes) -> str:
    try:
        return OrderPush.model_validate_json(body).notification.data.order.order_id
    except ValidationError as error:
        raise UnmappableError(words_of(error)) from error
