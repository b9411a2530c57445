"""People's decisions on steps: approve, retry, skip, mark done; a result for each."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store
from delist_orchestrator.domain import REFUSALS, Command, IllegalMoveError, Key, StepState, act
from delist_orchestrator.usecases.follow import Conduct, conclude

Answer = tuple[UUID, int, StepState | None, str | None]


async def command(
    uow: UnitOfWork,
    tenant_id: UUID,
    by: str,
    what: Command,
    keys: Collection[Key],
    sales: Collection[UUID],
    reason: str | None,
    conduct: Conduct,
) -> list[Answer]:
    """Act on the named steps and on all of these sales that allow it: (listing, version, state, refusal) of each."""
    await store.share_rules(uow)
    wanted = sorted({*keys, *await store.keys_of_sales(uow, sales, what)})
    listings = await store.lock_known(uow, {listing for listing, _ in wanted})
    board = await store.load_board(uow, listings, wanted)
    rules = await store.load_rules(uow, {tenant_id}, conduct.timing)
    answers: list[Answer] = []
    for key in wanted:
        if key not in board.steps:
            answers.append((*key, None, "There is no such listing in the Delist tab."))
            continue
        try:
            board.command(key, lambda step: act(step, what, rules, uow.now, reason))
        except IllegalMoveError as refused:
            answers.append((*key, refused.state, REFUSALS[refused.state]))
        else:
            answers.append((*key, board.steps[key].state, None))
    moved = [(listing, version) for listing, version, _, refusal in answers if refusal is None]
    await store.save_decisions(uow, tenant_id, moved, what, by, reason, uow.now)
    await conclude(uow, board, ())
    return answers
