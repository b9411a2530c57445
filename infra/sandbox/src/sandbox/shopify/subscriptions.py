"""Resolvers of webhook subscriptions: made, deleted and listed by the app."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.shopify import naming
from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.pages import Page, paginate
from sandbox.shopify.refusals import refuse
from sandbox.shopify.scopes import granted
from sandbox.shopify.topics import ENUM_OF, TOPICS, scope_for
from sandbox.truth import Subscription, now

Row = dict[str, object]


def _row(subscription: Subscription) -> Row:
    return {
        "id": naming.gid("WebhookSubscription", subscription.id),
        "legacyResourceId": subscription.id,
        "topic": ENUM_OF.get(subscription.topic, subscription.topic),
        "uri": subscription.uri,
        "format": "JSON",
        "filter": None,
        "includeFields": [],
        "metafieldNamespaces": [],
        "name": subscription.options.get("name"),
        "apiVersion": {"handle": naming.VERSION, "displayName": naming.VERSION, "supported": True},
        "createdAt": naming.graph_time(subscription.created_at),
        "updatedAt": naming.graph_time(subscription.updated_at or subscription.created_at),
    }


def create(_root: object, info: Info, topic: str, webhookSubscription: dict[str, Any]) -> Row:
    """`webhookSubscriptionCreate`."""
    context, name = context_of(info), TOPICS[topic]
    _plain(webhookSubscription)
    uri = webhookSubscription.get("uri") or ""
    scope = scope_for(name)
    if scope is not None and scope not in granted(context.account):
        text = f"You do not have permission to subscribe to {name}. Required access: `{scope}` access scope."
        return _refused(text, ["topic"])
    if why := _wrong(context, name, uri):
        return _refused(why)
    options = {"name": webhookSubscription["name"]} if webhookSubscription.get("name") else {}
    made = context.webhooks.subscribe(context.account, name, uri, options)
    return {"webhookSubscription": _row(made), "userErrors": []}


def update(_root: object, info: Info, id: str, webhookSubscription: dict[str, Any]) -> Row:
    """`webhookSubscriptionUpdate`: another address, or another name."""
    context = context_of(info)
    _plain(webhookSubscription)
    found = _find(context, id)
    if found is None:
        return _refused("Webhook subscription does not exist", ["id"])
    uri = webhookSubscription.get("uri") or found.uri
    if why := _wrong(context, found.topic, uri, found):
        return _refused(why)
    found.uri, found.updated_at = uri, now()
    if webhookSubscription.get("name"):
        found.options["name"] = webhookSubscription["name"]
    context.world.commit(found)
    return {"webhookSubscription": _row(found), "userErrors": []}


def delete(_root: object, info: Info, id: str) -> Row:
    """`webhookSubscriptionDelete`."""
    context = context_of(info)
    found = _find(context, id)
    if found is None:
        error = {"field": ["id"], "message": "Webhook subscription does not exist"}
        return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
    found.removed = True
    context.world.commit(found)
    return {"deletedWebhookSubscriptionId": id, "userErrors": []}


def one(_root: object, info: Info, id: str) -> Row | None:
    """`webhookSubscription`."""
    found = _find(context_of(info), id)
    return _row(found) if found else None


def every(_root: object, info: Info, **args: Any) -> Page:
    """`webhookSubscriptions`."""
    context = context_of(info)
    wanted = set(args.get("topics") or ENUM_OF.values())
    kept = [
        x
        for x in context.world.subscriptions_of("shopify", context.account.name)
        if ENUM_OF.get(x.topic) in wanted and args.get("uri") in (None, x.uri)
    ]
    page = paginate(kept, args, lambda x: (int(x.id), int(x.id)))
    return Page([_row(x) for x in page.nodes], page.cursors, page.has_next, page.has_previous)


def _find(context: ShopContext, identifier: str) -> Subscription | None:
    number = naming.number_of(identifier, "WebhookSubscription")
    found = context.world.subscriptions.get(f"shopify:{number}")
    return found if found and not found.removed and found.account == context.account.name else None


def _plain(given: dict[str, Any]) -> None:
    if given.get("filter") or given.get("includeFields"):
        raise refuse("The sandbox sends webhooks whole and unfiltered: no filter, no includeFields.")


def _wrong(context: ShopContext, topic: str, uri: str, besides: Subscription | None = None) -> str | None:
    """What is wrong with an address for a topic. Plain http is for this machine alone."""
    there = urlsplit(uri)
    near = there.hostname in ("127.0.0.1", "localhost")
    if not there.hostname or there.scheme not in ("https", "http"):
        return "Address is invalid"
    if there.scheme == "http" and not near:
        return "Address protocol http:// is not supported"
    held = context.world.subscribers("shopify", context.account.name, topic)
    if any(x.uri == uri and x is not besides for x in held):
        return "Address for this topic has already been taken"
    return None


def _refused(message: str, field: list[str] | None = None) -> Row:
    error = {"field": field or ["webhookSubscription", "uri"], "message": message}
    return {"webhookSubscription": None, "userErrors": [error]}
