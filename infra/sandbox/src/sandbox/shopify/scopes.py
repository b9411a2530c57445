"""Access scopes: what an app may ask for, what a grant comes to, and which root field needs which."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from sandbox.shopify.context import Info, context_of
from sandbox.shopify.refusals import denied
from sandbox.truth import Account

KNOWN = (
    "read_all_orders",
    "read_customers",
    "read_fulfillments",
    "read_inventory",
    "read_locations",
    "read_orders",
    "read_products",
    "read_publications",
    "read_shopify_payments_payouts",
    "write_fulfillments",
    "write_inventory",
    "write_orders",
    "write_products",
    "write_publications",
)
EVERYTHING = (
    "read_all_orders",
    "read_fulfillments",
    "read_locations",
    "read_orders",
    "read_shopify_payments_payouts",
    "write_inventory",
    "write_products",
    "write_publications",
)
"""What an account opened by the control API grants."""

NEEDED: Mapping[str, str] = {
    "order": "read_orders",
    "orders": "read_orders",
    "product": "read_products",
    "products": "read_products",
    "productVariant": "read_products",
    "productVariants": "read_products",
    "productVariantsCount": "read_products",
    "inventoryItem": "read_inventory",
    "inventoryLevel": "read_inventory",
    "location": "read_locations",
    "locations": "read_locations",
    "publications": "read_publications",
    "shopifyPaymentsAccount": "read_shopify_payments_payouts",
    "inventoryAdjustQuantities": "write_inventory",
    "inventoryItemUpdate": "write_inventory",
    "inventorySetQuantities": "write_inventory",
    "productUpdate": "write_products",
    "productVariantsBulkUpdate": "write_products",
    "publishablePublish": "write_publications",
    "publishableUnpublish": "write_publications",
}
NODES: Mapping[str, str] = {
    "InventoryItem": "read_inventory",
    "InventoryLevel": "read_inventory",
    "Location": "read_locations",
    "Order": "read_orders",
    "Product": "read_products",
    "ProductVariant": "read_products",
}


class UnknownScope(ValueError):
    """An app asked for something that no app can have."""


def read(text: str) -> list[str]:
    """The scopes of a comma-separated list; raises UnknownScope."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    for name in named:
        if name not in KNOWN:
            raise UnknownScope(name)
    return named


@lru_cache(maxsize=1000)
def expanded(scopes: tuple[str, ...]) -> frozenset[str]:
    """With what they imply: who may write may read."""
    return frozenset(scopes) | {"read_" + x.removeprefix("write_") for x in scopes if x.startswith("write_")}


def collapsed(scopes: Iterable[str]) -> list[str]:
    """Without what is implied, as a grant says it."""
    every = set(scopes)
    return sorted(x for x in every if "write_" + x.removeprefix("read_") not in every)


def granted(account: Account) -> frozenset[str]:
    """All scopes of the shop's installation."""
    return expanded(EVERYTHING if account.scopes is None else tuple(account.scopes))


def guarded(name: str, scope: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver of a root field, for those who have its scope."""

    def check(root: object, info: Info, **args: Any) -> Any:
        if scope not in granted(context_of(info).account):
            raise denied(name, scope)
        return resolve(root, info, **args)

    return check


def guard(fields: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Root fields, each behind the scope it needs."""
    return {
        name: guarded(name, NEEDED[name], resolve) if name in NEEDED else resolve
        for name, resolve in fields.items()
    }
