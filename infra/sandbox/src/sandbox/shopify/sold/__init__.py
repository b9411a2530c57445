"""Resolvers of what was sold: orders, their lines, fulfilments, refunds and transactions."""

from typing import Any

from sandbox.shopify.sold import lines, orders, sent
from sandbox.shopify.sold.orders import find_order, order_page

FIELDS: dict[str, dict[str, Any]] = {**orders.FIELDS, **lines.FIELDS, **sent.FIELDS}

__all__ = ["FIELDS", "find_order", "order_page"]
