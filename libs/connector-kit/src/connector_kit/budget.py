"""Marketplace limits: token buckets in PostgreSQL rows, from which replicas borrow small chunks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum

from kit.database import Database
from kit.failpoints import Failpoint

from connector_kit import metrics, store
from connector_kit.errors import RATE_LIMITED, CallFailed


class Lane(IntEnum):
    """Who draws; the sale's way may use what is kept in reserve, a sync never."""

    LOWER = 0
    RAISE = 1
    ORDERS = 2
    SYNC = 3


RESERVE = {Lane.LOWER: 0.0, Lane.RAISE: 0.05, Lane.ORDERS: 0.1, Lane.SYNC: 0.5}
"""Share of a bucket each lane must leave to those before it."""

_PATIENCE = {Lane.LOWER: 2.0, Lane.RAISE: 5.0, Lane.ORDERS: 15.0, Lane.SYNC: 60.0}
_KEPT_SECONDS = 2.0
_CHUNK_CALLS = 20
_CHUNK_SHARE = 0.05
_BORROWED = Failpoint("budget.borrowed", "a chunk of a limit is borrowed, no call has drawn from it")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a marketplace: the bucket's key, how much it holds, how fast it refills (points a second)."""

    scope: str
    capacity: float
    per_second: float


@dataclass
class _Chunk:
    """Points borrowed by this process; given up after a moment, for the row then has refilled by as much anyway."""

    points: float = 0.0
    until: float = 0.0

    def take(self, points: float) -> bool:
        if time.monotonic() >= self.until or self.points < points:
            return False
        self.points -= points
        return True


class Budgets:
    """Draws points for calls. Shared by all clients of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chunks: dict[tuple[str, Lane], _Chunk] = {}
        self._locks: dict[tuple[str, Lane], asyncio.Lock] = {}
        self._closed: dict[str, float] = {}

    async def draw(self, limits: Sequence[tuple[Limit, float]], lane: Lane) -> None:
        """Take each limit's points, waiting for a refill as long as the lane is patient.

        Raises CallFailed (rate limited, with the time to come back) when that is too long. Nothing was sent then.
        """
        drawn = (self._draw(limit, points, lane) for limit, points in limits)
        with metrics.budget_waited.labels(lane.name.lower()).time():
            outcomes = await asyncio.gather(*drawn, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _draw(self, limit: Limit, points: float, lane: Lane) -> None:
        chunk = self._chunks.setdefault((limit.scope, lane), _Chunk())
        async with self._locks.setdefault((limit.scope, lane), asyncio.Lock()):
            deadline = time.monotonic() + _PATIENCE[lane]
            while (wait := self._closed_for(limit.scope)) or not chunk.take(points):
                wait = wait or await self._borrow(limit, points, lane, chunk)
                if wait and time.monotonic() + wait > deadline:
                    raise CallFailed(replace(RATE_LIMITED, retry_after=timedelta(seconds=wait)), limit.scope)
                await asyncio.sleep(wait)

    async def _borrow(self, limit: Limit, points: float, lane: Lane, chunk: _Chunk) -> float:
        """Borrow at least `points`; returns 0, or the seconds until there should be enough."""
        refill = limit.per_second * _KEPT_SECONDS  # what is given up unused must have refilled meanwhile
        want = max(points, min(points * _CHUNK_CALLS, limit.capacity * _CHUNK_SHARE, refill))
        async with self._database.autocommit() as uow:
            grant = await store.borrow(
                uow,
                limit.scope,
                capacity=limit.capacity,
                per_second=limit.per_second,
                least=points,
                most=want,
                reserve=RESERVE[lane],
            )
        _BORROWED.reached()
        metrics.budget_points.labels(limit.scope).set(grant.left)
        metrics.budget_capacity.labels(limit.scope).set(limit.capacity)
        metrics.budget_rate.labels(limit.scope).set(limit.per_second)
        if grant.points < points:
            return min(max(grant.wait, 0.05), 60.0)
        chunk.points, chunk.until = grant.points, time.monotonic() + _KEPT_SECONDS
        return 0.0

    async def block(self, scope: str, pause: timedelta) -> None:
        """The marketplace said to come back later: nobody draws from this scope until then.

        This process at once: a chunk whose borrowing is under way is lent before the row is blocked.
        """
        self._forget(scope)
        self._closed[scope] = max(self._closed.get(scope, 0.0), time.monotonic() + pause.total_seconds())
        async with self._database.autocommit() as uow:
            await store.block_budget(uow, scope, pause)

    def _closed_for(self, scope: str) -> float:
        """Seconds until calls may go out again as far as this process has heard."""
        return max(0.0, self._closed.get(scope, 0.0) - time.monotonic())

    async def observed(self, limit: Limit, available: float) -> None:
        """The marketplace told a limit's true size and level: take them over where ours is off."""
        self._forget(limit.scope)
        async with self._database.autocommit() as uow:
            await store.correct_budget(uow, limit.scope, limit.capacity, limit.per_second, available)

    def _forget(self, scope: str) -> None:
        for (known, _), chunk in self._chunks.items():
            if known == scope:
                chunk.points = 0.0
