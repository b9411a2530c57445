"""Shopify's own error codes in the error table."""

from __future__ import annotations

from connector_kit.errors import (
    AMBIGUOUS,
    DENIED,
    NEEDS_LOGIN,
    RATE_LIMITED,
    REFUSED,
    STALE,
    Action,
    ErrorTable,
    Nature,
    Problem,
)

_NOT_MUTABLE = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "stock_not_changeable",
    "Shopify does not let apps change this article's stock; another app or a fulfilment service keeps it. Change it there.",
)
_MOVED = Problem(
    Action.STALE,
    Nature.TRANSIENT,
    "stock_moved",
    "The article's stock has moved to another location on Shopify. Soldwire reads it again.",
)
_TOO_EXPENSIVE = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "query_too_expensive",
    "Shopify refuses a query of this size for this shop.",
)
SELLS_WITHOUT_STOCK = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "sells_without_stock",
    "This variant goes on selling with no stock, and other variants of its product are still for sale. Switch off "
    "“Continue selling when out of stock”, or track its quantity, in Shopify.",
)

TABLE = ErrorTable(
    codes={
        # Top level, in `errors[].extensions.code`.
        "THROTTLED": RATE_LIMITED,
        "ACCESS_DENIED": DENIED,
        "UNAUTHORIZED": NEEDS_LOGIN,
        "MAX_COST_EXCEEDED": _TOO_EXPENSIVE,
        "INTERNAL_SERVER_ERROR": AMBIGUOUS,
        "TIMEOUT": AMBIGUOUS,
        "BAD_REQUEST": REFUSED,
        # Of inventorySetQuantities, in `userErrors[].code`.
        "CHANGE_FROM_QUANTITY_STALE": STALE,
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": STALE,
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": STALE,
        "IDEMPOTENCY_CONCURRENT_REQUEST": AMBIGUOUS,
        "NON_MUTABLE_INVENTORY_ITEM": _NOT_MUTABLE,
        "INVALID_INVENTORY_ITEM": _MOVED,
        "INVALID_LOCATION": _MOVED,
    }
)
