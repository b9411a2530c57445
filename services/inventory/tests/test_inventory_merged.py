"""An article that was merged is left alone by everything: files, edits, owner rules, answers."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from inventory import tables, usecases
from inventory.domain import Answer
from inventory_shop import Shop, Stack, later
from inventory_twins import merged, twins, waits_for_a_lock
from soldwire_contracts.sales import SaleRefunded
from soldwire_contracts.values import Payment, Platform

pytestmark = pytest.mark.bus


@pytest.mark.parametrize("cells", ["title\nB-1,Cape\n", "quantity\nB-1,5\n", "location\nB-1,Shelf 2\n"])
async def test_a_file_checked_before_the_merge_is_refused_after_it(
    stack: Stack, shop: Shop, cells: str
) -> None:
    article, other = await twins(stack, shop, second=0)
    async with stack.http() as client:
        made = (await client.post("/v1/imports", content=f"sku,{cells}")).json()
        assert (made["change"], made["errors"]) == (1, 0)
        assert (await merged(client, article, other, 1)).status_code == 200
        refused = await client.post(f"/v1/imports/{made['id']}/apply")
        assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
    row = await stack.rows("select title, free, location from articles where sku = 'B-1'")
    assert [tuple(one) for one in row] == [("Jacket B-1", 0, None)]
    assert await stack.broken_invariants() == []


async def test_the_sku_of_a_merged_article_may_become_that_of_its_new_self(stack: Stack, shop: Shop) -> None:
    article, other = await twins(stack, shop)
    async with stack.http() as client:
        await merged(client, article, other, 1)
        answer = await client.patch(f"/v1/articles/{article}", json={"sku": "B-1"})
        assert (answer.status_code, answer.json().get("sku")) == (200, "B-1")
        taken = await client.post("/v1/articles", json={"title": "Coat", "sku": "B-1"})
        assert taken.json()["code"] == "sku_taken"
        assert (await client.get("/v1/articles", params={"search": "b-1"})).json()["items"][0]["id"] == str(
            article
        )
    await stack.sales(shop.sale(Platform.DEPOP, sku="B-1", listing=False))
    assert await stack.one("select article_id from holds") == article


async def test_an_answer_that_races_a_merge_is_given_to_the_article_that_stays(
    stack: Stack, shop: Shop
) -> None:
    article, other = await twins(stack, shop, 3, 3)
    await stack.listings(shop.seen(Platform.EBAY, sku="B-1", quantity=2, revision=2))
    sold = shop.sale(Platform.EBAY, sku="B-1")
    await stack.sales(sold, later(sold, SaleRefunded, 2, payment=Payment.REFUNDED))
    question = await stack.one("select id from questions where kind = 'refunded' and answered_at is null")
    assert isinstance(question, UUID)

    async def restock() -> UUID:
        async with stack.database.bus([shop.tenant]) as uow:
            return (await usecases.answer_question(uow, stack.caller(), question, Answer.RESTOCK)).id

    async with stack.database.request(shop.tenant) as merging:
        await usecases.merge_articles(
            merging, stack.caller(), article, other, quantity=4, expected=None, from_expected=None
        )
        answering = asyncio.create_task(restock())
        await waits_for_a_lock(stack)
    assert await answering == article
    assert await stack.free("A-1") == 5
    assert await stack.broken_invariants() == []


@pytest.mark.parametrize("command", ["merge", "split"])
async def test_more_sales_than_one_transaction_moves_are_refused(
    stack: Stack, shop: Shop, command: str
) -> None:
    article, other = await twins(stack, shop)
    await stack.sales(shop.sale(Platform.EBAY, sku="B-1"))
    columns = [one.name for one in tables.holds.c if one.name != "sale_id"]
    names = ", ".join(columns)
    await stack.rows(
        f"insert into holds (sale_id, {names}) select gen_random_uuid(), {names} from holds, "
        "generate_series(1, 5000) returning 1"
    )
    listing = str(shop.listing(Platform.EBAY, "B-1"))
    async with stack.http() as client:
        if command == "merge":
            answer = await merged(client, article, other, 1)
        else:
            body = {"listing_ids": [listing], "title": "Coat"}
            answer = await client.post(f"/v1/articles/{other}/split", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_sales")
    assert answer.json()["details"] == {"sales": 5001}


async def test_owner_rules_look_at_no_merged_article(stack: Stack, shop: Shop) -> None:
    article, other = await twins(stack, shop)
    rules: dict[str, Any] = {"rules": [{"kind": "sku_prefix", "value": "B-", "owner": {"kind": "unknown"}}]}
    async with stack.http() as client:
        await merged(client, article, other, 1)
        preview = (await client.post("/v1/owner-rules/preview", json=rules)).json()
        assert (preview["looked_at"], preview["rules"][0]["takes"], preview["changes"]) == (1, 0, 0)
        await client.put("/v1/owner-rules", json=rules)
    await stack.sweep()
    assert await stack.one("select owner_kind from articles where sku = 'B-1'") == "own"
