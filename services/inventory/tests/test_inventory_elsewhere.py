"""What a person says was sold where no connector is, such as a shop till."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inventory_shop import Shop, Stack
from kit.clock import utc_now
from soldwire_contracts.sales import SaleDetected
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Outcome, Platform

pytestmark = pytest.mark.bus


async def test_sold_elsewhere_is_held_like_any_sale(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(), shop.seen(Platform.EBAY))
    article = await stack.one("select id from articles")
    body = {"price": {"amount": "30.00", "currency": "GBP"}, "reference": "till 7"}
    async with stack.http() as client:
        first = await client.post(f"/v1/articles/{article}/sold-elsewhere", json=body)
        again = await client.post(f"/v1/articles/{article}/sold-elsewhere", json=body)
    assert (first.status_code, first.json()) == (202, again.json())
    said = await stack.said(SaleDetected)
    assert {str(fact.sale_id) for fact in said} == {first.json()["sale_id"]}
    await stack.sales(*said)
    (sold,) = await stack.said(ListingSold)
    assert (sold.outcome, sold.platform, sold.remaining) == (Outcome.HELD, Platform.ELSEWHERE, 0)
    assert {t.quantity for t in sold.targets} == {0}
    assert len(sold.targets) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": {"amount": "-30", "currency": "GBP"}},
        {"price": {"amount": "NaN", "currency": "GBP"}},
        {"price": {"amount": "30", "currency": "pounds"}},
        {"sold_at": (utc_now() + timedelta(hours=1)).isoformat()},
        {"quantity": 0},
        {"reference": " "},
    ],
)
async def test_what_cannot_have_sold_elsewhere_is_refused(
    stack: Stack, shop: Shop, wrong: dict[str, object]
) -> None:
    await stack.listings(shop.seen())
    article = await stack.one("select id from articles")
    body = {"price": {"amount": "30.00", "currency": "GBP"}, **wrong}
    async with stack.http() as client:
        answer = await client.post(f"/v1/articles/{article}/sold-elsewhere", json=body)
    assert answer.status_code == 422
    assert await stack.said(SaleDetected) == []
