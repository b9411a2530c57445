"""Control routes of accounts, listings, sales and what becomes of them."""

from collections.abc import Sequence
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from sandbox.control.desk import Desk, NotThere, Row, describe_order, errand_of
from sandbox.control.models import (
    Cancel,
    GiveBack,
    LineUnits,
    ListingEdit,
    NewArticles,
    NewListing,
    NewSale,
    NewSales,
    Notify,
    Platform,
    Ship,
    Travel,
)
from sandbox.marketplace import BadRequest, Errand, Happening, ListingSpec
from sandbox.shopify.shop import Shopify
from sandbox.truth import LineQuantity, Order, SoldOut

SETTABLE = {
    "shopify": {"token_ttl", "maximum_available", "restore_rate", "max_query_cost"},
    "ebay": {"token_ttl", "out_of_stock_control", "daily_limit", "marketplace"},
    "depop": set[str](),
}


def sold_row(order: Order) -> Row:
    return {"accepted": True, **describe_order(order)}


def refused_row(error: SoldOut) -> Row:
    return {"error": "sold_out", "detail": str(error), "listing": error.listing}


def units(rows: Sequence[LineUnits]) -> list[LineQuantity]:
    return [LineQuantity(row.line_id, row.quantity) for row in rows]


def account_routes(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/control")

    @router.post("/{platform}/accounts", status_code=201)
    async def open_account(platform: Platform, fields: dict[str, object], request: Request) -> Row:
        return desk.marketplaces[platform].open_account(fields, str(request.base_url).rstrip("/"))

    @router.post("/{platform}/accounts/bulk", status_code=201)
    async def open_accounts(platform: Platform, fields: dict[str, object], request: Request) -> Row:
        count, prefix = cast("int", fields.pop("count", 1)), str(fields.pop("prefix", "bench"))
        ending = ".myshopify.com" if platform == "shopify" else ""
        base = str(request.base_url).rstrip("/")
        opened = [
            desk.marketplaces[platform].open_account({**fields, "account": f"{prefix}-{n}{ending}"}, base)
            for n in range(1, count + 1)
        ]
        return {"accounts": opened}

    @router.get("/{platform}/accounts/{account}")
    async def get_account(platform: Platform, account: str, request: Request) -> Row:
        return desk.marketplaces[platform].describe(
            desk.account(platform, account), str(request.base_url).rstrip("/")
        )

    @router.patch("/{platform}/accounts/{account}")
    async def change_account(
        platform: Platform, account: str, fields: dict[str, float | bool | str | None], request: Request
    ) -> Row:
        unknown = set(fields) - SETTABLE[platform]
        if unknown:
            raise BadRequest(f"not a setting of {platform}: {', '.join(sorted(unknown))}")
        found = desk.account(platform, account)
        found.settings.update(fields)
        desk.world.commit(found)
        return desk.marketplaces[platform].describe(found, str(request.base_url).rstrip("/"))

    @router.post("/shopify/accounts/{shop}/uninstall")
    async def uninstall(shop: str) -> Row:
        shopify = desk.marketplaces["shopify"]
        assert isinstance(shopify, Shopify)
        shopify.uninstall(desk.account("shopify", shop))
        return {"uninstalled": shop}

    return router


def listing_routes(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/control")

    @router.post("/{platform}/listings", status_code=201)
    async def open_listing(platform: Platform, given: NewListing) -> Row:
        account = desk.account(platform, given.account)
        spec = ListingSpec(
            account, given.sku, given.title, given.price, given.quantity, given.policy, given.product
        )
        return desk.describe(desk.open_listing(spec))

    @router.patch("/{platform}/listings/{listing:path}")
    async def edit_listing(platform: Platform, listing: str, given: ListingEdit) -> Row:
        found = desk.listing(platform, listing)
        desk.edit(found, given.quantity, given.price, given.title, given.state, Errand(given.deliver_webhook))
        return desk.describe(found)

    @router.delete("/{platform}/listings/{listing:path}")
    async def end_listing(platform: Platform, listing: str) -> Row:
        found = desk.listing(platform, listing)
        desk.end(found, Errand())
        return desk.describe(found)

    @router.post("/articles", status_code=201)
    async def open_articles(given: NewArticles) -> Row:
        accounts = [desk.account(place.platform, place.account) for place in given.on]
        articles: list[Row] = []
        for number in range(given.start, given.start + given.count):
            sku, title = (
                f"{given.sku_prefix}{number}",
                given.title if given.count == 1 else f"{given.title} {number}",
            )
            specs = [ListingSpec(account, sku, title, given.price, given.quantity) for account in accounts]
            articles.append(
                {"sku": sku, "listings": [desk.describe(desk.open_listing(spec)) for spec in specs]}
            )
        return {"articles": articles}

    return router


def sale_routes(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/control")

    @router.post("/{platform}/sales", status_code=201)
    async def sell(platform: Platform, sale: NewSale) -> Row:
        return sold_row(desk.sell(platform, sale))

    @router.post("/{platform}/sales/bulk")
    async def sell_many(platform: Platform, given: NewSales) -> Row:
        results: list[Row] = []
        for sale in given.sales:
            try:
                results.append({"status": 201, **sold_row(desk.sell(platform, sale))})
            except SoldOut as error:
                results.append({"status": 409, **refused_row(error)})
            except NotThere as error:
                results.append({"status": 404, "error": "not_found", "detail": str(error)})
        return {"results": results}

    @router.post("/{platform}/orders/{order_id}/pay")
    async def pay(platform: Platform, order_id: str, given: Travel) -> Row:
        order = desk.order(platform, order_id)
        desk.pay(order, errand_of(given))
        return describe_order(order)

    @router.post("/{platform}/orders/{order_id}/ship")
    async def ship(platform: Platform, order_id: str, given: Ship) -> Row:
        order = desk.order(platform, order_id)
        desk.ship(order, given.courier, given.tracking, units(given.lines), errand_of(given))
        return describe_order(order)

    @router.post("/{platform}/orders/{order_id}/cancel")
    async def cancel(platform: Platform, order_id: str, given: Cancel) -> Row:
        order = desk.order(platform, order_id)
        if order.cancelled_at is not None:
            raise BadRequest(f"{order.name} is cancelled already")
        desk.cancel(order, given.reason, given.restock, errand_of(given))
        return describe_order(order)

    @router.post("/{platform}/orders/{order_id}/refund")
    async def refund(platform: Platform, order_id: str, given: GiveBack) -> Row:
        order = desk.order(platform, order_id)
        desk.refund(order, given.amount, units(given.lines), given.restock, given.note, errand_of(given))
        return describe_order(order)

    @router.post("/{platform}/orders/{order_id}/notify")
    async def notify(platform: Platform, order_id: str, given: Notify) -> Row:
        order = desk.order(platform, order_id)
        topic = "ORDER_CONFIRMATION" if platform == "ebay" else given.topic
        desk.marketplaces[platform].announce(order, Happening(topic), errand_of(given))
        return describe_order(order)

    return router


def sold_out_answer(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SoldOut)
    return JSONResponse(refused_row(error), 409)
