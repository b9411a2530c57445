"""The Notification API's destinations and its configuration."""

from sandbox.ebay.notifications import Notifications
from sandbox.ebay.replies import Body, EbayError
from sandbox.truth import Subscription, Token, World, now
from sandbox.web import Reply, Request

DOMAIN = "API_NOTIFICATION"
BASE = "https://api.ebay.com/commerce/notification/v1"
STATUSES = ("ENABLED", "DISABLED")


def destination_json(x: Subscription) -> Body:
    config = {"endpoint": x.uri, "verificationToken": x.secret}
    return {
        "destinationId": x.id,
        "name": x.options.get("name", ""),
        "status": x.status,
        "deliveryConfig": config,
    }


def create_destination(hub: Notifications, token: Token, request: Request) -> Reply:
    """The endpoint was challenged while the request waited; see `Ebay.look_outside`."""
    name, endpoint, secret, status = _wanted(hub, token, request, None)
    made = hub.add_destination(token.client_id, name, endpoint, secret, status)
    return Reply(
        201, b"{}", {"location": f"{BASE}/destination/{made.id}", "content-type": "application/json"}
    )


def update_destination(
    world: World, hub: Notifications, token: Token, identifier: str, request: Request
) -> Reply:
    """Challenged like a new one; this is how one that was marked down is put back to work."""
    found = _destination(hub, token, identifier)
    name, found.uri, found.secret, found.status = _wanted(hub, token, request, found)
    found.options = {**found.options, "name": name}
    world.commit(found)
    return Reply(204)


def _wanted(
    hub: Notifications, token: Token, request: Request, changed: Subscription | None
) -> tuple[str, str, str, str]:
    given = request.json or {}
    config, status = given.get("deliveryConfig"), str(given.get("status"))
    endpoint, secret = (
        (str(config.get(key) or "") for key in ("endpoint", "verificationToken"))
        if isinstance(config, dict)
        else ("", "")
    )
    if not endpoint:
        raise EbayError(400, 195017, "Invalid or missing endpoint.", DOMAIN)
    if not 32 <= len(secret) <= 80:
        raise EbayError(400, 195019, "Invalid or missing verification token for this endpoint.", DOMAIN)
    if status not in STATUSES:
        raise EbayError(400, 195018, "Invalid or missing destination status.", DOMAIN)
    if any(x.uri == endpoint and x is not changed for x in hub.destinations(token.client_id)):
        raise EbayError(409, 195021, "Destination exists for this endpoint", DOMAIN)
    if request.findings.get("challenge") != "ok":
        raise EbayError(409, 195020, "Challenge verification failed for requested endpoint", DOMAIN)
    return str(given.get("name") or ""), endpoint, secret, status


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


def get_config(world: World, token: Token) -> Reply:
    found = world.subscriptions.get(f"ebay:config:{token.client_id}")
    if found is None:
        raise EbayError(404, 195003, "Please provide configurations required for notifications.", DOMAIN)
    return Reply.json({"alertEmail": found.options["alert_email"]})


def update_config(world: World, token: Token, request: Request) -> Reply:
    email = (request.json or {}).get("alertEmail")
    if not isinstance(email, str) or "@" not in email:
        raise EbayError(400, 195004, "Invalid or missing alert email.", DOMAIN)
    options = {"alert_email": email}
    key = f"config:{token.client_id}"
    world.commit(Subscription("ebay", key, key, token.client_id, "config", "", now(), options=options))
    return Reply(204)
