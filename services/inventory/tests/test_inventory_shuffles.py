"""One history of two hundred events, through the handlers and PostgreSQL, in many orders and batches: it ends the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from inventory_shop import EVERYWHERE, SOLD, TEN, Shop, Stack, later
from soldwire_contracts import Fact
from soldwire_contracts.sales import (
    Refund,
    SaleCancelled,
    SaleDetected,
    SaleRefunded,
    SaleState,
    SaleUpdated,
    Shipment,
)
from soldwire_contracts.values import Money, Payment, Platform, Restock

pytestmark = pytest.mark.bus

SKUS = [f"A-{number}" for number in range(6)]
EVENTS = 200
ORDERS = 10


def next_state(said: SaleState, dice: random.Random) -> SaleState:
    """The line at its next revision: paid, sent, partly cancelled or refunded."""
    at = said.sold_at + timedelta(minutes=dice.randint(1, 500))
    kind = dice.choice((SaleUpdated, SaleCancelled, SaleRefunded))
    changes: dict[str, object] = {"payment": Payment.PAID}
    if kind is SaleUpdated and dice.random() < 0.5:
        changes["shipments"] = (Shipment(shipped_at=at),)
    if kind is SaleCancelled:
        units = dice.randint(said.cancelled_quantity, said.quantity)
        changes |= {"cancelled_quantity": units, "cancelled_at": at, "restock": dice.choice(list(Restock))}
    if kind is SaleRefunded:
        money = Money(amount=Decimal(3), currency=TEN.currency)
        refund = Refund(refund_id=str(said.revision), amount=money, quantity=1, at=at)
        changes |= {"refunds": (*said.refunds, refund), "payment": Payment.PARTLY_REFUNDED}
    return later(said, kind, said.revision + 1, **changes)


def history(shop: Shop, seed: int) -> list[Fact]:
    """Sales on every marketplace with their later states, some removed, and what a marketplace shows meanwhile."""
    dice = random.Random(seed)
    newest: dict[int, SaleState] = {}
    said: list[Fact] = []
    while len(said) < EVENTS - 20:
        if newest and dice.random() < 0.6:
            number = dice.choice(list(newest))
            newest[number] = next_state(newest[number], dice)
        else:
            number = len(newest)
            sale: SaleDetected = shop.sale(
                dice.choice(EVERYWHERE),
                sku=dice.choice(SKUS),
                order=str(number),
                quantity=dice.randint(1, 2),
                at=SOLD + timedelta(seconds=number),
                payment=dice.choice((Payment.PAID, Payment.UNPAID)),
                listing=dice.random() < 0.9,
            )
            newest[number] = sale
        said.append(newest[number])
    for number in dice.sample(sorted(newest), 5):
        said += [shop.removed(newest[number], removed=turn == 0, revision=turn + 2) for turn in range(2)]
    said += [
        shop.seen(Platform.DEPOP, sku=sku, quantity=dice.randint(0, 3), revision=2 + turn, settled=9999)
        for turn in range(2)
        for sku in SKUS[:5]
    ]
    return said


async def tell(stack: Stack, facts: Sequence[Fact], dice: random.Random) -> None:
    """In batches of any size, each subscriber its own."""
    left = list(facts)
    while left:
        batch, left = left[: (size := dice.randint(1, 60))], left[size:]
        seen = [fact for fact in batch if fact.topic_name() == "listing.observed"]
        await stack.listings(*seen) if seen else None
        await stack.sales(*(fact for fact in batch if fact not in seen))


async def end(stack: Stack, shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """All that counts, named by what is the same for every tenant."""
    queries = {
        "articles": "select sku, free, held, short from articles",
        "holds": "select h.sold_at, a.sku, h.held, h.outcome, h.revision, h.cancelled, h.given_back, h.removed, h.is_open, "
        "h.settled_back, h.written_off from holds h join articles a on a.id = h.article_id",
        "listings": "select platform, sku, observed_revision, observed_quantity from listings",
        "asked": "select h.sold_at, q.kind, q.units from questions q join holds h on h.sale_id = q.subject "
        "where q.answered_at is null",
        "unmatched": "select sold_at, revision from unmatched",
    }
    return {
        name: sorted((tuple(row) for row in await stack.rows(query, shop.tenant)), key=repr)
        for name, query in queries.items()
    }


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
async def test_two_hundred_events_end_the_same_in_whatever_order_and_batches(stack: Stack, seed: int) -> None:
    ends = []
    for turn in range(ORDERS):
        shop = stack.shop = Shop()
        opening = [shop.seen(platform, sku=sku, quantity=5) for platform in EVERYWHERE for sku in SKUS]
        await stack.listings(*opening)
        said, dice = history(shop, seed), random.Random(turn)
        assert len(said) == EVENTS
        await tell(stack, dice.sample(said, len(said)) if turn else said, dice)
        assert await stack.broken_invariants() == []
        ends.append(await end(stack, shop))
    assert ends[0]["asked"]
    assert any(short for *_, short in ends[0]["articles"])
    for other in ends[1:]:
        assert other == ends[0]
