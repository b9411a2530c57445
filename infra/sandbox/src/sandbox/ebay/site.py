"""The eBay stand-in: what its APIs answer, and what the control API can do to a seller."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.calls import Visit
from sandbox.deliveries import Deliveries
from sandbox.ebay import fulfillments, inventory, oauth, opening, orders, pushes, subscriptions
from sandbox.ebay.limits import Limits, too_many
from sandbox.ebay.notifications import Notifications
from sandbox.ebay.replies import Body, EbayError, is_whole
from sandbox.ebay.routes import route
from sandbox.ebay.subscriptions import Subscriptions
from sandbox.marketplace import BadRequest, Errand, Happening, ListingSpec, PlainListings
from sandbox.truth import Account, Delivery, Listing, Order, World, now
from sandbox.web import Reply, Request

OPEN = frozenset({"token", "authorize", "unknown"})
APP_CALLS = frozenset(
    {
        "getPublicKey",
        "getDestinations",
        "createDestination",
        "getDestination",
        "updateDestination",
        "deleteDestination",
        "getTopic",
        "getTopics",
        "getConfig",
        "updateConfig",
        "getRateLimits",
    }
)


# What an API says when it failed, by the first parts of its path: domain, number of a system's and of another error.
SYSTEM_ERRORS = {
    "sell/inventory": ("API_INVENTORY", 25001, 25002),
    "sell/fulfillment": ("API_FULFILLMENT", 30500, 30800),
    "commerce/notification": ("API_NOTIFICATION", 195000, 195003),
}


@dataclass(slots=True)
class Asked:
    """One routed request."""

    request: Request
    visit: Visit
    subject: str
    account: Account


class Ebay(PlainListings):
    """All of eBay's hosts."""

    platform = "ebay"
    outside = frozenset({"createDestination", "updateDestination"})

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self.notifications = Notifications(world, deliveries)
        self._limits = Limits(world)
        self._seller_calls = self._table()

    def identify(self, request: Request) -> tuple[str, str, str | None, int | None]:
        operation, subject = route(request)
        token = self._world.tokens.get(request.bearer)
        account = token.account if token else ""
        if operation == "bulkUpdatePriceQuantity":
            return account, operation, *_bulk_aim(request)
        about_offer = operation in ("getOffer", "withdrawOffer", "publishOffer")
        return (
            account,
            operation,
            subject if about_offer else None,
            0 if operation == "withdrawOffer" else None,
        )

    async def look_outside(self, request: Request) -> None:
        """Challenge the endpoint of a new destination before the request is answered."""
        config = (request.json or {}).get("deliveryConfig")
        if isinstance(config, dict) and config.get("endpoint"):
            request.findings |= await self.notifications.challenge(
                str(config["endpoint"]), str(config.get("verificationToken"))
            )

    def answer(self, request: Request, visit: Visit) -> Reply:
        operation, subject = route(request)
        try:
            if operation in OPEN:
                return self._open_call(operation, request)
            if operation in APP_CALLS:
                return self._app_call(operation, subject, request)
            if operation.endswith(("Subscription", "Subscriptions")):
                return Subscriptions(self._world, self.notifications, request).answer(operation, subject)
            account = oauth.seller(self._world, request)
            self._limits.count(account, operation)
            visit.call.cost = 1.0
            return self._seller_calls[operation](Asked(request, visit, subject, account))
        except EbayError as error:
            visit.call.throttled = error.status == 429
            return error.reply

    def _open_call(self, operation: str, request: Request) -> Reply:
        if operation == "token":
            return oauth.token(self._world, request)
        if operation == "authorize":
            return oauth.authorize(self._world, request)
        raise EbayError(404, 2002, "Resource not found", "ACCESS")

    def _app_call(self, operation: str, subject: str, request: Request) -> Reply:
        token, hub = oauth.who(self._world, request, "application", "access"), self.notifications
        calls: dict[str, Callable[[], Reply]] = {
            "getPublicKey": lambda: self._public_key(subject),
            "getDestinations": lambda: pushes.get_destinations(hub, token),
            "createDestination": lambda: pushes.create_destination(hub, token, request),
            "getDestination": lambda: pushes.get_destination(hub, token, subject),
            "updateDestination": lambda: pushes.update_destination(self._world, hub, token, subject, request),
            "deleteDestination": lambda: pushes.delete_destination(self._world, hub, token, subject),
            "getTopic": lambda: subscriptions.get_topic(subject),
            "getTopics": subscriptions.get_topics,
            "getConfig": lambda: pushes.get_config(self._world, token),
            "updateConfig": lambda: pushes.update_config(self._world, token, request),
            "getRateLimits": lambda: Reply.json(self._limits.report(token.client_id)),
        }
        return calls[operation]()

    def _public_key(self, key_id: str) -> Reply:
        key = self.notifications.public_key(key_id)
        if key is None:
            raise EbayError(404, 195001, "The specified key id is invalid.", pushes.DOMAIN)
        return Reply.json(key)

    def _table(self) -> dict[str, Callable[[Asked], Reply]]:
        world = self._world
        return {
            "getUser": lambda a: Reply.json(_user(a.account)),
            "getOrders": lambda a: orders.get_orders(world, a.account, a.request),
            "getOrder": lambda a: orders.get_order(world, a.account, a.subject),
            "getShippingFulfillments": lambda a: fulfillments.get_fulfillments(world, a.account, a.subject),
            "createShippingFulfillment": lambda a: fulfillments.create_fulfillment(
                world, a.account, a.subject, a.request
            ),
            "getInventoryItems": lambda a: inventory.get_items(world, a.account, a.request),
            "getInventoryItem": lambda a: inventory.get_item(world, a.account, a.subject),
            "getOffers": lambda a: inventory.get_offers(world, a.account, a.request),
            "getOffer": lambda a: inventory.get_offer(world, a.account, a.subject),
            "withdrawOffer": lambda a: inventory.withdraw(world, a.account, a.subject, a.visit),
            "publishOffer": lambda a: inventory.publish(world, a.account, a.subject, a.visit),
            "bulkUpdatePriceQuantity": lambda a: inventory.bulk_update(world, a.account, a.request, a.visit),
        }

    def failure(self, request: Request, status: int, retry_after: int | None) -> Reply:
        domain, system, other = SYSTEM_ERRORS.get(
            "/".join(request.parts[:2]), SYSTEM_ERRORS["sell/inventory"]
        )
        text = "A system error has occurred." if status >= 500 else "A user error has occurred."
        return _later(EbayError(status, system if status >= 500 else other, text, domain).reply, retry_after)

    def throttled(self, request: Request, retry_after: int | None) -> Reply:  # noqa: ARG002
        return _later(too_many().reply, retry_after)

    def open_account(self, fields: Mapping[str, object], base_url: str) -> dict[str, object]:
        return opening.open_account(self._world, fields, base_url)

    def describe(self, account: Account, base_url: str) -> dict[str, object]:
        return opening.describe(account, base_url)

    def open_listing(self, spec: ListingSpec) -> Listing:
        number = self._world.next()
        at = now()
        listing = Listing(
            platform="ebay",
            account=spec.account.name,
            id=str(9_000_000_000 + number),
            product=str(200_000_000_000 + number),
            sku=spec.sku,
            title=spec.title,
            price=spec.price,
            currency=spec.account.currency,
            quantity=spec.quantity,
            state="PUBLISHED",
            created_at=at,
            updated_at=at,
        )
        self._world.commit(listing)
        return listing

    def identifiers(self, listing: Listing) -> dict[str, str]:
        return {
            "offer": listing.id,
            "listing": listing.product,
            "listing_status": inventory.listing_status(listing),
        }

    def new_order_ids(self, account: Account, lines: int) -> tuple[str, str, list[str]]:  # noqa: ARG002
        number = self._world.next()
        order_id = f"{number % 90 + 10}-{number // 100_000:05d}-{number % 100_000:05d}"
        return order_id, order_id, [str(10_000_000_000_000 + self._world.next()) for _ in range(lines)]

    def set_listing(self, listing: Listing, quantity: int | None, state: str | None) -> None:
        if state is not None and state not in ("PUBLISHED", "UNPUBLISHED"):
            raise BadRequest("state is PUBLISHED or UNPUBLISHED")
        listing.quantity = listing.quantity if quantity is None else quantity
        listing.state = state or listing.state
        inventory.sale_took(self._world, listing)

    def end_listing(self, listing: Listing) -> None:
        listing.state = "UNPUBLISHED"

    def sold(self, listings: Sequence[Listing]) -> None:
        for listing in listings:
            inventory.sale_took(self._world, listing)

    def stock_moved(self, listings: Sequence[Listing], errand: Errand) -> None:
        """eBay pushes nothing when a seller's stock changes."""

    def announce(self, order: Order, happening: Happening, errand: Errand) -> None:
        """Only a paid order is pushed, once for all its lines."""
        account = self._world.account("ebay", order.account)
        pushed = happening.name in ("created_paid", "paid", "ORDER_CONFIRMATION")
        if account is not None and pushed:
            self.notifications.order_sold(account, order, errand)

    def render(self, delivery: Delivery) -> tuple[dict[str, str], bytes]:
        return self.notifications.render(delivery)

    def gave_up(self, delivery: Delivery) -> None:
        self.notifications.gave_up(delivery)


def _later(reply: Reply, retry_after: int | None) -> Reply:
    after = {"retry-after": str(retry_after)} if retry_after is not None else {}
    return Reply(reply.status, reply.body, {**reply.headers, **after})


def _bulk_aim(request: Request) -> tuple[str | None, int | None]:
    rows = (request.json or {}).get("requests")
    offers = rows[0].get("offers") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    first = offers[0] if isinstance(offers, list) and offers and isinstance(offers[0], dict) else {}
    offer, quantity = first.get("offerId"), first.get("availableQuantity")
    return offer if isinstance(offer, str) else None, quantity if is_whole(quantity) else None


def _user(account: Account) -> Body:
    market = str(account.settings.get("marketplace") or "EBAY_GB")
    return {
        "userId": account.seller_id,
        "username": account.name,
        "accountType": "BUSINESS",
        "registrationMarketplaceId": market,
        "status": "CONFIRMED",
    }
