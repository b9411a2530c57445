"""Who is told what: topics, signed headers, and the subscriptions that a dead endpoint loses."""

import uuid
from collections.abc import Sequence

from pydantic_core import to_json

from sandbox.deliveries import Deliveries
from sandbox.marketplace import Errand, Happening
from sandbox.shopify.headers import headers, signature, signed
from sandbox.shopify.rest import (
    Body,
    bulk_body,
    edit_body,
    level_body,
    order_body,
    product_body,
    refund_body,
    scopes_body,
    shipment_body,
    shop_body,
)
from sandbox.shopify.topics import SENT, UNLIKE_ORDERS
from sandbox.truth import (
    Account,
    Application,
    BulkOperation,
    Delivery,
    Listing,
    Order,
    Subscription,
    World,
    now,
)


def _text(body: Body) -> str:
    return to_json(body).decode()


def _other(account: Account, order: Order, topic: str, happening: Happening) -> str | None:
    """The body of a topic that tells of a part of an order; None when the order has no such part."""
    refund = happening.refund or (order.refunds[-1] if order.refunds else None)
    shipment = happening.shipment or (order.shipments[-1] if order.shipments else None)
    if topic == "orders/edited":
        return _text(edit_body(order))
    if topic == "refunds/create":
        return _text(refund_body(order, refund, account.location)) if refund else None
    return _text(shipment_body(order, shipment)) if shipment else None


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
            told = _other(account, order, topic, happening) if topic in UNLIKE_ORDERS else text
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
        self._deliveries.send(made, errand.delay)
        for product in dict.fromkeys(listing.product for listing in listings):
            self.product(account, product, "products/update", errand)

    def product(self, account: Account, product: str, topic: str, errand: Errand) -> None:
        """products/create or products/update, of a product that has variants left."""
        if self._subscribers(account, topic):
            variants = [x for x in self._world.of_product("shopify", product) if x.state != "DELETED"]
            if variants:
                self._tell(account, topic, product_body(variants), product, errand)

    def deleted(self, account: Account, product: str, errand: Errand) -> None:
        self._tell(account, "products/delete", {"id": int(product)}, product, errand)

    def uninstalled(self, account: Account) -> None:
        self._tell(account, "app/uninstalled", shop_body(account), account.name, Errand())

    def bulk_finished(self, account: Account, operation: BulkOperation, errand: Errand) -> None:
        self._tell(account, "bulk_operations/finish", bulk_body(operation), operation.key, errand)

    def scopes_changed(self, account: Account, before: frozenset[str]) -> None:
        """The installation has other scopes than before."""
        self._tell(account, "app/scopes_update", scopes_body(account, before), account.name, Errand())

    def forget(self, account: Account) -> None:
        """The app is gone, and with it what it subscribed to."""
        held = self._world.subscriptions_of("shopify", account.name)
        for subscription in held:
            subscription.removed = True
        self._world.commit(*held)

    def _tell(self, account: Account, topic: str, body: Body, resource: str, errand: Errand) -> None:
        self._deliveries.send(self._made(account, topic, _text(body), resource, errand), errand.delay)

    def _subscribers(self, account: Account, topic: str) -> list[Subscription]:
        return self._world.subscribers("shopify", account.name, topic)

    def _made(self, account: Account, topic: str, text: str, resource: str, errand: Errand) -> list[Delivery]:
        """What every subscriber of a topic is told, as often as the errand says."""
        event = str(uuid.uuid4())
        return [
            delivery
            for subscription in (self._subscribers(account, topic) if errand.deliver else ())
            for delivery in self._copies(
                account, topic, text, resource, subscription.uri, subscription.id, event, errand.duplicates
            )
        ]

    def _copies(
        self,
        account: Account,
        topic: str,
        text: str,
        resource: str,
        uri: str,
        subscription: str,
        event: str,
        count: int,
    ) -> list[Delivery]:
        """One delivery for one address, as often as it is sent: the ids in the headers are the same each time."""
        named = self.headers(account.name, topic, event, str(uuid.uuid4()))
        return [
            Delivery(
                id=str(uuid.uuid4()),
                platform="shopify",
                account=account.name,
                topic=topic,
                uri=uri,
                subscription=subscription,
                resource=resource,
                body=text,
                headers=named,
            )
            for _ in range(count)
        ]

    def headers(self, shop: str, topic: str, event: str, webhook: str) -> dict[str, str]:
        account = self._world.account("shopify", shop)
        family = account.settings.get("webhook_headers") if account else None
        return headers(shop, topic, event, webhook, family)

    def sign(self, account_name: str, body: bytes) -> str:
        application = self.application(account_name)
        return signature(application.client_secret if application else "", body)

    def application(self, account_name: str) -> Application | None:
        """The app that a shop has, or had last."""
        account = self._world.account("shopify", account_name)
        return self._world.application("shopify", account.client_id) if account else None

    def render(self, delivery: Delivery) -> tuple[dict[str, str], bytes]:
        body = delivery.body.encode()
        return signed(delivery.headers, self.sign(delivery.account, body)), body

    def send_to(self, account: Account, uri: str, topic: str, body: Body, duplicates: int) -> None:
        """A notice for which nobody subscribes: the application says where it goes."""
        made = self._copies(account, topic, _text(body), account.name, uri, "", str(uuid.uuid4()), duplicates)
        self._deliveries.send(made)

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
