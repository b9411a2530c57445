"""Totals come from sums that the database keeps by day, and are what the sales themselves add up to, whatever is asked."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from ledger_shop import SOLD_AT, Shop, Stack
from soldwire_contracts import Fact
from soldwire_contracts.sales import Fee, Refund, SaleUpdated
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import Money, Outcome, OwnerKind, Platform, StepState
from sqlalchemy import text
from testkit.bus import run_batch

pytestmark = [pytest.mark.bus, pytest.mark.long]

DAYS = 6
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"platform": "ebay"},
    {"platform": ["shopify", "depop"], "status": ["complete", "owner_unknown"]},
    {"status": "not_paid_unconfirmed"},
    {"owner": "consigned"},
    {"delist": "done"},
    {"contended": True},
    {"contended": False, "restated": False},
    {"restated": True},
    {"refunded": "partly"},
    {"refunded": ["none", "wholly"]},
    {"due": True},
    {"due": False},
    {"provisional": True},
    {"provisional": False},
    {"provisional": False, "due": False, "platform": "ebay"},
    {"search": "jumper"},
    {"search": "red", "due": False},
)
PERIODS: tuple[tuple[timedelta | None, timedelta | None], ...] = (
    (None, None),
    (timedelta(hours=12), None),
    (None, timedelta(hours=12 + 48)),
    (timedelta(hours=12), timedelta(hours=12 + 72)),
    (timedelta(hours=7, microseconds=1), timedelta(hours=90, minutes=3)),
    (timedelta(hours=13), timedelta(hours=20)),
    (timedelta(hours=20), timedelta(hours=13)),
)
"""From `SOLD_AT`, which is a noon: whole days, days cut at one end or both, hours of one day, none."""


def history(shop: Shop, dice: random.Random) -> tuple[list[UUID], list[Fact]]:
    """What is said of forty sales in six days, some of it to change what was said before."""
    said: list[Fact] = []
    sales = []
    for _ in range(40):
        one = shop.another(article=uuid4())
        sales.append(one.sale)
        currency = dice.choice(["GBP", "GBP", "EUR"])
        plain: dict[str, Any] = {
            "platform": dice.choice([Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP]),
            "price": money(dice, currency),
            "shipping_price": None,
            "fees": (Fee(kind="final", amount=money(dice, currency)),) if dice.random() < 0.7 else (),
            "sold_at": SOLD_AT + timedelta(seconds=dice.randrange(DAYS * 86_400)),
            "title": dice.choice(["Red jumper", "Blue coat"]),
        }
        said += [one.line(**plain), one.sold(dice.choice(list(OwnerKind)))]
        said += dice.sample(
            [
                one.line(SaleUpdated, 2, **{**plain, "price": money(dice, currency)}),
                one.line(SaleUpdated, 3, **{**plain, "refunds": (back(plain["price"]),)}),
                one.line(SaleUpdated, 4, **{**plain, "sold_at": SOLD_AT + timedelta(days=2)}),
                one.line(SaleUpdated, 5, **{**plain, "price": money(dice, "USD"), "fees": ()}),
                one.sold(OwnerKind.OWN, Outcome.CONTENDED, after_ms=900),
                one.progress(1, StepState.ASKED),
                one.progress(2, StepState.DONE, completed=True),
            ],
            k=dice.randrange(4),
        )
    return sales, said


def money(dice: random.Random, currency: str) -> Money:
    return Money(amount=Decimal(dice.randrange(1, 9999)) / 100, currency=currency)


def back(price: Money) -> Refund:
    part = Money(amount=(price.amount / 2).quantize(Decimal("0.01")), currency=price.currency)
    return Refund(refund_id="R", amount=part, quantity=0, at=SOLD_AT)


async def listed(stack: Stack, tenant: UUID, **wanted: Any) -> dict[str, tuple[Any, ...]]:
    """What the list's own sales add up to, per currency."""
    sums: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0), Decimal(0), 0])
    for sale in (await stack.call(tenant, "GET", "/v1/sales", limit=200, **wanted))["items"]:
        one = sums[sale["price"]["currency"]]
        one[0] += 1
        one[1] += Decimal(sale["price"]["amount"])
        one[2] += Decimal(sale["fees"]["amount"]) if sale["fees"] else 0
        one[3] += Decimal(sale["net"]["amount"]) if sale["net"] else 0
        one[4] += sale["net"] is None
    return {currency: tuple(one) for currency, one in sums.items()}


async def totals(stack: Stack, tenant: UUID, **wanted: Any) -> dict[str, tuple[Any, ...]]:
    found = await stack.call(tenant, "GET", "/v1/sales/totals", **wanted)
    amounts = ("price", "fees", "net")
    return {
        one["currency"]: (one["count"], *(Decimal(one[n]) for n in amounts), one["fees_unknown"])
        for one in found
    }


def spans() -> list[dict[str, str]]:
    found = []
    for since, until in PERIODS:
        period = {"since": since, "until": until}
        found.append({name: (SOLD_AT + at).isoformat() for name, at in period.items() if at is not None})
    return found


@pytest.mark.parametrize("seed", range(1))
async def test_totals_are_what_the_list_adds_up_to(stack: Stack, seed: int) -> None:
    shop, dice = Shop(), random.Random(seed)
    stack.clock.forward(days=4)
    await stack.agree(shop.tenant)
    sales, said = history(shop, dice)
    for start in range(0, len(said), 17):
        batch = said[start : start + 17]
        for subscriber, topics in (("sales", "sale."), ("stock", "listing."), ("delists", "delist.")):
            facts = [fact for fact in batch if fact.topic.startswith(topics)]
            await run_batch(stack.service.routers[0], subscriber, facts, stack.database)
    await stack.confirm(shop.tenant, *dice.sample(sales, 25))
    for undo in (False, True):
        body = {"sale_ids": [str(sale) for sale in dice.sample(sales, 8)], "undo": undo}
        await stack.call(shop.tenant, "POST", "/v1/sales/remove", body)
    for wanted in FILTERS:
        for period in spans():
            asked = {**wanted, **period}
            assert await totals(stack, shop.tenant, **asked) == await listed(stack, shop.tenant, **asked), (
                asked
            )


async def test_sums_follow_whoever_changes_a_sale_and_are_no_other_tenants(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(), shop.another().line(), Shop().line())
    async with stack.database.bus((shop.tenant,)) as uow:
        await uow.conn.execute(
            text("update sales set price = 30, net = null where sale_id = :id"), {"id": shop.sale}
        )
    assert await totals(stack, shop.tenant) == {"GBP": (2, Decimal(55), Decimal("6.42"), Decimal("25.29"), 1)}


async def test_many_at_once_lose_nothing(stack: Stack, shop: Shop) -> None:
    """Batches of three subscribers and people, all at once, on the same days."""
    ours = [shop.another(article=uuid4()) for _ in range(60)]
    parts = [ours[number::4] for number in range(4)]
    router, database = stack.service.routers[0], stack.database

    async def lines(part: list[Shop]) -> None:
        await run_batch(router, "sales", [one.line() for one in part], database)

    async def owners(part: list[Shop]) -> None:
        await run_batch(router, "stock", [one.sold(OwnerKind.CONSIGNED) for one in part], database)

    async def people(part: list[Shop]) -> None:
        await stack.confirm(shop.tenant, *(one.sale for one in part))

    await asyncio.gather(*(act(part) for part in parts for act in (lines, owners)))
    await asyncio.gather(*(people(part) for part in parts), people(ours), people(ours[::-1]))
    expected = {"GBP": (60, Decimal(1500), Decimal("192.60"), Decimal("1517.40"), 0)}
    assert await totals(stack, shop.tenant, status="not_paid") == expected
    assert await totals(stack, shop.tenant) == expected


async def test_periods_at_the_ends_of_time_are_added_up_too(stack: Stack, shop: Shop) -> None:
    late = shop.another()
    await stack.hear(shop.line(), late.line(sold_at=datetime.max.replace(tzinfo=UTC)))
    for asked, count in (
        ({"since": "0001-01-01T00:00:00Z"}, 2),
        ({"since": "9999-12-31T23:00:00Z"}, 1),
        ({"until": "9999-12-31T23:00:00Z"}, 1),
        ({"since": "2026-03-01T00:00:00Z", "until": "9999-12-31T00:00:00Z"}, 1),
    ):
        found = await totals(stack, shop.tenant, **asked)
        assert found["GBP"][0] == count, asked


async def test_an_erased_tenants_sums_are_gone(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line())
    await stack.hear(TenantErased(tenant_id=shop.tenant, erased_at=SOLD_AT))
    async with stack.database.bus((shop.tenant,)) as uow:
        assert (await uow.conn.execute(text("select count(*) from sale_sums"))).scalar_one() == 0
