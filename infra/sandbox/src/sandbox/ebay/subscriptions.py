"""The Notification API's topics and who is subscribed to them: an application, or one seller each."""

from collections.abc import Callable

from sandbox.ebay import oauth
from sandbox.ebay.notifications import TOPIC, Notifications
from sandbox.ebay.pushes import BASE, DOMAIN, STATUSES
from sandbox.ebay.replies import Body, EbayError, time_text
from sandbox.truth import Subscription, World
from sandbox.web import Reply, Request

PAYLOAD: Body = {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}
SCOPES = {
    TOPIC: "USER",
    "ITEM_MARKED_SHIPPED": "USER",
    "AUTHORIZATION_REVOCATION": "APPLICATION",
    "MARKETPLACE_ACCOUNT_DELETION": "APPLICATION",
}
"""Topics known here, and whose token subscribes to them. Only the first is ever pushed."""


def topic_json(topic: str) -> Body:
    return {
        "topicId": topic,
        "description": topic.replace("_", " ").capitalize(),
        "status": "ENABLED",
        "context": "SELL" if SCOPES[topic] == "USER" else "COMMERCE",
        "scope": SCOPES[topic],
        "filterable": False,
        "authorizationScopes": ["https://api.ebay.com/oauth/api_scope"],
        "supportedPayloads": [
            {"format": ["JSON"], "schemaVersion": "1.0", "deliveryProtocol": "HTTPS", "deprecated": False}
        ],
    }


def get_topic(topic: str) -> Reply:
    if topic not in SCOPES:
        raise EbayError(404, 195002, "Invalid or missing topic id.", DOMAIN)
    return Reply.json(topic_json(topic))


def get_topics() -> Reply:
    rows = [topic_json(topic) for topic in SCOPES]
    return Reply.json({"total": len(rows), "href": f"{BASE}/topic", "limit": 20, "topics": rows})


def subscription_json(x: Subscription) -> Body:
    return {
        "subscriptionId": x.id,
        "topicId": x.topic,
        "status": x.status,
        "creationDate": time_text(x.created_at),
        "destinationId": x.options["destination"],
        "payload": PAYLOAD,
    }


class Subscriptions:
    """What the token of a call may do: an application's own subscriptions, or its seller's."""

    def __init__(self, world: World, hub: Notifications, request: Request) -> None:
        self._world = world
        self._hub = hub
        self._request = request
        self._token = token = oauth.who(world, request, oauth.APPLICATION, "access")
        if token.account:
            oauth.seller(world, request)
        self._scope = "USER" if token.account else "APPLICATION"
        self._holder = token.account or f"app:{token.client_id}"

    def answer(self, operation: str, identifier: str) -> Reply:
        given = self._request.json or {}
        calls: dict[str, Callable[[], Reply]] = {
            "getSubscriptions": self._all,
            "createSubscription": lambda: self._create(given),
            "getSubscription": lambda: Reply.json(subscription_json(self._one(identifier))),
            "updateSubscription": lambda: self._update(self._one(identifier), given),
            "enableSubscription": lambda: self._set(self._one(identifier), "ENABLED"),
            "disableSubscription": lambda: self._set(self._one(identifier), "DISABLED"),
            "deleteSubscription": lambda: self._delete(self._one(identifier)),
        }
        return calls[operation]()

    def _held(self) -> list[Subscription]:
        return [x for topic in SCOPES for x in self._world.subscribers("ebay", self._holder, topic)]

    def _all(self) -> Reply:
        rows = [subscription_json(x) for x in self._held()]
        return Reply.json(
            {"total": len(rows), "href": f"{BASE}/subscription", "limit": 20, "subscriptions": rows}
        )

    def _one(self, identifier: str) -> Subscription:
        found = next((x for x in self._held() if x.id == identifier), None)
        if found is None:
            raise EbayError(404, 195013, "The subscription id does not exist.", DOMAIN)
        return found

    def _create(self, given: Body) -> Reply:
        topic = str(given.get("topicId"))
        if topic not in SCOPES:
            raise EbayError(400, 195027, "Invalid or missing topic id.", DOMAIN)
        if SCOPES[topic] != self._scope:
            raise EbayError(403, 195011, "Not authorized for this topic.", DOMAIN)
        destination, status = self._wanted(given)
        if self._world.subscribers("ebay", self._holder, topic):
            raise EbayError(409, 195012, "Subscription already exists", DOMAIN)
        made = self._hub.subscribe(self._token.client_id, self._holder, destination, status, topic)
        return Reply(
            201, b"{}", {"location": f"{BASE}/subscription/{made.id}", "content-type": "application/json"}
        )

    def _update(self, found: Subscription, given: Body) -> Reply:
        destination, found.status = self._wanted(given)
        found.options = {**found.options, "destination": destination}
        self._world.commit(found)
        return Reply(204)

    def _wanted(self, given: Body) -> tuple[str, str]:
        destination = self._hub.destination(str(given.get("destinationId")))
        if destination is None or destination.client_id != self._token.client_id:
            raise EbayError(400, 195007, "Invalid or missing destination id.", DOMAIN)
        status, payload = str(given.get("status") or "ENABLED"), given.get("payload")
        if status not in STATUSES:
            raise EbayError(400, 195006, "Invalid or missing subscription status.", DOMAIN)
        if payload is not None and payload != PAYLOAD:
            raise EbayError(400, 195008, "Invalid or missing schema version.", DOMAIN)
        if status == "ENABLED" and destination.status != "ENABLED":
            raise EbayError(
                409,
                195015,
                "The subscription cannot be enabled since the destination is not enabled.",
                DOMAIN,
            )
        return destination.id, status

    def _set(self, found: Subscription, status: str) -> Reply:
        found.status = status
        self._world.commit(found)
        return Reply(204)

    def _delete(self, found: Subscription) -> Reply:
        found.removed = True
        self._world.commit(found)
        return Reply(204)
