"""Resolvers of webhook subscriptions: made, deleted and listed by the app."""

from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.pages import Page, paginate
from sandbox.shopify.refusals import refuse
from sandbox.shopify.webhooks import ENUM_OF, TOPICS, Webhooks
from sandbox.truth import Subscription

Row = dict[str, object]


def _row(subscription: Subscription) -> Row:
    at = naming.graph_time(subscription.created_at)
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
        "createdAt": at,
        "updatedAt": at,
    }


class Subscribing:
    """The three root fields that deal in subscriptions."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    def create(self, _root: object, info: Info, topic: str, webhookSubscription: dict[str, Any]) -> Row:
        """`webhookSubscriptionCreate`."""
        context = context_of(info)
        uri, name = webhookSubscription.get("uri") or "", TOPICS.get(topic)
        if name is None or webhookSubscription.get("filter") or webhookSubscription.get("includeFields"):
            raise refuse(f"The sandbox sends {', '.join(TOPICS)}, unfiltered.")
        if any(x.uri == uri for x in context.world.subscribers("shopify", context.account.name, name)):
            return _refused("Address for this topic has already been taken")
        if not uri.startswith(("http://", "https://")):
            return _refused("Address is invalid")
        options = {"name": webhookSubscription["name"]} if webhookSubscription.get("name") else {}
        made = self._webhooks.subscribe(context.account, name, uri, options)
        return {"webhookSubscription": _row(made), "userErrors": []}

    def delete(self, _root: object, info: Info, id: str) -> Row:
        """`webhookSubscriptionDelete`."""
        context = context_of(info)
        found = context.world.subscriptions.get(f"shopify:{naming.number_of(id, 'WebhookSubscription')}")
        if found is None or found.removed or found.account != context.account.name:
            error = {"field": ["id"], "message": "Webhook subscription does not exist"}
            return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
        found.removed = True
        context.world.commit(found)
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}

    def every(self, _root: object, info: Info, **args: Any) -> Page:
        """`webhookSubscriptions`."""
        context = context_of(info)
        wanted = set(args.get("topics") or ENUM_OF.values())
        kept = [
            x
            for x in context.world.subscriptions.values()
            if (x.platform, x.account, x.removed) == ("shopify", context.account.name, False)
            and ENUM_OF.get(x.topic) in wanted
            and args.get("uri") in (None, x.uri)
        ]
        page = paginate(kept, args, lambda x: (int(x.id), int(x.id)))
        return Page([_row(x) for x in page.nodes], page.cursors, page.has_next, page.has_previous)


def _refused(message: str) -> Row:
    error = {"field": ["webhookSubscription", "uri"], "message": message}
    return {"webhookSubscription": None, "userErrors": [error]}
