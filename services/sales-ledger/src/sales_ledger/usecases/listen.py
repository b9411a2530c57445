"""What the bus tells: each source's word is put beside the others', whichever comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from sales_ledger import store
from sales_ledger.domain import Payout, Turn, Word
from sales_ledger.usecases.record import record_and_say


async def listen(uow: UnitOfWork, words: Sequence[Word]) -> None:
    """Apply the words to their sales, keep the books, and say each sale whose state is another now."""
    before = await store.lock_or_start(uow, {word.sale_id: word.tenant_id for word in words})
    after = dict(before)
    for word in words:
        after[word.sale_id] = word.apply(after[word.sale_id])
    await record_and_say(uow, [Turn(before[sale_id], after[sale_id]) for sale_id in sorted(after)])


async def settle(uow: UnitOfWork, payouts: Sequence[Payout]) -> None:
    """A marketplace paid out: move what it owed to the bank, by the difference to what was booked."""
    newer = await store.newer_payouts(uow, payouts)
    posted = await store.posted(uow, [payout.payout_key for payout in newer])
    await store.post(uow, [p for payout in newer for p in payout.restate(posted.get(payout.payout_key, {}))])
    await store.save_payouts(uow, newer)


async def forget(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Delete all of a tenant; later events of it, replays included, are dropped."""
    await store.erase(uow, tenant_id, at)
