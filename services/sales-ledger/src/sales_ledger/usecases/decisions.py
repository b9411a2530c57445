"""People's decisions on sales: confirm, remove, say whose it was or what was kept of it, and their undo; a result for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from kit.errors import Invalid
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Fact

from sales_ledger import store, wire
from sales_ledger.domain import Command, IllegalMoveError, Owned, OwnerKind, Sale, Status, Turn, status_of
from sales_ledger.domain import commands as rules
from sales_ledger.store import Filter
from sales_ledger.usecases import queries
from sales_ledger.usecases.record import record


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one sale of a decision; `refusal` says why nothing did."""

    sale_id: UUID
    status: Status | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, for which tenant, and why."""

    tenant_id: UUID
    name: str
    reason: str | None = None


async def confirm(uow: UnitOfWork, who: Person, sales: Sequence[UUID], *, undo: bool) -> list[Answer]:
    """Confirm sales of either kind, or take that back."""
    what = Command.UNCONFIRM if undo else Command.CONFIRM
    act: Callable[[Sale], Sale] = rules.unconfirm if undo else lambda sale: rules.confirm(sale, uow.now)
    return await _decide(
        uow, who, dict.fromkeys(sales, act), what, lambda turn: wire.sale_confirmed(turn.after)
    )


async def confirm_all(
    uow: UnitOfWork, who: Person, wanted: Filter, cursor: str | None, limit: int, *, undo: bool
) -> tuple[list[Answer], str | None]:
    """Confirm what a filter finds, or take that back, as many at once as `limit`; and the cursor to go on with."""
    sales, following = await queries.page(uow, who.tenant_id, wanted, cursor, limit)
    return await confirm(uow, who, [sale.sale_id for sale in sales], undo=undo), following


async def remove(
    uow: UnitOfWork,
    who: Person,
    sales: Sequence[UUID],
    undo_for: timedelta,
    *,
    still_have_it: bool | None,
    undo: bool,
) -> list[Answer]:
    """Remove wrong sales, or take that back. What reaches a marketplace waits until the undo has passed."""
    what = Command.RESTORE if undo else Command.REMOVE

    def act(sale: Sale) -> Sale:
        return rules.restore(sale) if undo else rules.remove(sale, uow.now, still_have_it=still_have_it)

    def fact(turn: Turn) -> Fact:
        said = turn.before.decisions.removal_said
        return wire.sale_removed(turn.after) if undo and said else wire.sale_recorded(turn.after)

    answers = await _decide(uow, who, dict.fromkeys(sales, act), what, fact)
    moved = [answer.sale_id for answer in answers if answer.refusal is None]
    if undo:
        await store.drop_removals(uow, moved)
    else:
        await store.schedule_removals(uow, who.tenant_id, moved, uow.now + undo_for)
    return answers


async def correct_owner(
    uow: UnitOfWork, who: Person, sales: Sequence[UUID], owner: Owned | None
) -> list[Answer]:
    """Say whose articles these sales were, or with None go back to inventory's word; what is posted follows.

    Raises Invalid for a consignor who is not in the list.
    """
    what = Command.UNCORRECT_OWNER if owner is None else Command.CORRECT_OWNER
    act = rules.uncorrect_owner if owner is None else lambda sale: rules.correct_owner(sale, owner)
    return await _decide(
        uow,
        who,
        dict.fromkeys(sales, act),
        what,
        lambda turn: wire.sale_recorded(turn.after),
        detail=None if owner is None else await _named(uow, who.tenant_id, owner),
    )


async def give_fees(
    uow: UnitOfWork, who: Person, sales: Sequence[UUID], fees: Decimal | None
) -> list[Answer]:
    """Say what was kept of each sale that its marketplace has told no fees of, or with None wait for its word again."""
    what = Command.UNGIVE_FEES if fees is None else Command.GIVE_FEES
    act = rules.ungive_fees if fees is None else lambda sale: rules.give_fees(sale, fees)
    return await _decide(
        uow,
        who,
        dict.fromkeys(sales, act),
        what,
        lambda turn: wire.sale_recorded(turn.after),
        detail=None if fees is None else f"{fees:f}",
    )


async def _named(uow: UnitOfWork, tenant_id: UUID, owner: Owned) -> str:
    """An owner as the log of changes says it."""
    if owner.kind is not OwnerKind.CONSIGNED or owner.consignor_id is None:
        return owner.kind.value
    found = await store.consignors_of(uow, tenant_id, [owner.consignor_id])
    if owner.consignor_id not in found:
        raise Invalid("no_such_consignor", "There is no such consignor; choose one of your list.")
    return f"{owner.kind.value}: {found[owner.consignor_id].profile.code}"


async def _decide(
    uow: UnitOfWork,
    who: Person,
    acts: Mapping[UUID, Callable[[Sale], Sale]],
    what: Command,
    fact: Callable[[Turn], Fact],
    *,
    detail: str | None = None,
) -> list[Answer]:
    """Let each sale's rule decide; refusals are answers, not errors. Who, when and why is kept of the rest."""
    held = await store.lock(uow, list(acts))
    turns: list[Turn] = []
    refusals: dict[UUID, str] = {sale: "There is no such sale." for sale in acts if sale not in held}
    for sale_id, before in held.items():
        try:
            turns.append(Turn(before, acts[sale_id](before)))
        except IllegalMoveError as refused:
            refusals[sale_id] = str(refused)
    after = dict(held)
    for turn in await record(uow, turns):
        after[turn.after.sale_id] = turn.after
        uow.emit(fact(turn), traceparent=turn.after.traceparent, test=turn.after.test)
    moved = [sale for sale in acts if sale not in refusals]
    await store.save_changes(uow, who.tenant_id, moved, what, who.name, who.reason, detail)
    return [
        Answer(sale, status_of(after[sale]) if sale in after else None, refusals.get(sale)) for sale in acts
    ]
