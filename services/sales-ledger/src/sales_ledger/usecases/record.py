"""Writing sales down: the terms they take, revision, row, postings, in one go for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kit.unit_of_work import UnitOfWork

from sales_ledger import store, wire
from sales_ledger.domain import Sale, Turn, lacks_terms, restate, with_terms


async def record(uow: UnitOfWork, turns: Sequence[Turn]) -> list[Turn]:
    """Save what changed and bring the books to it; returns the turns with revision and times, in sale order."""
    known = await _with_terms(uow, turns)
    changed = [turn.dated(uow.now) for turn in known if turn.after != turn.before]
    if not changed:
        return []
    await store.save(uow, changed)
    await _post(uow, [turn.after for turn in changed if turn.is_said and not turn.after.test])
    return changed


async def record_and_say(uow: UnitOfWork, turns: Sequence[Turn]) -> None:
    """Record, and say each sale whose state is another now."""
    for turn in await record(uow, turns):
        if turn.is_said:
            sale = turn.after
            uow.emit(wire.sale_recorded(sale), traceparent=sale.traceparent, test=sale.test)


async def _with_terms(uow: UnitOfWork, turns: Sequence[Turn]) -> list[Turn]:
    """Let consigned sales take the terms of their time; nobody adds any meanwhile."""
    lacking = [turn.after for turn in turns if lacks_terms(turn.after)]
    history = await store.terms_for(uow, lacking) if lacking else {}
    return [
        replace(turn, after=with_terms(turn.after, history.get(turn.after.tenant_id, ()))) for turn in turns
    ]


async def _post(uow: UnitOfWork, sales: Sequence[Sale]) -> None:
    if not sales:
        return
    posted = await store.posted(uow, [sale.sale_id for sale in sales])
    await store.post(
        uow,
        [posting for s in sales for posting in restate(s, posted.get(s.sale_id, {}), f"r{s.revision}")],
    )
