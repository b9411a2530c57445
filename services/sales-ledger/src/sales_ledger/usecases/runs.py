"""Payout runs: drawn, approved, paid, cancelled, and taken back when the transfer came back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from kit.errors import Invalid, NotFound, Refused
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork

from sales_ledger import store, wire
from sales_ledger.domain import (
    Act,
    IllegalMoveError,
    Run,
    RunLine,
    RunMove,
    RunState,
    Sale,
    Turn,
    draw,
    due_of,
)
from sales_ledger.domain import runs as rules
from sales_ledger.usecases.decisions import Person
from sales_ledger.usecases.record import record, record_and_say

NOT_CONSIGNED = "This is no consigned sale."


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a person asks a run to take up: what is due in a currency until a time, of some consignors or sales or all."""

    currency: str
    due_until: datetime | None
    consignor_ids: tuple[UUID, ...] = ()
    sale_ids: tuple[UUID, ...] = ()


async def draw_run(uow: UnitOfWork, who: Person, new: NewRun, most: int) -> Run:
    """Draft a run of what is due. Raises Refused where nothing is, or more than `most` sales; Invalid for both narrowings."""
    if new.consignor_ids and new.sale_ids:
        raise Invalid("two_choices", "Choose consignors or sales, not both.")
    run = Run(
        run_id=new_id(),
        tenant_id=who.tenant_id,
        currency=new.currency,
        due_until=new.due_until or uow.now,
        consignor_ids=new.consignor_ids,
        sale_ids=new.sale_ids,
        acts=(Act("draw", who.name, uow.now, who.reason),),
    )
    drawn = await _draw(uow, run, (), most)
    if drawn.total <= 0:
        raise await _nothing_due(uow, drawn)
    return drawn


async def _nothing_due(uow: UnitOfWork, run: Run) -> Refused:
    """Why no consignor, and none of the sales it was to pay, came into a run."""
    sales = await store.recorded(uow, run.tenant_id, run.sale_ids)
    waits = {sale_id: due_of(sale, run.due_until) for sale_id, sale in sales.items()}
    return Refused(
        "nothing_due",
        "Nothing is due that a run could pay.",
        left_out={str(out.consignor_id): out.why for out in run.left_out},
        sales={str(sale_id): due.why_not if due else NOT_CONSIGNED for sale_id, due in waits.items()},
    )


async def _draw(uow: UnitOfWork, run: Run, held: Sequence[RunLine], most: int) -> Run:
    """Let go what the run holds and take up what is due now; its row is locked already, or new."""
    found = {*await store.candidates(uow, run, most + 1), *(line.sale_id for line in held)}
    if len(found) > most:
        raise Refused(
            "too_many_sales", f"More than {most} sales are due; choose some consignors or an earlier time."
        )
    before = await store.lock(uow, list(found))
    free = {sale_id: rules.release(sale, run.run_id) for sale_id, sale in before.items()}
    consignors = [sale.owned.consignor_id for sale in free.values() if sale.owned.consignor_id]
    known = await store.consignors_of(uow, run.tenant_id, consignors)
    drawn = draw(free.values(), run, known)
    taken = {line.sale_id for line in drawn.lines}
    after = {s: rules.take(sale, run.run_id) if s in taken else sale for s, sale in free.items()}
    await record_and_say(uow, [Turn(before[sale_id], after[sale_id]) for sale_id in sorted(before)])
    run = replace(run, total=drawn.total, left_out=drawn.left_out)
    await store.save_run(uow, run)
    await store.replace_lines(uow, run, drawn.lines)
    return run


async def approve_run(uow: UnitOfWork, who: Person, run_id: UUID, most: int) -> tuple[Run, bool]:
    """Approve a draft whose figures still stand; else draw it anew and leave it a draft. True when it was approved.

    Whether they stand is looked at before any sale is locked too: drawing anew locks others with them, all in id order.
    Raises NotFound, and Refused for a run that is no draft, is not due yet, has nothing left, or changes this very moment.
    """
    run = await _locked(uow, who.tenant_id, run_id)
    approved = _moved(run, RunMove.APPROVE, who, uow.now)
    if run.due_until > uow.now:
        raise Refused(
            "not_due_yet",
            f"This run pays what is due until {run.due_until:%Y-%m-%d %H:%M} UTC; approve it then, or draw another for now.",
        )
    lines = await store.lines_of(uow, run)
    ids = [line.sale_id for line in lines]
    if rules.changed(lines, await store.recorded(uow, who.tenant_id, ids), run):
        redrawn = Act("redraw", who.name, uow.now, "The figures had changed.")
        return await _draw(uow, replace(run, acts=(*run.acts, redrawn)), lines, most), False
    if not lines:
        raise Refused("nothing_due", "Nothing is due in this run any more; cancel it.")
    if rules.changed(lines, await store.lock(uow, ids), run):
        raise Refused("changed_meanwhile", "Its figures changed this very moment; look again and approve.")
    await store.save_run(uow, approved)
    return approved, True


async def pay_run(uow: UnitOfWork, who: Person, run_id: UUID, method: str, reference: str) -> Run:
    """Record that an approved run was transferred: book it per sale and say so. Raises NotFound, Refused."""
    run = await _locked(uow, who.tenant_id, run_id)
    paid = replace(_moved(run, RunMove.PAY, who, uow.now), method=method, reference=reference)
    lines = {line.sale_id: line for line in await store.lines_of(uow, run)}

    def act(sale: Sale) -> Sale:
        return rules.pay(sale, run_id, lines[sale.sale_id].amount, run.currency, uow.now)

    await store.save_run(uow, paid)
    await _act_on(uow, replace(who, reason=f"{method}: {reference}"), lines, act, RunMove.PAY)
    return paid


async def unpay_run(uow: UnitOfWork, who: Person, run_id: UUID) -> Run:
    """Take a payment back whose transfer came back: the run is approved again. Raises NotFound, Refused."""
    run = await _locked(uow, who.tenant_id, run_id)
    approved = _moved(run, RunMove.UNPAY, who, uow.now)
    lines = [line.sale_id for line in await store.lines_of(uow, run)]
    await _act_on(uow, who, lines, lambda sale: rules.unpay(sale, run_id), RunMove.UNPAY)
    await store.save_run(uow, approved)
    return approved


async def cancel_run(uow: UnitOfWork, who: Person, run_id: UUID) -> Run:
    """Cancel a draft or approved run: its sales are free for another. Raises NotFound, Refused."""
    run = await _locked(uow, who.tenant_id, run_id)
    cancelled = _moved(run, RunMove.CANCEL, who, uow.now)
    held = await store.lock(uow, [line.sale_id for line in await store.lines_of(uow, run)])
    await record_and_say(uow, [Turn(sale, rules.release(sale, run_id)) for sale in held.values()])
    await store.save_run(uow, cancelled)
    return cancelled


async def _locked(uow: UnitOfWork, tenant_id: UUID, run_id: UUID) -> Run:
    run = await store.get_run(uow, tenant_id, run_id, lock=True)
    if run is None:
        raise NotFound("no_such_run", "There is no such payout run.")
    return run


def _moved(run: Run, what: RunMove, who: Person, now: datetime) -> Run:
    """The run after a move of its table. Raises Refused, saying who was first and when."""
    try:
        return run.move(what, Act(what.value, who.name, now, who.reason))
    except IllegalMoveError as refused:
        last = run.acts[-1]
        code = "already_paid" if run.state is RunState.PAID else "not_as_it_stands"
        raise Refused(
            code, str(refused), state=run.state.value, by=last.by, at=last.at.isoformat()
        ) from refused


async def _act_on(
    uow: UnitOfWork, who: Person, sales: Collection[UUID], act: Callable[[Sale], Sale], what: RunMove
) -> None:
    """Pay or unpay every sale of a run, say each, and keep who, when and why. Raises Refused."""
    held = await store.lock(uow, list(sales))
    try:
        turns = [Turn(sale, act(sale)) for sale in held.values()]
    except IllegalMoveError as refused:
        raise Refused("in_a_later_run", str(refused)) from refused
    for turn in await record(uow, turns):
        uow.emit(wire.sale_paid(turn.after), traceparent=turn.after.traceparent, test=turn.after.test)
    await store.save_changes(uow, who.tenant_id, list(held), what, who.name, who.reason)
