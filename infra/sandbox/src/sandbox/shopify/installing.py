"""The app leaves a shop: by the seller's hand, or by its own."""

from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.webhooks import Webhooks
from sandbox.tokens import revoke_all
from sandbox.truth import Account, World

Row = dict[str, object]


def uninstall(world: World, webhooks: Webhooks, account: Account) -> None:
    """Its tokens and codes are dead at once; it is told, and then its subscriptions are gone."""
    account.installed = False
    world.commit(account)
    revoke_all(world, account)
    webhooks.uninstalled(account)
    webhooks.forget(account)


def app_uninstall(_root: object, info: Info) -> Row:
    """`appUninstall`, by which an app uninstalls itself; it needs no scope."""
    context = context_of(info)
    uninstall(context.world, context.webhooks, context.account)
    return {"app": app_of(context), "userErrors": []}


def app_of(context: ShopContext) -> Row:
    """The app that asks."""
    return {"id": f"gid://shopify/App/{context.client_id}", "apiKey": context.client_id}
