"""SQL of the token buckets. The server's clock counts, so that replicas agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

_ENSURE = text(
    "insert into budgets (scope, capacity, per_second, tokens, refilled_at) "
    "values (:scope, :capacity, :rate, :capacity, clock_timestamp()) on conflict do nothing"
)
_BORROW = text(
    """
with held as (
  select scope, capacity, per_second, clock_timestamp() as at, blocked_until,
    least(capacity, tokens + per_second * greatest(0, extract(epoch from clock_timestamp() - refilled_at))) as have
  from budgets where scope = :scope for update
), granted as (
  select held.*, case
      when blocked_until > at or have - capacity * :reserve < :least then 0
      else least(:most, have - capacity * :reserve) end as points
  from held
)
update budgets set tokens = granted.have - granted.points, refilled_at = greatest(budgets.refilled_at, granted.at)
from granted where budgets.scope = granted.scope
returning granted.points, granted.have, granted.capacity, granted.per_second,
  greatest(0, extract(epoch from granted.blocked_until - granted.at)) as blocked
"""
)
_BLOCK = text(
    "update budgets set blocked_until = greatest(blocked_until, clock_timestamp() + cast(:pause as interval)), "
    "tokens = 0, refilled_at = clock_timestamp() + cast(:pause as interval) where scope = :scope"
)
_CORRECT = text(
    "update budgets set capacity = :capacity, per_second = :rate, tokens = least(tokens, :available) "
    "where scope = :scope and (capacity <> :capacity or per_second <> :rate or tokens > :available + 0.25 * :capacity)"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """Points taken from a bucket; 0 with the seconds until there should be enough. `left` is what it holds after that."""

    points: float
    wait: float
    left: float = 0.0


async def borrow(
    uow: UnitOfWork,
    scope: str,
    *,
    capacity: float,
    per_second: float,
    least: float,
    most: float,
    reserve: float,
) -> Grant:
    """Take between `least` and `most` points, leaving the reserve's share; nothing when that is not to be had."""
    values = {"scope": scope, "capacity": capacity, "rate": per_second}
    asked = {"scope": scope, "least": least, "most": most, "reserve": reserve}
    row = (await uow.conn.execute(_BORROW, asked)).one_or_none()
    if row is None:
        await uow.conn.execute(_ENSURE, values)
        row = (await uow.conn.execute(_BORROW, asked)).one_or_none()
    if row is None:  # its account was erased in between
        return Grant(0.0, 1.0)
    missing = least + row.capacity * reserve - row.have
    wait = max(float(row.blocked or 0), missing / max(row.per_second, 0.001))
    return Grant(row.points, wait, left=row.have - row.points)


async def block_budget(uow: UnitOfWork, scope: str, pause: timedelta) -> None:
    """Nobody draws from the scope for `pause`; it is empty then, and refills from there."""
    await uow.conn.execute(_BLOCK, {"scope": scope, "pause": pause})


async def correct_budget(
    uow: UnitOfWork, scope: str, capacity: float, per_second: float, available: float
) -> None:
    """Take over what the marketplace says of its bucket, where ours is off by more than a quarter."""
    values = {"scope": scope, "capacity": capacity, "rate": per_second, "available": available}
    await uow.conn.execute(_CORRECT, values)


async def prune_budgets(uow: UnitOfWork, undrawn: timedelta) -> int:
    """Forget buckets that nobody drew from for so long; how many. Whoever is asked by name makes one for each."""
    old = text(
        "delete from budgets where refilled_at < clock_timestamp() - cast(:undrawn as interval) "
        "and coalesce(blocked_until, refilled_at) < clock_timestamp()"
    )
    return (await uow.conn.execute(old, {"undrawn": undrawn})).rowcount
