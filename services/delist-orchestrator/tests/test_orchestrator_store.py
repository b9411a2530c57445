"""The pure histories again, through the tables: what the store loads decides as what the tests of the rules load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from delist_orchestrator import store, usecases
from delist_orchestrator.domain import Brake, Demand, Key, Result, Step
from delist_orchestrator.usecases import Conduct
from orchestrator_history import NOW, TENANT, TIMING, Books
from orchestrator_shop import Stack
from orchestrator_world import EVENTS, history, shuffled
from soldwire_contracts.listings import ListingTarget

pytestmark = pytest.mark.bus
CONDUCT = Conduct(TIMING, Brake(10**6, 1.0, timedelta(minutes=10)), lambda: None)


async def hear(stack: Stack, facts: Sequence[Demand | Result]) -> None:
    """Targets and outcomes come by different subscribers."""
    async with stack.database.bus((TENANT,)) as uow:
        if demands := [fact for fact in facts if isinstance(fact, Demand)]:
            await usecases.follow(uow, demands, CONDUCT)
    async with stack.database.bus((TENANT,)) as uow:
        if results := [fact for fact in facts if isinstance(fact, Result)]:
            await usecases.note(uow, results, CONDUCT)


async def kept(stack: Stack, books: Books) -> dict[Key, Step]:
    listings = {listing: max(versions) for listing, versions in books.versions.items()}
    async with stack.database.bus((TENANT,)) as uow:
        board = await store.load_board(uow, listings, [(listing, 0) for listing in listings])
        return {key: timeless(step) for key, step in board.steps.items()}


def timeless(step: Step) -> Step:
    """But for when a retry is due, which has chance in it."""
    return replace(step, look_at=None)


@pytest.mark.parametrize("seed", range(3))
async def test_the_tables_end_where_the_rules_do(stack: Stack, seed: int) -> None:
    stack.clock.now = NOW
    books, random = Books(), Random(seed)
    facts = shuffled(random)(history(seed, EVENTS).parts[0])
    while facts:
        size = random.choice([1, 2, 5, 20])
        batch, facts = facts[:size], facts[size:]
        await hear(stack, batch)
        books.hear(*(fact for fact in batch if isinstance(fact, Demand)))
        books.hear(*(fact for fact in batch if isinstance(fact, Result)))
    expected = {key: timeless(step) for key, step in books.steps.items()}
    assert await kept(stack, books) == expected
    targets = [event.data for event in await stack.targets() if isinstance(event.data, ListingTarget)]
    assert [(t.listing_id, t.version) for t in targets] == [step.key for step in books.sent]
