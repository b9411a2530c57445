"""Writing sales down: revision, row, postings, in one go for a batch."""

from __future__ import annotations

from collections.abc import Sequence

from kit.unit_of_work import UnitOfWork

from sales_ledger import store
from sales_ledger.domain import Sale, Turn, restate


async def record(uow: UnitOfWork, turns: Sequence[Turn]) -> list[Turn]:
    """Save what changed and bring the books to it; returns the turns with revision and times, in sale order."""
    changed = [turn.dated(uow.now) for turn in turns if turn.after != turn.before]
    if not changed:
        return []
    await store.save(uow, changed)
    said = [turn.after for turn in changed if turn.is_said]
    await _post(uow, said)
    return changed


async def _post(uow: UnitOfWork, sales: Sequence[Sale]) -> None:
    if not sales:
        return
    posted = await store.posted(uow, [sale.sale_id for sale in sales])
    await store.post(
        uow,
        [posting for s in sales for posting in restate(s, posted.get(s.sale_id, {}), f"r{s.revision}")],
    )
