"""Batches from the bus: targets become steps, outcomes move them, and what changed is said."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from uuid import UUID

from kit.logs import logger
from kit.unit_of_work import UnitOfWork
from prometheus_client import Counter, Histogram

from delist_orchestrator import store, wire
from delist_orchestrator.domain import Board, Brake, Chapter, Delist, Demand, Result, Timing, latest
from delist_orchestrator.usecases.brake import braked

log = logger(__name__)

exposure_seconds = Histogram(
    "soldwire_exposure_seconds",
    "How long a listing stayed for sale after its article sold.",
    ["platform"],
    buckets=(0.1, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 86400),
)
steps_overdue = Counter("soldwire_steps_overdue", "Steps whose deadline passed.", ["platform"])


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the process is set to: times, the brake, and what wakes the sweep."""

    timing: Timing
    brake: Brake
    wake: Callable[[], None]


async def follow(uow: UnitOfWork, demands: Sequence[Demand], conduct: Conduct) -> None:
    """Open a step per listing that sales and stock changes want changed, and send those that may go."""
    await store.share_rules(uow)
    listings = await store.lock_listings(uow, demands, ())
    keys = [(wanted.listing_id, wanted.version) for demand in demands for wanted in demand.wanted]
    board = await store.load_board(uow, listings, keys)
    rules = await store.load_rules(uow, {demand.tenant_id for demand in demands}, conduct.timing)
    rules = await braked(uow, demands, board, rules, conduct.brake)
    for demand in demands:
        board.demand(demand, rules, _jitter())
    await conclude(uow, board, [demand.delist for demand in demands if demand.delist is not None])


async def note(uow: UnitOfWork, results: Sequence[Result], conduct: Conduct) -> None:
    """Apply what connectors say of their targets."""
    await store.share_rules(uow)
    listings = await store.lock_listings(uow, (), results)
    board = await store.load_board(uow, listings, [result.key for result in results])
    rules = await store.load_rules(uow, {result.tenant_id for result in results}, conduct.timing)
    for result in results:
        board.result(result, rules, _jitter())
    await conclude(uow, board, ())


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads retries, guards nothing


async def conclude(uow: UnitOfWork, board: Board, new: Sequence[Delist]) -> None:
    """Save the board, send the targets that may go, and say each changed delist once."""
    await store.save_board(uow, board)
    for step in board.asked:
        if board.steps[step.key] == step:  # a newer version in the same batch makes sending it pointless
            uow.emit(wire.listing_target(step), traceparent=step.traceparent, test=step.test)
    await store.start_delists(uow, new)
    for chapter in await _chapters(uow, board.sales(), new):
        for fact in wire.progress(chapter):
            uow.emit(fact, traceparent=chapter.delist.traceparent, test=chapter.delist.test)
        if chapter.completed_now:
            _measure(chapter)
    for step in board.late:
        steps_overdue.labels(step.platform).inc()
        log.warning("step overdue", listing=str(step.listing_id), version=step.version, state=step.state)


async def _chapters(uow: UnitOfWork, sales: Collection[UUID], words: Sequence[Delist]) -> list[Chapter]:
    """The next revision of each of these delists, inventory's words on them taken over, saved."""
    before = await store.lock_delists(uow, {*sales, *(word.sale_id for word in words)})
    steps = await store.steps_of_sales(uow, [delist.sale_id for delist in before])
    words_on: dict[UUID, list[Delist]] = defaultdict(list)
    for word in words:
        words_on[word.sale_id].append(word)
    chapters = []
    for delist in before:
        own = steps.get(delist.sale_id, [])
        told = reduce(Delist.retold, words_on[delist.sale_id], delist)
        turned = told.turned(own, uow.now)
        completed_now = turned.completed_at is not None and delist.completed_at is None
        chapters.append(Chapter(turned, own, completed_now))
    await store.save_delists(uow, [chapter.delist for chapter in chapters])
    return chapters


def _measure(chapter: Chapter) -> None:
    for step in latest(chapter.steps):
        if step.exposure is not None and not step.sold_here:
            exposure_seconds.labels(step.platform).observe(step.exposure.total_seconds())
