"""What inventory asks a person, and what becomes of the answer."""

from __future__ import annotations

import pytest
from inventory_shop import Shop, Stack, cancelled
from soldwire_contracts.sales import SaleCancelled
from soldwire_contracts.stock import StockChanged
from soldwire_contracts.values import Platform, Restock

pytestmark = pytest.mark.bus


@pytest.mark.parametrize(("answer", "free"), [("put_back", 1), ("gone", 0)])
async def test_a_missing_return_is_answered(stack: Stack, shop: Shop, answer: str, free: int) -> None:
    await stack.listings(shop.seen())
    sale = shop.sale(Platform.SHOPIFY)
    await stack.sales(sale)
    await stack.sales(cancelled(sale, SaleCancelled, restock=Restock.NOT_RESTOCKED))
    async with stack.http() as client:
        (asked,) = (await client.get("/v1/questions")).json()["items"]
        wrong = await client.post(f"/v1/questions/{asked['id']}/answer", json={"answer": "stock_is_right"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_answer")
        answered = await client.post(f"/v1/questions/{asked['id']}/answer", json={"answer": answer})
        assert (answered.json()["quantity"], answered.json()["held"]) == (free, 0)
        again = await client.post(f"/v1/questions/{asked['id']}/answer", json={"answer": answer})
        assert again.json()["code"] == "already_answered"
    assert await stack.broken_invariants() == []


@pytest.mark.parametrize(("answer", "free"), [("marketplace_is_right", 1), ("stock_is_right", 3)])
async def test_a_deficit_is_answered(stack: Stack, shop: Shop, answer: str, free: int) -> None:
    await stack.listings(shop.seen(quantity=3), shop.seen(Platform.EBAY, quantity=1))
    async with stack.http() as client:
        (asked,) = (await client.get("/v1/questions")).json()["items"]
        answered = await client.post(f"/v1/questions/{asked['id']}/answer", json={"answer": answer})
    assert answered.json()["quantity"] == free
    edited = (await stack.said(StockChanged))[-1]
    assert {(t.quantity, t.may_raise) for t in edited.targets} == {(free, True)}


async def test_an_answer_to_a_figure_that_is_no_longer_true_is_refused_and_a_count_settles_it(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(shop.seen(quantity=2), shop.seen(Platform.EBAY, quantity=1))
    await stack.listings(shop.seen(Platform.EBAY, quantity=5, revision=2))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    async with stack.http() as client:
        asked = (await client.get("/v1/questions")).json()["items"]
        (surplus,) = [one for one in asked if one["kind"] == "surplus"]
        stale = await client.post(
            f"/v1/questions/{surplus['id']}/answer", json={"answer": "marketplace_is_right"}
        )
        assert (stale.status_code, stale.json()["code"]) == (409, "quantity_changed")
        assert await stack.free() == 1
        await client.put(f"/v1/articles/{surplus['article_id']}/quantity", json={"quantity": 4})
        assert (await client.get("/v1/questions")).json()["items"] == []
