"""What Shopify sends webhooks about, what an app needs for each, and what each happening of an order sends."""

TOPICS = {
    "APP_SCOPES_UPDATE": "app/scopes_update",
    "APP_UNINSTALLED": "app/uninstalled",
    "BULK_OPERATIONS_FINISH": "bulk_operations/finish",
    "FULFILLMENTS_CREATE": "fulfillments/create",
    "FULFILLMENTS_UPDATE": "fulfillments/update",
    "INVENTORY_LEVELS_UPDATE": "inventory_levels/update",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_CREATE": "orders/create",
    "ORDERS_EDITED": "orders/edited",
    "ORDERS_FULFILLED": "orders/fulfilled",
    "ORDERS_PAID": "orders/paid",
    "ORDERS_UPDATED": "orders/updated",
    "PRODUCTS_CREATE": "products/create",
    "PRODUCTS_DELETE": "products/delete",
    "PRODUCTS_UPDATE": "products/update",
    "REFUNDS_CREATE": "refunds/create",
}
ENUM_OF = {topic: name for name, topic in TOPICS.items()}
# By what a topic is about; one that is not here needs no scope.
_SCOPES = {
    "fulfillments": "read_fulfillments",
    "inventory_levels": "read_inventory",
    "orders": "read_orders",
    "products": "read_products",
    "refunds": "read_orders",
}
# What each happening of an order sends, in this order.
SENT = {
    "created": ("orders/create",),
    "created_paid": ("orders/create", "orders/paid"),
    "paid": ("orders/paid", "orders/updated"),
    "shipped": ("fulfillments/create", "orders/fulfilled", "orders/updated"),
    "partly_shipped": ("fulfillments/create", "orders/updated"),
    "tracked": ("fulfillments/update", "orders/updated"),
    "called_back": ("fulfillments/update", "orders/updated"),
    "edited": ("orders/edited", "orders/updated"),
    "cancelled": ("orders/cancelled", "orders/updated"),
    "refunded": ("refunds/create", "orders/updated"),
}
UNLIKE_ORDERS = frozenset({"refunds/create", "orders/edited", "fulfillments/create", "fulfillments/update"})


def scope_for(topic: str) -> str | None:
    """The access scope that a subscription to the topic needs."""
    return _SCOPES.get(topic.partition("/")[0])
