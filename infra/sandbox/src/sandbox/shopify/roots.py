"""The resolver table: query and mutation roots, small objects, and which concrete type an interface holds."""

from functools import cache
from typing import Any

from sandbox.shopify import (
    bulk,
    catalogue,
    mutations,
    naming,
    pages,
    payments,
    places,
    scopes,
    sold,
    subscriptions,
)
from sandbox.shopify.catalogue import Item, Level, Product
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.engine import Engine
from sandbox.shopify.installing import app_of, app_uninstall
from sandbox.shopify.refusals import denied
from sandbox.truth import BulkOperation, Listing, Order

CONNECTIONS = (
    "Order LineItem ShippingLine Product ProductVariant InventoryLevel Location Publication "
    "WebhookSubscription OrderTransaction FulfillmentLineItem RefundLineItem ResourcePublication BulkOperation "
    "ShopifyPaymentsPayout ShopifyPaymentsBalanceTransaction"
)


def _node(_root: object, info: Info, id: str) -> object:
    """Any of the things that have a global id and matter here."""
    context = context_of(info)
    kind = id.removeprefix("gid://shopify/").split("/")[0]
    finders: dict[str, Any] = {
        "Product": lambda: catalogue.find_product(context, id),
        "ProductVariant": lambda: catalogue.find_variant(context, id),
        "InventoryItem": lambda: catalogue.find_item(context, id),
        "InventoryLevel": lambda: catalogue.find_level(context, id),
        "Location": lambda: places.location(None, info, id),
        "Order": lambda: sold.find_order(info, id),
        "BulkOperation": lambda: bulk.fields.find(context, id),
    }
    if kind in scopes.NODES and scopes.NODES[kind] not in scopes.granted(context.account):
        raise denied("node", scopes.NODES[kind])
    return finders[kind]() if kind in finders else None


def _nodes(_root: object, info: Info, ids: list[str]) -> list[object]:
    return [_node(None, info, identifier) for identifier in ids]


def _type_of(value: object, *_: object) -> str:
    names = {
        Product: "Product",
        Listing: "ProductVariant",
        Item: "InventoryItem",
        Level: "InventoryLevel",
        Order: "Order",
        BulkOperation: "BulkOperation",
    }
    if isinstance(value, dict):  # rows say themselves what they are, by their global id
        return str(value["id"]).removeprefix("gid://shopify/").split("/")[0]
    return names[type(value)]


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
        "taxesIncluded": lambda a, _: a.settings.get("taxes_included") is True,
        "createdAt": lambda a, _: naming.graph_time(a.opened_at),
        "updatedAt": lambda a, _: naming.graph_time(a.opened_at),
        "url": lambda a, _: f"https://{a.name}",
    }


def _installation(_root: object, info: Info) -> dict[str, object]:
    context = context_of(info)
    account = context.account
    return {
        "id": naming.gid("AppInstallation", account.number),
        "app": app_of(context),
        "accessScopes": [{"handle": x} for x in sorted(scopes.granted(account))],
    }


@cache
def engine() -> Engine:
    """The one of this process, whatever sandboxes it has: what a call works on is in its context."""
    return Engine(_table(), TYPES)


def _table() -> dict[str, dict[str, Any]]:
    connections = {
        f"{name}Connection": {"pageInfo": pages.page_info, "edges": pages.edges}
        for name in CONNECTIONS.split()
    }
    return {
        **catalogue.FIELDS,
        **sold.FIELDS,
        **bulk.FIELDS,
        **payments.FIELDS,
        **connections,
        "Shop": _shop_fields(),
        "QueryRoot": scopes.guard(_queries()),
        "Mutation": scopes.guard(_changes()),
    }


def _queries() -> dict[str, Any]:
    return {
        "shop": lambda _, info: context_of(info).account,
        "order": lambda _, info, id: sold.find_order(info, id),
        "orders": sold.order_page,
        "product": lambda _, info, id: catalogue.find_product(context_of(info), id),
        "products": catalogue.product_page,
        "productVariant": lambda _, info, id: catalogue.find_variant(context_of(info), id),
        "productVariants": catalogue.variant_page,
        "inventoryItem": lambda _, info, id: catalogue.find_item(context_of(info), id),
        "inventoryLevel": lambda _, info, id: catalogue.find_level(context_of(info), id),
        "location": places.location,
        "locations": places.location_page,
        "productVariantsCount": catalogue.variants_count,
        "publications": places.publication_page,
        "node": _node,
        "nodes": _nodes,
        "bulkOperation": bulk.fields.one,
        "bulkOperations": bulk.fields.page,
        "currentAppInstallation": _installation,
        "shopifyPaymentsAccount": payments.account_of,
        "webhookSubscription": subscriptions.one,
        "webhookSubscriptions": subscriptions.every,
    }


def _changes() -> dict[str, Any]:
    return {
        "appUninstall": app_uninstall,
        "inventorySetQuantities": mutations.set_quantities,
        "inventoryAdjustQuantities": mutations.adjust_quantities,
        "inventoryItemUpdate": mutations.item_update,
        "productVariantsBulkUpdate": mutations.bulk_update,
        "productUpdate": mutations.product_update,
        "publishableUnpublish": mutations.unpublish,
        "publishablePublish": mutations.publish,
        "webhookSubscriptionCreate": subscriptions.create,
        "bulkOperationCancel": bulk.fields.cancel,
        "bulkOperationRunQuery": bulk.fields.run,
        "webhookSubscriptionDelete": subscriptions.delete,
        "webhookSubscriptionUpdate": subscriptions.update,
    }


TYPES: dict[str, Any] = dict.fromkeys(("Node", "LegacyInteroperability", "Publishable", "Media"), _type_of)
