"""Shopify's answers, however odd: the client raises CallFailed and nothing else, and says whether it may have happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from connector_kit.budget import Budgets, Lane, Limit
from connector_kit.domain import Account, Call, Listing
from connector_kit.errors import STALE, Action, CallFailed, Nature
from connector_shopify.client import Admin, Bucket, Limits, ShopifyMarketplace
from connector_shopify.client.limits import DEAREST_QUERY
from connector_shopify.client.orders import HIDDEN as HIDDEN_ORDERS
from connector_shopify.domain import SoldOut, TakenProduct
from sandbox.shopify.engine import Engine
from shopify_takedowns import Remembered

Json = Mapping[str, Any]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
ACCOUNT = Account(
    uuid4(),
    uuid4(),
    "shopify",
    "gid://shopify/Shop/1",
    "demo.myshopify.com",
    "Demo",
    NOW,
    credentials={"access_token": "shpat_1"},
)
REFS = {
    "variant": "1",
    "product": "2",
    "item": "3",
    "tracked": "true",
    "sells_anyway": "false",
    "levels": "9=3",
}
LISTING = Listing(uuid4(), ACCOUNT.tenant_id, ACCOUNT.account_id, ("variant:1", "item:3"), refs=REFS)


class _Unlimited(Budgets):
    """Draws nothing: these tests are about answers."""

    def __init__(self) -> None:
        self.blocked: list[timedelta] = []

    async def draw(self, limits: Sequence[tuple[Limit, float]], lane: Lane) -> None:
        """At once."""

    async def block(self, scope: str, pause: timedelta) -> None:
        self.blocked.append(pause)

    async def observed(self, limit: Limit, available: float) -> None:
        """Nothing to learn."""


def _shop(answer: Callable[[Json], httpx.Response], memory: Remembered | None = None) -> ShopifyMarketplace:
    def handle(request: httpx.Request) -> httpx.Response:
        return answer(json.loads(request.content))

    http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    admin = Admin(http, "https://{shop}", Limits(_Unlimited(), Bucket()))
    return ShopifyMarketplace(admin, memory or Remembered(), timedelta(seconds=1))


def _always(body: object, status: int = 200) -> ShopifyMarketplace:
    return _shop(lambda _: httpx.Response(status, json=body))


async def _set(
    shop: ShopifyMarketplace, listing: Listing = LISTING, quantity: int = 0, expected: int | None = 3
) -> None:
    await shop.set_quantity(ACCOUNT, listing, Call(quantity, expected, UUID(int=1)))


async def _orders(shop: ShopifyMarketplace) -> int:
    return sum([len(page.lines) async for page in shop.orders_changed_since(ACCOUNT, NOW)])


ODD: list[object] = [
    None,
    [],
    "ok",
    {},
    {"data": None},
    {"data": []},
    {"data": {}},
    {"data": {"orders": None, "productVariants": None, "inventorySetQuantities": None}},
    {"data": {"orders": {"nodes": None}, "inventorySetQuantities": {"userErrors": None}}},
    {"data": {"orders": {"nodes": 7}, "inventorySetQuantities": {"userErrors": [{"code": 1}]}}},
    {"data": {"orders": [], "inventorySetQuantities": {"userErrors": ["no"]}}},
    {"data": {}, "extensions": {"cost": "dear"}},
    {"errors": [{"message": "?", "extensions": {"code": ["odd"]}}], "data": None},
]


@pytest.mark.parametrize("body", ODD, ids=[json.dumps(body)[:60] for body in ODD])
async def test_a_read_with_an_odd_answer_may_be_repeated(body: object) -> None:
    shop = _always(body)
    for reading in (_orders(shop), shop.read_orders(ACCOUNT, ["1"]), anext(aiter(shop.listings(ACCOUNT)))):
        with pytest.raises(CallFailed) as failed:
            await reading
        assert failed.value.problem.action is Action.RETRY


@pytest.mark.parametrize("body", ODD, ids=[json.dumps(body)[:60] for body in ODD])
async def test_a_change_with_an_odd_answer_may_have_happened(body: object) -> None:
    with pytest.raises(CallFailed) as failed:
        await _set(_always(body))
    assert failed.value.problem.action is Action.AMBIGUOUS


NONE = {"nodes": [], "pageInfo": {"hasNextPage": False}}
LINE = {
    "id": "gid://shopify/LineItem/1",
    "name": "Coat",
    "quantity": 1,
    "currentQuantity": 1,
    "originalUnitPriceSet": {"shopMoney": {"amount": "20.00"}},
}
ORDER = {
    "id": "gid://shopify/Order/1",
    "name": "#1",
    "currencyCode": "GBP",
    "processedAt": "2026-01-02T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
    "taxesIncluded": False,
    "test": False,
    "lineItems": {**NONE, "nodes": [LINE]},
    "shippingLines": NONE,
}
LONG = {
    **ORDER,
    "id": "gid://shopify/Order/2",
    "lineItems": {"nodes": [LINE], "pageInfo": {"hasNextPage": True, "endCursor": "c"}},
}


async def test_an_order_that_can_t_be_read_does_not_hide_its_neighbours() -> None:
    nodes = [ORDER, {**ORDER, "processedAt": "soon"}, None]
    shop = _always({"data": {"orders": {"nodes": nodes, "pageInfo": {"hasNextPage": False}}}})
    (page,) = [page async for page in shop.orders_changed_since(ACCOUNT, NOW)]
    assert len(page.lines) == 1
    assert [one.reason.partition(":")[0] for one in page.unreadable] == ["processedAt", "order"]


def _with_a_long_order(alone: object, long: Json = LONG) -> ShopifyMarketplace:
    """A page of a long order and a short one; asked for on its own, the long one answers `alone`."""

    def answer(request: Json) -> httpx.Response:
        page = {"nodes": [long, ORDER], "pageInfo": {"hasNextPage": False}}
        body = {"data": {"orders": page}} if request["operationName"] == "Orders" else alone
        return httpx.Response(200, json=body)

    return _shop(answer)


def _refused(code: str) -> Json:
    return {"errors": [{"message": "no", "extensions": {"code": code}}]}


@pytest.mark.parametrize(
    "alone",
    [
        {"data": {"order": {**LONG, "processedAt": "soon"}}},
        _refused("MAX_COST_EXCEEDED"),
        _refused("BAD_REQUEST"),
    ],
    ids=["unreadable", "too dear", "refused"],
)
async def test_a_long_order_that_can_t_be_read_on_its_own_is_set_aside_with_its_reason(alone: Json) -> None:
    shop = _with_a_long_order(alone)
    (page,) = [page async for page in shop.orders_changed_since(ACCOUNT, NOW)]
    assert [line.order_id for line in page.lines] == ["1"]
    ((payload, reason),) = [(json.loads(one.payload), one.reason) for one in page.unreadable]
    assert payload["id"] == LONG["id"]
    assert reason
    named = await shop.read_orders(ACCOUNT, ["2"])
    assert (len(named.lines), len(named.unreadable)) == (0, 1)


async def test_a_long_order_shopify_fails_on_holds_its_neighbours_up_only_for_a_few_readings() -> None:
    shop = _with_a_long_order(_refused("INTERNAL_SERVER_ERROR"))
    for _ in range(2):
        with pytest.raises(CallFailed):
            await _orders(shop)
    (page,) = [page async for page in shop.orders_changed_since(ACCOUNT, NOW)]
    assert [line.order_id for line in page.lines] == ["1"]
    assert "on its own" in page.unreadable[0].reason


async def test_failures_are_remembered_of_the_last_thousand_orders_alone() -> None:
    page = {**LONG}
    shop = _with_a_long_order(_refused("INTERNAL_SERVER_ERROR"), page)
    for number in [2, 2, *range(10_000, 11_000)]:
        page["id"] = f"gid://shopify/Order/{number}"
        with pytest.raises(CallFailed):
            await _orders(shop)
    page["id"] = "gid://shopify/Order/2"
    for _ in range(2):
        with pytest.raises(CallFailed):
            await _orders(shop)
    (found,) = [page async for page in shop.orders_changed_since(ACCOUNT, NOW)]
    assert len(found.unreadable) == 1


@pytest.mark.parametrize("code", ["ACCESS_DENIED", "UNAUTHORIZED", "SHOP_INACTIVE", "THROTTLED"])
async def test_what_is_wrong_with_the_shop_is_not_held_against_an_order(code: str) -> None:
    shop = _with_a_long_order(_refused(code))
    for _ in range(4):
        with pytest.raises(CallFailed):
            await _orders(shop)


async def test_an_unknown_error_is_ambiguous_beside_data_and_a_refusal_without() -> None:
    error = {"message": "Something new", "extensions": {"code": "SOMETHING_NEW"}}
    for body, action in (
        ({"errors": [error], "data": {"inventorySetQuantities": None}}, Action.AMBIGUOUS),
        ({"errors": [error]}, Action.FAIL),
    ):
        with pytest.raises(CallFailed) as failed:
            await _set(_always(body))
        assert failed.value.problem.action is action


async def test_a_404_is_about_the_shop() -> None:
    with pytest.raises(CallFailed) as failed:
        await _always({"errors": "Not Found"}, 404).read_listing(ACCOUNT, LISTING)
    assert failed.value.problem.code == "no_such_shop"
    assert failed.value.problem.nature is not Nature.GONE


async def test_a_variant_the_shop_does_not_know_is_gone() -> None:
    shop = _always({"data": {"productVariant": None, "shop": {"currencyCode": "GBP"}}})
    assert (await shop.read_listing(ACCOUNT, LISTING)).state == "gone"


@pytest.mark.parametrize("operation", ["Orders", "Variants"])
async def test_a_page_too_dear_is_asked_for_in_smaller_ones(operation: str) -> None:
    asked: list[int] = []

    def answer(request: Json) -> httpx.Response:
        if request["operationName"] == "CountVariants":
            counted = {"count": 3, "precision": "EXACT"}
            return httpx.Response(200, json={"data": {"productVariantsCount": counted}})
        asked.append(request["variables"]["first"])
        if asked[-1] > 2:
            return httpx.Response(
                200, json={"errors": [{"message": "dear", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
            )
        empty = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
        return httpx.Response(
            200, json={"data": {"orders": empty, "productVariants": empty, "shop": {"currencyCode": "GBP"}}}
        )

    shop = _shop(answer)
    if operation == "Orders":
        await _orders(shop)
    else:
        assert await anext(aiter(shop.listings(ACCOUNT)))
    assert asked[-1] <= 2
    assert asked == sorted(asked, reverse=True)


VARIANT: Json = {
    "id": "gid://shopify/ProductVariant/1",
    "title": "M",
    "price": "20.00",
    "inventoryPolicy": "CONTINUE",
    "inventoryItem": {
        "id": "gid://shopify/InventoryItem/3",
        "tracked": True,
        "inventoryLevels": {**NONE, "nodes": [{"location": {"id": "9"}, "quantities": [{"quantity": 3}]}]},
    },
    "product": {
        "id": "gid://shopify/Product/2",
        "title": "Coat",
        "status": "ACTIVE",
        "onlineStoreUrl": "https://x",
    },
}
GOES_ON = Listing(
    LISTING.listing_id,
    LISTING.tenant_id,
    LISTING.account_id,
    LISTING.aliases,
    refs={**REFS, "sells_anyway": "true", "continues": "true"},
)


def _of_variants(sent: list[Json], code: str | None, after: Json = VARIANT) -> ShopifyMarketplace:
    """A shop that shows a variant, refuses to change it with this code, and shows `after` from then on."""

    def answer(request: Json) -> httpx.Response:
        sent.append(request)
        if request["operationName"] == "Variant":
            shown = after if len(sent) > 2 else VARIANT
            return httpx.Response(
                200, json={"data": {"productVariant": shown, "shop": {"currencyCode": "GBP"}}}
            )
        errors = [{"code": code, "message": "no"}] if code else []
        return httpx.Response(200, json={"data": {"productVariantsBulkUpdate": {"userErrors": errors}}})

    return _shop(answer)


async def test_a_variant_that_goes_on_at_0_is_changed_in_one_request_all_of_it_or_nothing() -> None:
    sent: list[Json] = []
    await _set(_of_variants(sent, None), GOES_ON)
    read, changed = sent
    assert read["operationName"] == "Variant", "what is given back one day is what it is today"
    assert "allowPartialUpdates: false" in changed["query"]
    assert changed["variables"]["variants"] == [
        {
            "id": "gid://shopify/ProductVariant/1",
            "inventoryPolicy": "DENY",
            "inventoryItem": {"tracked": True},
            "quantityAdjustments": [
                {"locationId": "gid://shopify/Location/9", "adjustment": -3, "changeFromQuantity": 3}
            ],
        }
    ]


@pytest.mark.parametrize("code", ["INVALID_INPUT", None, "SOMETHING_NEW"])
async def test_an_error_without_a_code_of_its_own_is_stale_only_if_something_has_changed(
    code: str | None,
) -> None:
    moved = {**VARIANT["inventoryItem"], "inventoryLevels": {**NONE, "nodes": []}}
    for after, problem in (({**VARIANT, "inventoryItem": moved}, STALE.code), (VARIANT, "variant_refused")):
        with pytest.raises(CallFailed) as failed:
            await _set(_of_variants([], code or "BLANK", after), GOES_ON)
        assert failed.value.problem.code == problem


async def test_eight_orders_of_two_currencies_fit_the_bucket_of_a_small_shop() -> None:
    """By the first guess, and by what the shop's answer teaches."""
    sandbox = Engine({}, {})
    asked: list[tuple[int, int]] = []

    def answer(request: Json) -> httpx.Response:
        cost = sandbox.prepare(request["query"]).price("Orders")(request["variables"])
        asked.append((request["variables"]["first"], cost))
        page = {"nodes": [ORDER], "pageInfo": {"hasNextPage": False}}
        told = {"requestedQueryCost": cost, "actualQueryCost": 20}
        return httpx.Response(200, json={"data": {"orders": page}, "extensions": {"cost": told}})

    shop = _shop(answer)
    for _ in range(2):
        assert await _orders(shop) == 1
    for first, cost in asked:
        assert first >= 8
        assert cost <= DEAREST_QUERY


@pytest.mark.parametrize(
    ("days", "scopes", "told"), [(59, [], None), (61, [], HIDDEN_ORDERS), (61, ["read_all_orders"], None)]
)
async def test_a_reading_of_orders_that_a_shop_hides_says_so(
    days: int, scopes: list[str], told: str | None
) -> None:
    """Without the scope, what is older than 60 days is left out without a word."""

    def answer(request: Json) -> httpx.Response:
        granted = {"accessScopes": [{"handle": scope} for scope in scopes]}
        page = {"nodes": [], "pageInfo": {"hasNextPage": False}}
        return httpx.Response(200, json={"data": {"orders": page, "currentAppInstallation": granted}})

    since = datetime.now(UTC) - timedelta(days=days)
    pages = [page async for page in _shop(answer).orders_changed_since(ACCOUNT, since, bulk=True)]
    assert [page.note for page in pages] == [told]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("SUBSCRIPTION_VIOLATION", "plan_limit"),
        ("PRODUCT_SUSPENDED", "product_suspended"),
        ("UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION", "combined_listing"),
        ("PRODUCT_VARIANT_DOES_NOT_EXIST", "gone"),
    ],
)
async def test_what_shopify_refuses_a_variant_for_good_has_its_words(code: str, problem: str) -> None:
    with pytest.raises(CallFailed) as failed:
        await _set(_of_variants([], code), GOES_ON)
    assert failed.value.problem.code == problem
    assert failed.value.problem.action is Action.FAIL


HIDDEN = Listing(
    LISTING.listing_id,
    LISTING.tenant_id,
    LISTING.account_id,
    LISTING.aliases,
    refs={**REFS, "levels": "9=0", "off_show": "draft"},
)
NO = {"userErrors": [{"message": "no"}]}
YES: Json = {"userErrors": []}
DENIED = [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}]


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ({"data": {"productUpdate": YES, "inventorySetQuantities": YES}}, None),
        ({"data": {"productUpdate": NO, "inventorySetQuantities": YES}}, Action.AMBIGUOUS),
        ({"data": {"productUpdate": YES, "inventorySetQuantities": NO}}, Action.AMBIGUOUS),
        ({"data": {"productUpdate": NO, "inventorySetQuantities": NO}}, Action.FAIL),
        ({"data": {"productUpdate": YES}}, Action.AMBIGUOUS),
        (
            {"errors": DENIED, "data": {"productUpdate": None, "inventorySetQuantities": YES}},
            Action.AMBIGUOUS,
        ),
        ({"errors": DENIED, "data": {"productUpdate": None, "inventorySetQuantities": None}}, Action.FAIL),
    ],
)
async def test_a_raise_of_which_only_a_part_was_done_is_looked_at(
    answer: Json, action: Action | None
) -> None:
    memory = Remembered()
    memory.taken["2"] = TakenProduct("2", SoldOut.DRAFT, "ACTIVE", (), NOW, NOW)
    sent: list[Json] = []

    def handle(request: Json) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=answer)

    setting = _set(_shop(handle, memory), HIDDEN, 1, 0)
    if action is None:
        await setting
    else:
        with pytest.raises(CallFailed) as failed:
            await setting
        assert failed.value.problem.action is action
    ((query, variables),) = [(one["query"], one["variables"]) for one in sent]
    assert query.index("productUpdate") < query.index("inventorySetQuantities"), "its product first"
    assert variables["product"] == {"id": "gid://shopify/Product/2", "status": "ACTIVE"}


async def test_a_raise_of_which_only_the_stock_was_done_asks_for_the_rest_alone() -> None:
    memory = Remembered()
    memory.taken["2"] = TakenProduct("2", SoldOut.UNPUBLISH, "ACTIVE", ("5", "6"), NOW, NOW)
    sent: list[Json] = []

    def handle(request: Json) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"data": {"publishablePublish": YES}})

    half = Listing(
        HIDDEN.listing_id,
        HIDDEN.tenant_id,
        HIDDEN.account_id,
        HIDDEN.aliases,
        refs={**HIDDEN.refs, "levels": "9=1"},
    )
    await _set(_shop(handle, memory), half, 1, 1)
    (only,) = sent
    assert only["operationName"] == "Publish"
    named = [one["publicationId"] for one in only["variables"]["publications"]]
    assert named == ["gid://shopify/Publication/5", "gid://shopify/Publication/6"]
