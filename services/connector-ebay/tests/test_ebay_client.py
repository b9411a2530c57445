"""The client against the sandbox: tokens, orders, offers, and what each failure becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from connector_ebay.client import Ebay, EbayMarketplace, Keys, Limits, Pace, Tokens
from connector_ebay.client.http import Seller
from connector_kit.budget import Budgets, Lane, Limit
from connector_kit.domain import Account, Call, Listing
from connector_kit.errors import Action, CallFailed, Nature
from pydantic import SecretStr
from testkit.sandbox import Json, Sandbox


class Drawn(Budgets):
    """A budget that never runs out and remembers what was drawn."""

    def __init__(self) -> None:
        self.draws: list[tuple[str, float, Lane]] = []
        self.blocks: list[tuple[str, timedelta]] = []

    async def draw(self, limits: Sequence[tuple[Limit, float]], lane: Lane) -> None:
        self.draws += [(limit.scope, points, lane) for limit, points in limits]

    async def block(self, scope: str, pause: timedelta) -> None:
        self.blocks.append((scope, pause))


class World:
    """One seller of the sandbox and a marketplace client for it."""

    def __init__(self, sandbox: Sandbox, keys: Json, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.name = str(keys["account"])
        self.tokens = Tokens(http, f"{sandbox.url}/ebay", _keys(keys))
        self.ebay = Ebay(http, f"{sandbox.url}/ebay", self.tokens)
        self.budgets = Drawn()
        self.market = EbayMarketplace(self.ebay, Limits(self.budgets, Pace(1e6, 1e3)), timedelta(seconds=1))
        credentials = {"refresh_token": str(keys["refresh_token"])}
        now = datetime.now(UTC)
        self.account = Account(
            uuid4(), uuid4(), "ebay", str(keys["seller_id"]), "", self.name, now, credentials=credentials
        )

    def listing(self, made: Json, **more: object) -> Listing:
        aliases = (f"offer:{made['listing']}", f"item:{made['product']}:{made['sku']}")
        fields: dict[str, object] = {"quantity": 1, "refs": {"sku": made["sku"]}} | more
        return Listing(uuid4(), self.account.tenant_id, self.account.account_id, aliases, **fields)  # type: ignore[arg-type]


def _keys(keys: Json) -> Keys:
    return Keys(str(keys["client_id"]), SecretStr(str(keys["client_secret"])))


@pytest.fixture
async def world(sandbox: Sandbox) -> AsyncIterator[World]:
    keys = await sandbox.account("ebay", "demo_seller")
    async with httpx.AsyncClient(timeout=2) as http:
        yield World(sandbox, keys, http)


def call(quantity: int) -> Call:
    return Call(quantity, None, uuid4())


async def test_one_token_serves_many_calls_and_a_refused_one_is_minted_again(world: World) -> None:
    seller = Seller(world.account.account_id, world.account.credentials["refresh_token"])
    assert await world.tokens.user(seller) == await world.tokens.user(seller)
    assert len(await world.sandbox.calls(operation="token")) == 1
    await world.sandbox.fault("ebay", "getInventoryItems", "status", status=401)
    page = await world.ebay.get_inventory_items(seller, 0)
    assert page.total == 0
    assert len(await world.sandbox.calls(operation="token")) == 2


async def test_the_seller_is_resolved_by_identity(world: World) -> None:
    token = await world.tokens.refreshed(world.account.credentials["refresh_token"])
    user = await world.ebay.get_user(token.access_token)
    assert (user.user_id, user.username) == (world.account.seller_id, "demo_seller")


async def test_a_dead_refresh_token_asks_for_a_new_sign_in(world: World) -> None:
    dead = Account(
        uuid4(), uuid4(), "ebay", "x", "", "x", datetime.now(UTC), credentials={"refresh_token": "no"}
    )
    with pytest.raises(CallFailed) as failure:
        await world.market.read_orders(dead, ["1"])
    assert failure.value.problem.login


async def test_the_two_line_order_is_read_and_found_by_the_poll_alike(world: World) -> None:
    for sku in ("AA-1", "AA-2"):
        await world.sandbox.listing("ebay", world.name, sku)
    sold = await world.sandbox.sell("ebay", world.name, "AA-1", "AA-2", shipping="3.50")
    await world.sandbox.post(f"ebay/orders/{sold['order_id']}/ship", {"courier": "USPS", "tracking": "9405"})
    named = await world.market.read_orders(world.account, [str(sold["order_id"])])
    since = datetime.now(UTC) - timedelta(hours=1)
    [polled] = [page async for page in world.market.orders_changed_since(world.account, since)]
    assert [line.sku for line in named.lines] == ["AA-1", "AA-2"]
    assert tuple(named.lines) == tuple(polled.lines)
    assert polled.cursor is None
    assert polled.complete_up_to is not None
    assert {s.tracking_number for line in named.lines for s in line.shipments} == {"9405"}


async def test_a_cancelled_order_tells_the_same_by_poll_and_by_name(world: World) -> None:
    await world.sandbox.listing("ebay", world.name, "A")
    sold = await world.sandbox.sell("ebay", world.name, "A")
    reason = {"reason": "INVENTORY", "restock": False}
    await world.sandbox.post(f"ebay/orders/{sold['order_id']}/cancel", reason)
    named = await world.market.read_orders(world.account, [str(sold["order_id"])])
    since = datetime.now(UTC) - timedelta(hours=1)
    [polled] = [page async for page in world.market.orders_changed_since(world.account, since)]
    assert tuple(named.lines) == tuple(polled.lines)
    assert [(line.cancelled_quantity, line.restock) for line in named.lines] == [(1, "not_restocked")]


async def test_every_order_of_several_pages_is_read(world: World) -> None:
    await world.sandbox.listing("ebay", world.name, "A", quantity=1000)
    sale = {"account": world.name, "lines": [{"sku": "A", "quantity": 1}]}
    await world.sandbox.post("ebay/sales/bulk", {"sales": [sale] * 230})
    since = datetime.now(UTC) - timedelta(hours=1)
    pages = [page async for page in world.market.orders_changed_since(world.account, since, bulk=True)]
    assert len({line.order_id for page in pages for line in page.lines}) == 230
    assert [page.complete_up_to is not None for page in pages] == [False, True]
    # The watermark has gone up meanwhile; what is left of the reading is still counted from where it began.
    later = datetime.now(UTC)
    resumed = world.market.orders_changed_since(world.account, later, pages[0].cursor, bulk=True)
    assert [len(page.lines) async for page in resumed] == [len(pages[1].lines)]
    assert {lane for _, _, lane in world.budgets.draws} == {Lane.SYNC}


async def test_an_order_ebay_does_not_know_is_left_out(world: World) -> None:
    assert (await world.market.read_orders(world.account, ["99-99999-99999"])).lines == ()


async def test_every_listing_is_read_over_pages(world: World) -> None:
    articles = {"count": 130, "quantity": 2, "on": [{"platform": "ebay", "account": world.name}]}
    await world.sandbox.post("articles", articles)
    pages = [page async for page in world.market.listings(world.account)]
    seen = [listing for page in pages for listing in page.listings]
    assert (len(pages), len(seen), len({one.aliases[0] for one in seen})) == (2, 130, 130)
    assert {(one.quantity, one.state, one.buyable) for one in seen} == {(2, "live", True)}
    assert pages[0].total == 130


async def test_withdrawing_takes_it_off_sale_and_raising_publishes_it_again(world: World) -> None:
    made = await world.sandbox.listing("ebay", world.name, "A", quantity=1)
    listing = world.listing(made)
    await world.market.set_quantity(world.account, listing, call(0))
    assert not (await world.sandbox.shown(str(made["listing"])))["buyable"]
    shown = await world.market.read_listing(world.account, listing)
    assert (shown.state, shown.buyable) == ("ended", False)
    await world.market.set_quantity(world.account, world.listing(made, state="ended", quantity=0), call(2))
    again = await world.market.read_listing(world.account, listing)
    assert (again.state, again.buyable, again.quantity) == ("live", True, 2)


async def test_a_withdrawn_offer_answers_that_something_else_is_shown(world: World) -> None:
    listing = world.listing(await world.sandbox.listing("ebay", world.name, "A"))
    await world.market.set_quantity(world.account, listing, call(0))
    with pytest.raises(CallFailed) as failure:
        await world.market.set_quantity(world.account, listing, call(0))
    assert failure.value.problem.action is Action.STALE
    assert len(await world.sandbox.calls(operation="withdrawOffer", changed="true")) == 1


async def test_lowering_to_what_remains_counts_a_revision(world: World) -> None:
    made = await world.sandbox.listing("ebay", world.name, "A", quantity=3)
    await world.market.set_quantity(world.account, world.listing(made, quantity=3), call(2))
    assert (await world.sandbox.shown(str(made["listing"])))["quantity"] == 2
    assert (f"ebay:revisions:{made['listing']}", 1, Lane.LOWER) in world.budgets.draws


async def test_a_refusal_inside_a_207_is_a_failure(world: World) -> None:
    made = await world.sandbox.listing("ebay", world.name, "A", quantity=3)
    wrong = world.listing(made, refs={"sku": "B"}, quantity=3)
    with pytest.raises(CallFailed) as failure:
        await world.market.set_quantity(world.account, wrong, call(2))
    assert failure.value.problem.action is Action.FAIL


@pytest.mark.parametrize(
    ("mode", "more", "action"),
    [
        ("lose_reply", {}, Action.AMBIGUOUS),
        ("garbage_200", {"effect": True}, Action.AMBIGUOUS),
        ("status", {"status": 500}, Action.AMBIGUOUS),
        ("throttle", {"retry_after": 7}, Action.RATE_LIMITED),
        ("timeout_after_effect", {"seconds": 3}, Action.AMBIGUOUS),
    ],
)
async def test_what_a_failure_of_a_change_means(world: World, mode: str, more: Json, action: Action) -> None:
    listing = world.listing(await world.sandbox.listing("ebay", world.name, "A"))
    await world.sandbox.fault("ebay", "withdrawOffer", mode, **more)
    with pytest.raises(CallFailed) as failure:
        await world.market.set_quantity(world.account, listing, call(0))
    assert failure.value.problem.action is action
    if "retry_after" in more:
        assert failure.value.problem.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(("told", "pause"), [({"retry_after": 7}, 7), ({}, 1)])
async def test_a_refusal_for_calling_too_often_pauses_the_whole_seller(
    world: World, told: Json, pause: float
) -> None:
    listing = world.listing(await world.sandbox.listing("ebay", world.name, "A"))
    for operation in ("withdrawOffer", "getOffer", "getOrders"):
        await world.sandbox.fault("ebay", operation, "throttle", **told)
    with pytest.raises(CallFailed):
        await world.market.set_quantity(world.account, listing, call(0))
    with pytest.raises(CallFailed):
        await world.market.read_listing(world.account, listing)
    with pytest.raises(CallFailed):
        await anext(world.market.orders_changed_since(world.account, datetime.now(UTC)))
    paused = (f"ebay:user:{world.account.account_id}", timedelta(seconds=pause))
    assert world.budgets.blocks == [paused] * 3


async def test_a_lost_token_answer_means_the_change_never_went_out(world: World) -> None:
    listing = world.listing(await world.sandbox.listing("ebay", world.name, "A"))
    await world.sandbox.fault("ebay", "token", "lose_reply")
    with pytest.raises(CallFailed) as failure:
        await world.market.set_quantity(world.account, listing, call(0))
    assert failure.value.problem.action is Action.RETRY
    assert await world.sandbox.calls(operation="withdrawOffer") == []


async def test_a_lost_answer_of_a_read_may_simply_be_read_again(world: World) -> None:
    listing = world.listing(await world.sandbox.listing("ebay", world.name, "A"))
    await world.sandbox.fault("ebay", "getOffer", "garbage_200")
    with pytest.raises(CallFailed) as failure:
        await world.market.read_listing(world.account, listing)
    assert failure.value.problem.action is Action.RETRY


async def test_an_offer_that_is_gone_reads_as_gone(world: World) -> None:
    made = await world.sandbox.listing("ebay", world.name, "A")
    await world.sandbox.control.delete(f"/control/ebay/listings/{made['listing']}")
    shown = await world.market.read_listing(world.account, world.listing(made))
    assert shown.state in ("ended", "gone")
    assert not shown.buyable


async def test_a_listing_only_heard_of_in_a_sale_is_found_by_site_and_sku(world: World) -> None:
    made = await world.sandbox.listing("ebay", world.name, "A")
    heard = Listing(uuid4(), uuid4(), world.account.account_id, ("item:1:A", "sku:EBAY_GB:A"))
    await world.market.set_quantity(world.account, heard, call(0))
    assert not (await world.sandbox.shown(str(made["listing"])))["buyable"]
    elsewhere = Listing(uuid4(), uuid4(), world.account.account_id, ("item:1:",))
    with pytest.raises(CallFailed) as failure:
        await world.market.set_quantity(world.account, elsewhere, call(0))
    assert failure.value.problem.nature is Nature.CONFIGURATION
