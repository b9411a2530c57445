"""The resolver table: query and mutation roots, small objects, and which concrete type an interface holds."""

from typing import Any

from sandbox.shopify import catalogue, mutations, naming, pages, sold
from sandbox.shopify.catalogue import Item, Level, Product
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.oauth import SCOPE
from sandbox.shopify.subscriptions import Subscribing
from sandbox.shopify.webhooks import Webhooks
from sandbox.truth import Listing, Order

CONNECTIONS = (
    "Order LineItem ShippingLine Product ProductVariant InventoryLevel Location Publication "
    "WebhookSubscription OrderTransaction FulfillmentLineItem RefundLineItem"
)


def _node(_root: object, info: Info, id: str) -> object:
    """Any of the things that have a global id and matter here."""
    context = context_of(info)
    kind = id.removeprefix("gid://shopify/").split("/")[0]
    finders: dict[str, Any] = {
        "Product": lambda: catalogue.find_product(context, id),
        "ProductVariant": lambda: catalogue.find_variant(context, id),
        "InventoryItem": lambda: catalogue.find_item(context, id),
        "InventoryLevel": lambda: _level(info, id),
        "Order": lambda: sold.find_order(info, id),
    }
    return finders[kind]() if kind in finders else None


def _level(info: Info, identifier: str) -> Level | None:
    _, _, number = identifier.partition("?inventory_item_id=")
    item = catalogue.find_item(context_of(info), naming.gid("InventoryItem", number))
    return Level(item.listing) if item else None


def _nodes(_root: object, info: Info, ids: list[str]) -> list[object]:
    if len(ids) > pages.PAGE_MAX:
        raise pages.refuse(
            f"The input array size of {len(ids)} is greater than the maximum allowed of 250.",
            "MAX_INPUT_SIZE_EXCEEDED",
        )
    return [_node(None, info, identifier) for identifier in ids]


def _type_of(value: object, *_: object) -> str:
    names = {
        Product: "Product",
        Listing: "ProductVariant",
        Item: "InventoryItem",
        Level: "InventoryLevel",
        Order: "Order",
    }
    return names.get(type(value), "MediaImage")


def _single(row: Any) -> Any:
    return lambda _root, info, **args: pages.paginate([row(info)], args, lambda _row: (0, 0))


def _shop_fields() -> dict[str, Any]:
    return {
        "id": lambda a, _: a.seller_id,
        "name": lambda a, _: a.name.split(".")[0],
        "myshopifyDomain": lambda a, _: a.name,
        "email": lambda a, _: f"owner@{a.name}",
        "contactEmail": lambda a, _: f"owner@{a.name}",
        "currencyCode": lambda a, _: a.currency,
        "ianaTimezone": lambda _a, _: "Europe/London",
        "plan": lambda _a, _: {
            "publicDisplayName": "Basic",
            "partnerDevelopment": False,
            "shopifyPlus": False,
        },
        "createdAt": lambda a, _: naming.graph_time(a.opened_at),
        "updatedAt": lambda a, _: naming.graph_time(a.opened_at),
        "url": lambda a, _: f"https://{a.name}",
    }


def _installation(_root: object, info: Info) -> dict[str, object]:
    number = context_of(info).account.number
    return {
        "id": naming.gid("AppInstallation", number),
        "accessScopes": [{"handle": x} for x in SCOPE.split(",")],
    }


def table(webhooks: Webhooks) -> dict[str, dict[str, Any]]:
    hooks = Subscribing(webhooks)
    connections = {
        f"{name}Connection": {"pageInfo": pages.page_info, "edges": pages.edges}
        for name in CONNECTIONS.split()
    }
    return {
        **catalogue.FIELDS,
        **sold.FIELDS,
        **connections,
        "Shop": _shop_fields(),
        "QueryRoot": {
            "shop": lambda _, info: context_of(info).account,
            "order": lambda _, info, id: sold.find_order(info, id),
            "orders": sold.order_page,
            "product": lambda _, info, id: catalogue.find_product(context_of(info), id),
            "products": catalogue.product_page,
            "productVariant": lambda _, info, id: catalogue.find_variant(context_of(info), id),
            "productVariants": catalogue.variant_page,
            "inventoryItem": lambda _, info, id: catalogue.find_item(context_of(info), id),
            "locations": _single(catalogue.location_row),
            "publications": _single(catalogue.publication_row),
            "node": _node,
            "nodes": _nodes,
            "currentAppInstallation": _installation,
            "webhookSubscriptions": hooks.every,
        },
        "Mutation": {
            "inventorySetQuantities": mutations.set_quantities,
            "inventoryAdjustQuantities": mutations.adjust_quantities,
            "productUpdate": mutations.product_update,
            "publishableUnpublish": mutations.unpublish,
            "publishablePublish": mutations.publish,
            "webhookSubscriptionCreate": hooks.create,
            "webhookSubscriptionDelete": hooks.delete,
        },
    }


TYPES: dict[str, Any] = dict.fromkeys(("Node", "LegacyInteroperability", "Publishable", "Media"), _type_of)
