"""Chores that every connected shop has: begun for those that have none, whatever became of theirs."""

from __future__ import annotations

from datetime import timedelta

from connector_kit import store as shared_store
from connector_kit.store import Chore
from kit.unit_of_work import UnitOfWork

_SLOTS = 60


async def plan_for_all(uow: UnitOfWork, kind: str, every: timedelta, limit: int) -> int:
    """Have a chore of this kind done for connected shops without one, spread over `every`; how many there were. Bus role."""
    chores = await shared_store.accounts_without(uow, kind, limit)
    slots: dict[int, list[Chore]] = {}
    for chore in chores:
        slots.setdefault(chore.account_id.int % _SLOTS, []).append(chore)
    for slot, together in sorted(slots.items()):
        await shared_store.plan_chores(uow, together, uow.now + every * slot / _SLOTS)
    return len(chores)
