"""What Shopify's statuses and error codes mean, as a table."""

from __future__ import annotations

from connector_kit.errors import (
    AMBIGUOUS,
    DENIED,
    GONE,
    NEEDS_LOGIN,
    RATE_LIMITED,
    REFUSED,
    STALE,
    STATUSES,
    Action,
    ErrorTable,
    Nature,
    Problem,
)


def _needs_a_person(code: str, reason: str) -> Problem:
    return Problem(Action.FAIL, Nature.CONFIGURATION, code, reason)


FROZEN = _needs_a_person(
    "shop_frozen", "Shopify has frozen this shop until its plan is paid. Settle that in Shopify, then retry."
)
NO_SHOP = _needs_a_person(
    "no_such_shop", "No Shopify shop answers at this address. Check the shop's … .myshopify.com name."
)
TOO_DEAR = _needs_a_person("query_too_expensive", "Shopify refuses a query of this size for this shop.")
OF_THE_SHOP = (FROZEN.code, NO_SHOP.code, DENIED.code)
"""Refusals that are about the shop as a whole: nothing works while they last."""
NOT_MUTABLE = _needs_a_person(
    "stock_not_changeable",
    "Shopify does not let apps change this article's stock: it is not tracked, it is a bundle, or another service keeps "
    "it. Change it there.",
)
VARIANT_REFUSED = _needs_a_person(
    "variant_refused",
    "Shopify refuses to change this variant's stock settings. A gift card or a bundle can't have them. Change it in Shopify.",
)
SUSPENDED = _needs_a_person(
    "product_suspended",
    "Shopify has suspended this product, so nothing of it can be changed. Open it in Shopify to see why.",
)
PLAN_LIMIT = _needs_a_person(
    "plan_limit",
    "The shop's Shopify plan does not allow this change: it has reached its limit. Raise the plan, or change the variant "
    "in Shopify.",
)
COMBINED_LISTING = _needs_a_person(
    "combined_listing",
    "This product is the parent of a combined listing, and Shopify lets nobody change its variants. Change its parts.",
)
NO_LOCATION = _needs_a_person(
    "no_location",
    "Shopify stocks this article at no location, so its quantity can't be set. Stock it in Shopify.",
)
_MOVED = Problem(
    Action.STALE,
    Nature.TRANSIENT,
    "stock_moved",
    "The article's stock has moved to another location on Shopify. Soldwire reads it again.",
)

PARTLY = Problem(
    Action.AMBIGUOUS,
    Nature.TRANSIENT,
    "partly_done",
    "Shopify carried out a part of the change, so Soldwire looks at the listing before it does anything else.",
)

NOT_INSTALLED = Problem(
    Action.FAIL, Nature.GONE, "not_installed", "Soldwire is not among the apps of this shop any more."
)

TABLE = ErrorTable(
    codes={
        # Top level, in `errors[].extensions.code`, with HTTP 200.
        "THROTTLED": RATE_LIMITED,
        "ACCESS_DENIED": DENIED,
        "UNAUTHORIZED": NEEDS_LOGIN,
        "SHOP_INACTIVE": FROZEN,
        "MAX_COST_EXCEEDED": TOO_DEAR,
        "INTERNAL_SERVER_ERROR": AMBIGUOUS,
        "TIMEOUT": AMBIGUOUS,
        "BAD_REQUEST": REFUSED,
        "INVALID_FIELD_ARGUMENTS": REFUSED,
        # Of inventorySetQuantities, in `userErrors[].code`.
        "CHANGE_FROM_QUANTITY_STALE": STALE,
        "COMPARE_QUANTITY_STALE": STALE,
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": STALE,
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": STALE,
        "IDEMPOTENCY_CONCURRENT_REQUEST": AMBIGUOUS,
        "NON_MUTABLE_INVENTORY_ITEM": NOT_MUTABLE,
        "INVALID_INVENTORY_ITEM": _MOVED,
        "INVALID_LOCATION": _MOVED,
        # Of productVariantsBulkUpdate; it has none for a stale comparison.
        "PRODUCT_SUSPENDED": SUSPENDED,
        "SUBSCRIPTION_VIOLATION": PLAN_LIMIT,
        "UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION": COMBINED_LISTING,
        "PRODUCT_DOES_NOT_EXIST": GONE,
        "PRODUCT_VARIANT_DOES_NOT_EXIST": GONE,
        # Of appUninstall.
        "APP_NOT_FOUND": NOT_INSTALLED,
        "APP_NOT_INSTALLED": NOT_INSTALLED,
        "APP_UNINSTALL_ERROR": AMBIGUOUS,
    },
    # A 404 here is about the shop, not about a listing.
    statuses=((range(402, 403), FROZEN), (range(404, 405), NO_SHOP), *STATUSES),
)
