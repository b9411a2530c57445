"""An article that was merged is left alone by everything: files, edits, owner rules, answers."""

from __future__ import annotations

from typing import Any

import pytest
from inventory_shop import Shop, Stack
from inventory_twins import merged, twins
from soldwire_contracts.values import Platform

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
