"""Which eBay operation a request is: method and path pattern to operation name, as data."""

from sandbox.web import Request

FULFILLMENT = ("sell", "fulfillment", "v1")
INVENTORY = ("sell", "inventory", "v1")
NOTIFICATION = ("commerce", "notification", "v1")
ANY = "*"

ROUTES: dict[tuple[str, ...], str] = {
    ("GET", "auth", "oauth2", "authorize"): "authorize",
    ("POST", "identity", "v1", "oauth2", "token"): "token",
    ("GET", "commerce", "identity", "v1", "user"): "getUser",
    ("GET", *FULFILLMENT, "order"): "getOrders",
    ("GET", *FULFILLMENT, "order", ANY): "getOrder",
    ("GET", *FULFILLMENT, "order", ANY, "shipping_fulfillment"): "getShippingFulfillments",
    ("POST", *FULFILLMENT, "order", ANY, "shipping_fulfillment"): "createShippingFulfillment",
    ("GET", *INVENTORY, "inventory_item"): "getInventoryItems",
    ("GET", *INVENTORY, "inventory_item", ANY): "getInventoryItem",
    ("GET", *INVENTORY, "offer"): "getOffers",
    ("GET", *INVENTORY, "offer", ANY): "getOffer",
    ("POST", *INVENTORY, "offer", ANY, "withdraw"): "withdrawOffer",
    ("POST", *INVENTORY, "offer", ANY, "publish"): "publishOffer",
    ("POST", *INVENTORY, "bulk_update_price_quantity"): "bulkUpdatePriceQuantity",
    ("GET", *NOTIFICATION, "public_key", ANY): "getPublicKey",
    ("GET", *NOTIFICATION, "destination"): "getDestinations",
    ("POST", *NOTIFICATION, "destination"): "createDestination",
    ("GET", *NOTIFICATION, "destination", ANY): "getDestination",
    ("PUT", *NOTIFICATION, "destination", ANY): "updateDestination",
    ("DELETE", *NOTIFICATION, "destination", ANY): "deleteDestination",
    ("GET", *NOTIFICATION, "subscription"): "getSubscriptions",
    ("POST", *NOTIFICATION, "subscription"): "createSubscription",
    ("GET", *NOTIFICATION, "subscription", ANY): "getSubscription",
    ("PUT", *NOTIFICATION, "subscription", ANY): "updateSubscription",
    ("DELETE", *NOTIFICATION, "subscription", ANY): "deleteSubscription",
    ("POST", *NOTIFICATION, "subscription", ANY, "enable"): "enableSubscription",
    ("POST", *NOTIFICATION, "subscription", ANY, "disable"): "disableSubscription",
    ("GET", *NOTIFICATION, "topic"): "getTopics",
    ("GET", *NOTIFICATION, "topic", ANY): "getTopic",
    ("GET", *NOTIFICATION, "config"): "getConfig",
    ("PUT", *NOTIFICATION, "config"): "updateConfig",
    ("GET", "developer", "analytics", "v1_beta", "rate_limit"): "getRateLimits",
}
BY_LENGTH: dict[int, list[tuple[tuple[str, ...], str]]] = {}
for _pattern, _operation in ROUTES.items():
    BY_LENGTH.setdefault(len(_pattern), []).append((_pattern, _operation))


def route(request: Request) -> tuple[str, str]:
    """Operation name and the path's one variable part ("" when there is none)."""
    asked = (request.method, *request.parts)
    for pattern, operation in BY_LENGTH.get(len(asked), ()):
        if all(want in (ANY, have) for want, have in zip(pattern, asked, strict=True)):
            where = pattern.index(ANY) if ANY in pattern else None
            return operation, asked[where] if where is not None else ""
    return "unknown", ""
