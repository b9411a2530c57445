"""SQL of the books: accounts, postings, entries, payouts. A deferred trigger refuses what does not balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kit import bulk
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from sales_ledger import tables
from sales_ledger.domain import Balances, Payout, Posting, type_of
from sales_ledger.store.payouts import replace_lines
from sales_ledger.store.rows import PAYOUT_LINES

_POSTED = text(
    "select subject_id, kind, account, currency, sum(amount) as amount from entries "
    "where subject_id = any(:subjects) group by subject_id, kind, account, currency having sum(amount) <> 0"
)
_BALANCES = text(
    "select b.account, a.type, b.currency, sum(b.amount) as amount from balances b "
    "join accounts a on a.tenant_id = b.tenant_id and a.code = b.account "
    "where b.tenant_id = :tenant group by b.account, a.type, b.currency order by b.account, b.currency"
)
_REVISIONS = text(
    "select payout_key, revision from payouts where payout_key = any(:keys) order by payout_key for update"
)

Kinds = dict[str, dict[tuple[str, str], Decimal]]


async def posted(uow: UnitOfWork, subjects: Sequence[UUID]) -> dict[UUID, Balances]:
    """What is posted so far of these sales or payouts, by kind."""
    sums: dict[UUID, Kinds] = defaultdict(lambda: defaultdict(dict))
    for row in await uow.conn.execute(_POSTED, {"subjects": list(subjects)}):
        sums[row.subject_id][row.kind][row.account, row.currency] = row.amount
    return dict(sums)


async def post(uow: UnitOfWork, postings: Sequence[Posting]) -> None:
    """Append postings. A second one of the same subject, kind and reference is refused by the database (I3)."""
    if not postings:
        return
    used = {(p.tenant_id, entry.account) for p in postings for entry in p.entries}
    chart = [{"tenant_id": tenant, "code": code, "type": type_of(code)} for tenant, code in used]
    await bulk.upsert(uow.conn, tables.accounts, chart, replace=False)
    numbered = [(new_id(), posting) for posting in postings]
    await bulk.upsert(
        uow.conn,
        tables.postings,
        [
            {
                "id": posting_id,
                "tenant_id": p.tenant_id,
                "subject_id": p.subject_id,
                "kind": p.kind,
                "reference": p.reference,
                "posted_at": uow.now,
            }
            for posting_id, p in numbered
        ],
    )
    entries = [row for pid, p in numbered for row in _entry_rows(pid, p, uow.now)]
    await bulk.upsert(uow.conn, tables.entries, entries)


def _entry_rows(posting_id: UUID, posting: Posting, at: datetime) -> list[dict[str, object]]:
    return [
        {
            "posting_id": posting_id,
            "position": position,
            "tenant_id": posting.tenant_id,
            "subject_id": posting.subject_id,
            "kind": posting.kind,
            "account": entry.account,
            "currency": entry.amount.currency,
            "amount": entry.amount.amount,
            "posted_at": at,
        }
        for position, entry in enumerate(posting.entries)
    ]


async def balances(uow: UnitOfWork, tenant_id: UUID) -> list[tuple[str, str, str, Decimal]]:
    """(account, type, currency, amount) of every account; debits positive."""
    found = await uow.conn.execute(_BALANCES, {"tenant": tenant_id})
    return [(row.account, row.type, row.currency, row.amount) for row in found]


async def newer_payouts(uow: UnitOfWork, payouts: Sequence[Payout]) -> list[Payout]:
    """The newest revision of each payout, those only that the books don't hold yet; their rows are locked."""
    newest = {p.payout_key: p for p in sorted(payouts, key=lambda p: p.revision)}
    await bulk.upsert(uow.conn, tables.payouts, [_payout_row(p, 0) for p in newest.values()], replace=False)
    found = await uow.conn.execute(_REVISIONS, {"keys": list(newest)})
    held = {row.payout_key: row.revision for row in found}
    return [p for key, p in sorted(newest.items()) if p.revision > held.get(key, 0)]


async def save_payouts(uow: UnitOfWork, payouts: Sequence[Payout]) -> None:
    """Write payouts as they are now, each with its transactions."""
    await bulk.upsert(uow.conn, tables.payouts, [_payout_row(p, p.revision) for p in payouts])
    await replace_lines(uow, payouts)


def _payout_row(payout: Payout, revision: int) -> dict[str, object]:
    return {
        "payout_key": payout.payout_key,
        "tenant_id": payout.tenant_id,
        "account_id": payout.account_id,
        "platform": payout.platform,
        "payout_id": payout.payout_id,
        "revision": revision,
        "amount": payout.amount.amount,
        "currency": payout.amount.currency,
        "paid_at": payout.paid_at,
        "lines": PAYOUT_LINES.dump_python(payout.lines, mode="json"),
    }
