"""Publications of many products that are off show: a few requests, whatever their number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector_kit.budget import Budgets, Lane
from connector_kit.domain import Account
from connector_kit.http import http_client
from connector_kit.sealing import Sealer
from connector_kit.store import load_accounts
from connector_shopify.client import Admin, Bucket, Limits, Products
from connector_shopify.config import Settings
from soldwire_contracts.values import SyncScope
from testkit.connector import Bench
from testkit.sandbox import Json

PRODUCTS = 25


async def _off_show(bench: Bench) -> list[str]:
    """Unpublished long ago by Soldwire, all of them; one is still in more channels than are asked for of several."""
    made = [
        await bench.sandbox.listing("shopify", bench.seller, f"OFF-{n}", quantity=0) for n in range(PRODUCTS)
    ]
    ids = sorted(str(one["product"]) for one in made)
    await bench.execute(
        "insert into product_takedowns (account_id, product_id, tenant_id, way, status, publications, taken_at, "
        f"done_at) select '{bench.account}', unnest(string_to_array('{','.join(ids)}', ',')), '{bench.tenant}', "
        "'unpublish', 'ACTIVE', '[\"none of these\"]', now() - interval '1 day', now() - interval '1 day'"
    )
    return ids


async def _calls(bench: Bench, after: int) -> list[Json]:
    every = await bench.sandbox.calls(platform="shopify", account=bench.seller)
    return [call for call in every if call["seq"] > after]


async def _last(bench: Bench) -> int:
    return int((await bench.sandbox.calls(platform="shopify", account=bench.seller))[-1]["seq"])


async def test_a_reading_asks_for_ten_products_at_once(wide: Bench) -> None:
    """25 products off show were 25 requests after one another; they are three, for no more points."""
    await wide.connect()
    ids = await _off_show(wide)
    before = await _last(wide)
    await wide.sync(SyncScope.ARTICLES)
    together = [call for call in await _calls(wide, before) if call["operation"] in ("nodes", "product")]
    assert [call["operation"] for call in together] == ["nodes"] * 3
    assert await wide.count("listings where refs ->> 'off_show' = 'active'") == PRODUCTS

    alone = await _one_by_one(wide, ids)
    assert len(alone) == PRODUCTS
    assert sum(call["cost"] for call in together) <= sum(call["cost"] for call in alone)


async def _one_by_one(bench: Bench, ids: list[str]) -> list[Json]:
    before = await _last(bench)
    async with _products(bench) as (products, account):
        for one in ids:
            await products.publications(account, one, Lane.SYNC)
    return await _calls(bench, before)


@asynccontextmanager
async def _products(bench: Bench) -> AsyncIterator[tuple[Products, Account]]:
    assert isinstance(bench.settings, Settings)
    sealer = Sealer(bench.settings.seal_keys.get_secret_value())
    async with bench.service.database.bus([bench.tenant]) as uow:
        (account,) = (await load_accounts(uow, [bench.account], sealer)).values()
    limits = Limits(Budgets(bench.service.database), Bucket(100_000, 100_000))
    async with http_client(timeout=5.0, connections=2) as http:
        yield Products(Admin(http, bench.settings.shopify_base, limits)), account


async def test_a_product_in_more_channels_than_are_asked_for_of_several_is_read_to_its_end(
    bench: Bench,
) -> None:
    bench.seller = "wide.myshopify.com"
    keys = await bench.sandbox.account("shopify", bench.seller, publications=45)
    bench.connect_body = {"shop": bench.seller, "access_token": keys["access_token"]}
    await bench.connect()
    made = [await bench.sandbox.listing("shopify", bench.seller, f"MANY-{n}") for n in range(2)]
    gone = "404"
    async with _products(bench) as (products, account):
        ids = [str(one["product"]) for one in made]
        found = await products.publications_of(account, [*ids, gone], Lane.SYNC)
        assert found == {
            **{one: await products.publications(account, one, Lane.SYNC) for one in ids},
            gone: frozenset(),
        }
    assert {len(found[one]) for one in ids} == {45}
