"""Who is told what: topics, signed headers, and the subscriptions that a dead endpoint loses."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence

from pydantic_core import to_json

from sandbox.deliveries import Deliveries
from sandbox.marketplace import Errand, Happening
from sandbox.shopify import naming
from sandbox.shopify.rest import Body, edit_body, level_body, order_body, product_body, refund_body, shop_body
from sandbox.truth import Account, Delivery, Listing, Order, Subscription, World, now

TOPICS = {
    "APP_UNINSTALLED": "app/uninstalled",
    "INVENTORY_LEVELS_UPDATE": "inventory_levels/update",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_CREATE": "orders/create",
    "ORDERS_EDITED": "orders/edited",
    "ORDERS_FULFILLED": "orders/fulfilled",
    "ORDERS_PAID": "orders/paid",
    "ORDERS_UPDATED": "orders/updated",
    "PRODUCTS_DELETE": "products/delete",
    "PRODUCTS_UPDATE": "products/update",
    "REFUNDS_CREATE": "refunds/create",
}
ENUM_OF = {topic: name for name, topic in TOPICS.items()}
# What each happening of an order sends, in this order.
SENT = {
    "created": ("orders/create",),
    "created_paid": ("orders/create", "orders/paid"),
    "paid": ("orders/paid", "orders/updated"),
    "shipped": ("orders/fulfilled", "orders/updated"),
    "partly_shipped": ("orders/updated",),
    "cancelled": ("orders/cancelled", "orders/updated"),
    "refunded": ("refunds/create", "orders/updated"),
}
UNLIKE_ORDERS = frozenset({"refunds/create", "orders/edited"})


def _text(body: Body) -> str:
    return to_json(body).decode()


class Webhooks:
    """Sends a shop's webhooks to those who subscribed."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries

    def order(self, account: Account, order: Order, happening: Happening, errand: Errand) -> None:
        topics = SENT.get(happening.name, (happening.name,))
        wanted = [topic for topic in topics if self._subscribers(account, topic)]
        text = _text(order_body(account, order)) if set(wanted) - UNLIKE_ORDERS else ""
        made: list[Delivery] = []
        for topic in wanted:
            refund = happening.refund or (order.refunds[-1] if order.refunds else None)
            if topic == "refunds/create":
                told = _text(refund_body(order, refund, account.location)) if refund else None
            else:
                told = _text(edit_body(order)) if topic == "orders/edited" else text
            if told is not None:
                made += self._made(account, topic, told, order.id, errand)
        self._deliveries.send(made, errand.delay)

    def stock(self, account: Account, listings: Sequence[Listing], errand: Errand) -> None:
        made: list[Delivery] = []
        for listing in listings:
            moved, listing.moved = listing.moved, []
            for place in moved if self._subscribers(account, "inventory_levels/update") else ():
                body = level_body(account, listing, place)
                made += self._made(account, "inventory_levels/update", _text(body), listing.id, errand)
        products = dict.fromkeys(listing.product for listing in listings)
        for product in products if self._subscribers(account, "products/update") else ():
            variants = [x for x in self._world.of_product("shopify", product) if x.state != "DELETED"]
            if variants:
                made += self._made(account, "products/update", _text(product_body(variants)), product, errand)
        self._deliveries.send(made, errand.delay)

    def deleted(self, account: Account, product: str, errand: Errand) -> None:
        self._tell(account, "products/delete", {"id": int(product)}, product, errand)

    def uninstalled(self, account: Account) -> None:
        self._tell(account, "app/uninstalled", shop_body(account), account.name, Errand())

    def _tell(self, account: Account, topic: str, body: Body, resource: str, errand: Errand) -> None:
        self._deliveries.send(self._made(account, topic, _text(body), resource, errand), errand.delay)

    def _subscribers(self, account: Account, topic: str) -> list[Subscription]:
        return self._world.subscribers("shopify", account.name, topic)

    def _made(self, account: Account, topic: str, text: str, resource: str, errand: Errand) -> list[Delivery]:
        """What every subscriber of a topic is told, as often as the errand says."""
        event = str(uuid.uuid4())
        made: list[Delivery] = []
        for subscription in self._subscribers(account, topic) if errand.deliver else ():
            headers = self.headers(account.name, topic, event, str(uuid.uuid4()))
            made += [
                Delivery(
                    id=str(uuid.uuid4()),
                    platform="shopify",
                    account=account.name,
                    topic=topic,
                    uri=subscription.uri,
                    subscription=subscription.id,
                    resource=resource,
                    body=text,
                    headers=headers,
                )
                for _ in range(errand.duplicates)
            ]
        return made

    def headers(self, shop: str, topic: str, event: str, webhook: str) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-API-Version": naming.VERSION,
            "X-Shopify-Webhook-Id": webhook,
            "X-Shopify-Event-Id": event,
            "X-Shopify-Triggered-At": now().isoformat(timespec="microseconds").replace("+00:00", "000Z"),
        }

    def sign(self, account_name: str, body: bytes) -> str:
        account = self._world.account("shopify", account_name)
        application = self._world.application("shopify", account.client_id) if account else None
        secret = application.client_secret if application else ""
        return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()

    def render(self, delivery: Delivery) -> tuple[dict[str, str], bytes]:
        body = delivery.body.encode()
        return {**delivery.headers, "X-Shopify-Hmac-Sha256": self.sign(delivery.account, body)}, body

    def gave_up(self, delivery: Delivery) -> None:
        subscription = self._world.subscriptions.get(f"shopify:{delivery.subscription}")
        if subscription is not None:
            subscription.removed = True
            self._world.commit(subscription)

    def subscribe(
        self, account: Account, topic: str, uri: str, options: dict[str, str] | None = None
    ) -> Subscription:
        subscription = Subscription(
            platform="shopify",
            id=str(1_000_000_000 + self._world.next()),
            account=account.name,
            client_id=account.client_id,
            topic=topic,
            uri=uri,
            created_at=now(),
            options=options or {},
        )
        self._world.commit(subscription)
        return subscription
