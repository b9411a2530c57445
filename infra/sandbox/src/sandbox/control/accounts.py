"""Control routes of accounts."""

from fastapi import APIRouter, Request

from sandbox.control.desk import Desk, Row, buyer_of
from sandbox.control.models import Compliance, NewAccounts, Platform
from sandbox.marketplace import BadRequest
from sandbox.shopify import oauth
from sandbox.shopify.compliance import notify
from sandbox.shopify.settings import SETTINGS, checked
from sandbox.shopify.shop import Shopify

SETTABLE = {
    "shopify": set(SETTINGS),
    "ebay": {
        "token_ttl",
        "out_of_stock_control",
        "daily_limit",
        "calls_per_second",
        "calls_at_once",
        "marketplace",
    },
    "depop": set[str](),
}


def account_routes(desk: Desk, shopify: Shopify) -> APIRouter:
    """Open accounts, read and change them, uninstall the app."""
    router = APIRouter(prefix="/control")
    _add_opening(router, desk)
    _add_changing(router, desk, shopify)
    return router


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _add_opening(router: APIRouter, desk: Desk) -> None:
    @router.post("/{platform}/accounts", status_code=201)
    async def open_account(platform: Platform, fields: dict[str, object], request: Request) -> Row:
        return desk.marketplaces[platform].open_account(fields, _base(request))

    @router.post("/{platform}/accounts/bulk", status_code=201)
    async def open_accounts(platform: Platform, given: NewAccounts, request: Request) -> Row:
        marketplace, fields = desk.marketplaces[platform], given.model_extra or {}
        ending = ".myshopify.com" if platform == "shopify" else ""
        names = [f"{given.prefix}-{number}{ending}" for number in range(1, given.count + 1)]
        opened = [marketplace.open_account({**fields, "account": name}, _base(request)) for name in names]
        return {"accounts": opened}


def _add_changing(router: APIRouter, desk: Desk, shopify: Shopify) -> None:
    @router.get("/{platform}/accounts/{account}")
    async def get_account(platform: Platform, account: str, request: Request) -> Row:
        return desk.marketplaces[platform].describe(desk.account(platform, account), _base(request))

    @router.patch("/{platform}/accounts/{account}")
    async def change_account(
        platform: Platform, account: str, fields: dict[str, float | bool | str | None], request: Request
    ) -> Row:
        unknown = set(fields) - SETTABLE[platform]
        if unknown:
            raise BadRequest(f"not a setting of {platform}: {', '.join(sorted(unknown))}")
        found = desk.account(platform, account)
        found.settings.update(checked(fields) if platform == "shopify" else fields)
        desk.world.commit(found)
        return desk.marketplaces[platform].describe(found, _base(request))

    @router.post("/shopify/accounts/{shop}/compliance")
    async def comply(shop: str, given: Compliance) -> Row:
        customer = buyer_of(given.customer)
        account, hooks = desk.account("shopify", shop), shopify.webhooks
        sent = notify(
            desk.world, hooks, account, given.topic, customer, given.orders, given.uri, given.duplicates
        )
        return {"sent": sent}

    @router.post("/shopify/accounts/{shop}/open-app")
    async def open_app(shop: str) -> Row:
        """The signed query with which Shopify sends a seller to the app, to install it or to use it."""
        account = desk.account("shopify", shop)
        application = desk.world.application("shopify", account.client_id)
        if application is None:
            raise BadRequest(f"{shop} has no app")
        return {"query": oauth.link(account, application)}

    @router.post("/shopify/accounts/{shop}/uninstall")
    async def uninstall(shop: str) -> Row:
        shopify.uninstall(desk.account("shopify", shop))
        return {"uninstalled": shop}
