"""Products that can't be taken off show: gone, refused for good, or refused by a shop that is frozen."""

from __future__ import annotations

import asyncio

import pytest
from connector_kit.sealing import Sealer
from connector_shopify import usecases
from connector_shopify.config import Settings
from connector_shopify.jobs.products import PATIENCE
from soldwire_contracts.values import SyncScope
from test_shopify_products import _made, _opened, _product, _sold_out, _tidied, _wants
from testkit.connector import Bench

DUE = "due_chores where kind = 'product'"


async def _tried(bench: Bench, times: int = 1) -> None:
    for _ in range(times):
        await bench.execute("update due_chores set due_at = now() where kind = 'product'")
        await bench.turn("product")


async def _health(bench: Bench) -> tuple[str, str]:
    assert isinstance(bench.settings, Settings)
    sealer = Sealer(bench.settings.seal_keys.get_secret_value())
    async with bench.service.database.bus([bench.tenant]) as uow:
        shop = await usecases.shop(uow, sealer, bench.account)
    return shop.health.state, shop.health.sentence


@pytest.mark.parametrize(
    ("way", "operation", "status", "words"),
    [
        ("draft", "productUpdate", 422, "The marketplace refused the change."),
        ("unpublish", "product", 403, "accept all of them."),
    ],
    ids=["refused", "scope missing"],
)
async def test_what_can_never_succeed_is_said_and_tried_once_a_day(
    bench: Bench, way: str, operation: str, status: int, words: str
) -> None:
    await _opened(bench, way)
    await bench.execute("update accounts set watermark = now()")
    piece = await _made(bench, "NEVER-1")
    (rule,) = [await bench.sandbox.fault("shopify", operation, "status", status=status, count=1000)]
    if operation == "product":  # reading a listing asks for its variant alone
        await bench.turn("product")
    await _sold_out(bench, piece)
    await _tried(bench, PATIENCE - 1)
    assert (
        await bench.count(f"{DUE} and failures = {PATIENCE - 1} and due_at < now() + interval '1 minute'")
        == 1
    )
    assert await bench.count("product_refusals") == 0
    await _tried(bench)
    await bench.turn("health")
    await bench.execute("update account_health set failing_since = null")
    state, sentence = await _health(bench)
    assert state == "products_refused"
    assert sentence.endswith(words)
    assert await bench.count(f"{DUE} and due_at > now() + interval '23 hours'") == 1
    await _tried(bench)
    assert await bench.count(f"{DUE} and due_at > now() + interval '23 hours'") == 1, (
        "known, it is tried once"
    )
    await bench.sandbox.control.delete(f"/control/faults/{rule['id']}")
    await _tried(bench)
    assert (await _product(bench, piece))[0] == ("DRAFT" if way == "draft" else "ACTIVE")
    assert await bench.count("product_takedowns where done_at is not null") == 1
    assert await bench.count("product_refusals") == 0
    assert (await _health(bench))[0] == "well"


async def test_a_shop_that_is_frozen_is_told_of_as_a_whole(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "COLD-1")
    await _sold_out(bench, piece)
    await bench.sandbox.fault("shopify", "product", "status", status=402, count=PATIENCE + 2)
    await _tried(bench, PATIENCE + 2)
    assert await bench.count("product_refusals") == 0
    assert await bench.count(f"{DUE} and due_at < now() + interval '1 hour'") == 1
    await _tried(bench)
    assert (await _product(bench, piece))[0] == "DRAFT"


async def test_whose_seller_lets_sold_out_products_be_is_done_with_those_refused(bench: Bench) -> None:
    """It is what he was told to do: he is not told so for another day."""
    await _opened(bench, "draft")
    await bench.execute("update accounts set watermark = now()")
    piece = await _made(bench, "LET-BE-1")
    await bench.sandbox.fault("shopify", "productUpdate", "status", status=422, count=1000)
    await _sold_out(bench, piece)
    await _tried(bench, PATIENCE)
    assert await bench.count("product_refusals") == 1
    await _wants(bench, "keep")
    await bench.turn("product")
    assert await bench.count("product_refusals") == 0
    assert await bench.count(DUE) == 0
    assert (await _product(bench, piece))[0] == "ACTIVE"


async def test_connected_again_nothing_is_refused_any_more(bench: Bench) -> None:
    await bench.connect()
    await bench.execute(
        "insert into product_refusals (account_id, product_id, tenant_id, code, reason, since) "
        f"values ('{bench.account}', '1', '{bench.tenant}', 'refused', 'No.', now())"
    )
    await bench.execute(
        "insert into due_chores (chore_id, kind, key, tenant_id, account_id, due_at) "
        f"values (gen_random_uuid(), 'product', '1', '{bench.tenant}', '{bench.account}', now() + interval '1 day')"
    )
    await bench.connect()
    assert await bench.count("product_refusals") == 0
    assert await bench.count(f"{DUE} and due_at <= now()") == 1, "what was missing may have been given"


@pytest.mark.parametrize("told", [True, False], ids=["by webhook", "by a whole reading"])
async def test_what_is_deleted_is_forgotten_with_what_was_taken_down_of_it(bench: Bench, told: bool) -> None:
    """A product off show, its only variant taken down with its own settings; a sibling's neighbour stays."""
    await _opened(bench, "draft")
    await bench.subscribe(bench.url + bench.webhook_path)
    piece = await _made(bench, "GONE-1", policy="CONTINUE")
    other = await _made(bench, "STAYS-1", policy="CONTINUE")
    for one in (piece, other):
        await _sold_out(bench, one)
    await _tidied(bench)
    assert (await bench.count("takedowns"), await bench.count("product_takedowns")) == (2, 2)
    if told:
        await bench.sandbox.control.delete(f"/control/shopify/listings/{piece.foreign}")
        await bench.webhooks_in(await _received(bench, "products/delete"))
        await _tidied(bench)
    else:
        await bench.execute("delete from account_directory")  # its webhooks are not taken
        await bench.sandbox.control.delete(f"/control/shopify/listings/{piece.foreign}")
        await bench.execute("update accounts set articles_whole_at = null")
        await bench.sync(SyncScope.ARTICLES)
    assert await bench.count(f"takedowns where variant_id = '{other.foreign}'") == 1
    assert await bench.count(f"product_takedowns where product_id = '{other.product}'") == 1
    assert (await bench.count("takedowns"), await bench.count("product_takedowns")) == (1, 1)


async def _received(bench: Bench, topic: str) -> int:
    """How many webhooks there are once one of this topic is."""
    async with asyncio.timeout(10):
        while not await bench.count(f"raw_webhooks where topic = '{topic}'"):
            await asyncio.sleep(0.02)
    return await bench.count("raw_webhooks")
