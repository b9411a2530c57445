"""People's decisions on steps: approve, retry, skip, mark done; a result for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import Invalid
from kit.paging import cut
from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store
from delist_orchestrator.domain import (
    COMMANDS,
    REFUSALS,
    Command,
    IllegalMoveError,
    Key,
    StepFilter,
    StepState,
    act,
)
from delist_orchestrator.usecases.follow import Conduct, conclude
from delist_orchestrator.usecases.places import step_cursor, step_place

Answer = tuple[UUID, int, StepState | None, str | None]
MOST_AT_ONCE = 500
"""Steps that one command by filter acts on."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, and why."""

    tenant_id: UUID
    by: str
    what: Command
    reason: str | None


async def command(
    uow: UnitOfWork,
    decision: Decision,
    keys: Collection[Key],
    sales: Collection[UUID],
    conduct: Conduct,
) -> list[Answer]:
    """Act on the named steps and on all of these sales that allow it: (listing, version, state, refusal) of each."""
    await store.share_rules(uow)
    wanted = sorted({*keys, *await store.keys_of_sales(uow, sales, decision.what)})
    return await _act(uow, decision, wanted, conduct)


async def command_chosen(
    uow: UnitOfWork, decision: Decision, chosen: StepFilter, cursor: str | None, conduct: Conduct
) -> tuple[list[Answer], str | None]:
    """Act on all that a filter leaves in and that allow it, the oldest first: as many as one call may, and where to go on.

    Raises Invalid for a filter that leaves everything in, or only what the command is not for.
    """
    states = COMMANDS[decision.what][1]
    if chosen.is_empty:
        raise Invalid(
            "empty_filter", "Say which listings you mean: without a filter it would be all of them."
        )
    if chosen.state is not None and chosen.state not in states:
        raise Invalid(
            "wrong_state", f"{REFUSALS[chosen.state]} Leave the state out to act on all that allow it."
        )
    await store.share_rules(uow)
    after = step_place(cursor)
    places = await store.places_of(uow, decision.tenant_id, chosen, states, after, MOST_AT_ONCE)
    now, last = cut(places, MOST_AT_ONCE)
    answers = await _act(uow, decision, sorted((listing, version) for _, listing, version in now), conduct)
    return answers, step_cursor(last) if last else None


async def _act(uow: UnitOfWork, decision: Decision, wanted: Sequence[Key], conduct: Conduct) -> list[Answer]:
    listings = await store.lock_known(uow, {listing for listing, _ in wanted})
    board = await store.load_board(uow, listings, wanted)
    rules = await store.load_rules(uow, {decision.tenant_id}, conduct.timing)
    answers: list[Answer] = []
    for key in wanted:
        if key not in board.steps:
            answers.append((*key, None, "There is no such listing in the Delist tab."))
            continue
        try:
            board.command(key, lambda step: act(step, decision.what, rules, uow.now, decision.reason))
        except IllegalMoveError as refused:
            answers.append((*key, refused.state, REFUSALS[refused.state]))
        else:
            answers.append((*key, board.steps[key].state, None))
    moved = [(listing, version) for listing, version, _, refusal in answers if refusal is None]
    await store.save_decisions(
        uow, decision.tenant_id, moved, decision.what, decision.by, decision.reason, uow.now
    )
    await conclude(uow, board, ())
    return answers
