"""What is due: a grace over, a retry, a pause lifted, a deadline passed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store
from delist_orchestrator.domain import Key
from delist_orchestrator.usecases.follow import Conduct, conclude

Due = tuple[UUID, Key]


async def claim(uow: UnitOfWork, limit: int) -> list[Due]:
    """Lease what is due to this process."""
    return await store.claim_due(uow, limit)


async def look(uow: UnitOfWork, due: Sequence[Due], conduct: Conduct) -> None:
    """Let what is due happen to the leased steps; safe to repeat, each step says itself what is due."""
    tenants = {tenant for tenant, _ in due}
    keys = [key for _, key in due]
    await uow.allow(tenants)
    await store.share_rules(uow)
    listings = await store.lock_known(uow, {listing for listing, _ in keys})
    board = await store.load_board(uow, listings, keys)
    rules = await store.load_rules(uow, tenants, conduct.timing)
    for key in keys:
        board.look(key, rules)
    await conclude(uow, board, ())
    await store.requeue(uow, keys, [board.steps[key] for key in keys if key in board.steps])
