"""The Notification API's management calls: destinations, subscriptions, topics."""

from sandbox.ebay.notifications import TOPIC, Notifications
from sandbox.ebay.replies import Body, EbayError, time_text
from sandbox.truth import Subscription, Token, World
from sandbox.web import Reply, Request

DOMAIN = "API_NOTIFICATION"
BASE = "https://api.ebay.com/commerce/notification/v1"
PAYLOAD: Body = {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}


def destination_json(x: Subscription) -> Body:
    config = {"endpoint": x.uri, "verificationToken": x.secret}
    return {
        "destinationId": x.id,
        "name": x.options.get("name", ""),
        "status": x.status,
        "deliveryConfig": config,
    }


def subscription_json(x: Subscription) -> Body:
    return {
        "subscriptionId": x.id,
        "topicId": x.topic,
        "status": x.status,
        "creationDate": time_text(x.created_at),
        "destinationId": x.options["destination"],
        "payload": PAYLOAD,
    }


def create_destination(hub: Notifications, token: Token, request: Request) -> Reply:
    """The endpoint was challenged while the request waited; see `Ebay.look_outside`."""
    given = request.json or {}
    config = given.get("deliveryConfig")
    endpoint, secret = (
        (str(config.get(key) or "") for key in ("endpoint", "verificationToken"))
        if isinstance(config, dict)
        else ("", "")
    )
    if not endpoint:
        raise EbayError(400, 195017, "Invalid or missing endpoint.", DOMAIN)
    if not 32 <= len(secret) <= 80:
        raise EbayError(400, 195019, "Invalid or missing verification token for this endpoint.", DOMAIN)
    if any(x.uri == endpoint for x in hub.destinations(token.client_id)):
        raise EbayError(409, 195021, "Destination exists for this endpoint", DOMAIN)
    if request.findings.get("challenge") != "ok":
        raise EbayError(409, 195020, "Challenge verification failed for requested endpoint", DOMAIN)
    made = hub.add_destination(
        token.client_id, str(given.get("name") or ""), endpoint, secret, str(given.get("status") or "ENABLED")
    )
    return Reply(
        201, b"{}", {"location": f"{BASE}/destination/{made.id}", "content-type": "application/json"}
    )


def get_destination(hub: Notifications, token: Token, identifier: str) -> Reply:
    return Reply.json(destination_json(_destination(hub, token, identifier)))


def _destination(hub: Notifications, token: Token, identifier: str) -> Subscription:
    found = hub.destination(identifier)
    if found is None or found.client_id != token.client_id:
        raise EbayError(404, 195022, "Invalid or missing destination id.", DOMAIN)
    return found


def get_destinations(hub: Notifications, token: Token) -> Reply:
    rows = [destination_json(x) for x in hub.destinations(token.client_id)]
    return Reply.json({"total": len(rows), "href": f"{BASE}/destination", "limit": 20, "destinations": rows})


def delete_destination(world: World, hub: Notifications, token: Token, identifier: str) -> Reply:
    found = _destination(hub, token, identifier)
    used = (x for x in world.subscriptions.values() if x.platform == "ebay" and not x.removed)
    if any(x.options.get("destination") == found.id for x in used):
        raise EbayError(409, 195024, "Destination is in use and cannot be deleted.", DOMAIN)
    found.removed = True
    world.commit(found)
    return Reply(204)


def create_subscription(world: World, hub: Notifications, token: Token, request: Request) -> Reply:
    given = request.json or {}
    if given.get("topicId") != TOPIC:
        raise EbayError(400, 195027, "Invalid or missing topic id.", DOMAIN)  # one topic is known here
    destination = hub.destination(str(given.get("destinationId")))
    if destination is None or destination.client_id != token.client_id:
        raise EbayError(400, 195007, "Invalid or missing destination id.", DOMAIN)
    if world.subscribers("ebay", token.account, TOPIC):
        raise EbayError(409, 195012, "Subscription already exists", DOMAIN)
    made = hub.subscribe(
        token.client_id, token.account, destination.id, str(given.get("status") or "ENABLED")
    )
    return Reply(
        201, b"{}", {"location": f"{BASE}/subscription/{made.id}", "content-type": "application/json"}
    )


def get_subscriptions(world: World, token: Token) -> Reply:
    rows = [subscription_json(x) for x in world.subscribers("ebay", token.account, TOPIC)]
    return Reply.json(
        {"total": len(rows), "href": f"{BASE}/subscription", "limit": 20, "subscriptions": rows}
    )


def _subscription(world: World, token: Token, identifier: str) -> Subscription:
    found = world.subscriptions.get(f"ebay:{identifier}")
    if found is None or found.removed or found.account != token.account or found.topic != TOPIC:
        raise EbayError(404, 195013, "The subscription id does not exist.", DOMAIN)
    return found


def get_subscription(world: World, token: Token, identifier: str) -> Reply:
    return Reply.json(subscription_json(_subscription(world, token, identifier)))


def delete_subscription(world: World, token: Token, identifier: str) -> Reply:
    found = _subscription(world, token, identifier)
    found.removed = True
    world.commit(found)
    return Reply(204)


def get_topics() -> Reply:
    topic = {
        "topicId": TOPIC,
        "description": "An order was confirmed.",
        "status": "ENABLED",
        "context": "SELL",
        "scope": "USER",
        "filterable": False,
        "authorizationScopes": ["https://api.ebay.com/oauth/api_scope/sell.fulfillment.readonly"],
        "supportedPayloads": [
            {"format": ["JSON"], "schemaVersion": "1.0", "deliveryProtocol": "HTTPS", "deprecated": False}
        ],
    }
    return Reply.json({"total": 1, "href": f"{BASE}/topic", "limit": 20, "topics": [topic]})
