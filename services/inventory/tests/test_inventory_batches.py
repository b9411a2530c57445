"""What a batch carries: poisoned records, several tenants, many sales; what the database refuses whoever asks."""

from __future__ import annotations

import pytest
from inventory import tables
from inventory_links import preview, shelf
from inventory_shop import SOLD, Shop, Stack, later, list_everywhere
from prometheus_client import REGISTRY
from soldwire_contracts.sales import SaleUpdated
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import ListingState, Platform
from sqlalchemy import text
from testkit.bus import record_of

pytestmark = pytest.mark.bus


async def test_a_poisoned_sale_is_set_aside_and_its_neighbours_pass(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop, 9)
    poisoned = shop.sale(order="bad").model_copy(update={"quantity": 3_000_000_000})
    await stack.sales(shop.sale(order="1"), poisoned, shop.sale(order="2"), expect_dead=1)
    assert await stack.free() == 7


async def test_a_quantity_no_database_holds_is_set_aside_and_its_neighbours_pass(
    stack: Stack, shop: Shop
) -> None:
    await list_everywhere(stack, shop)
    huge = later(shop.sale(order="2"), SaleUpdated, 1, quantity=3_000_000_000)
    await stack.sales(huge, shop.sale(), expect_dead=1)
    assert await stack.free() == 0


async def test_several_tenants_share_a_batch_and_nothing_else(stack: Stack, shop: Shop) -> None:
    other = Shop()
    await stack.listings(shop.seen(quantity=3), other.seen(quantity=3))
    await stack.sales(shop.sale(), other.sale(), other.sale(order="2"))
    rows = await stack.rows("select tenant_id, free from articles", shop.tenant, other.tenant)
    assert {tuple(row) for row in rows} == {(shop.tenant, 2), (other.tenant, 1)}
    assert len(await stack.rows("select 1 from articles", shop.tenant)) == 1


async def test_a_batch_of_five_hundred_takes_few_statements(stack: Stack, shop: Shop) -> None:
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=3) for n in range(250)))
    before = REGISTRY.get_sample_value("soldwire_statements_total")
    await stack.sales(*(shop.sale(Platform.SHOPIFY, sku=f"S-{n % 250}", order=str(n)) for n in range(500)))
    assert REGISTRY.get_sample_value("soldwire_statements_total") - before <= 18
    assert await stack.one("select sum(free) from articles") == 250
    assert await stack.broken_invariants() == []


async def fill_all_else(stack: Stack, shop: Shop) -> None:
    """Whatever has a table: a draft, a consignor, a rule with articles yet to be told, an import, a question, a sale without
    an article, one that was removed, a batch of links.
    """
    await stack.listings(
        shop.seen(alias="draft", state=ListingState.DRAFT), shop.seen(quantity=5, revision=2, settled=9)
    )
    nowhere = shop.sale(sku="nowhere", order="2")
    await stack.sales(nowhere, shop.removed(nowhere))
    await shelf(stack, shop)
    await stack.consignors(shop.consignor("ANNE"))
    owner = {"kind": "consigned", "consignor": "ANNE"}
    rules = {"rules": [{"kind": "sku_prefix", "value": "A-", "owner": owner}]}
    async with stack.http() as client:
        assert (await client.put("/v1/owner-rules", json=rules)).status_code == 200
        assert (await client.post("/v1/imports", content="sku,title\nB-1,Coat\n")).status_code == 201
        await preview(client)


async def test_an_erased_tenant_is_forgotten_for_good(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    await stack.sales(shop.sale(), record_of(shop.sale(order="2"), test=True))
    await fill_all_else(stack, shop)
    mine = [name for name in tables.metadata.tables if name != "erased_tenants"]
    filled = {name for name in mine if await stack.one(f"select count(*) from {name}")}
    assert filled == set(mine)
    await stack.tenants(TenantErased(tenant_id=shop.tenant, erased_at=SOLD))
    await stack.listings(shop.seen(revision=9))
    await stack.sales(shop.sale(order="9"))
    for table in mine:
        assert await stack.one(f"select count(*) from {table}") == 0


async def test_the_journal_can_only_grow(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    for statement in ("update stock_journal set units = 9", "delete from stock_journal"):
        with pytest.raises(Exception, match="append-only"):
            async with stack.database.bus([shop.tenant]) as uow:
                await uow.conn.execute(text(statement))


async def test_free_stock_below_zero_is_refused_by_the_database(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    with pytest.raises(Exception, match="free_is_never_negative"):
        await stack.rows("update articles set free = -1 returning free")
