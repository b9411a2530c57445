"""SQL of payout runs: their lines, what is due of which consignor, and the sales a run may take up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from pydantic import TypeAdapter
from sqlalchemy import select, text, tuple_

from sales_ledger import tables
from sales_ledger.domain import OPEN, Act, DueSum, LeftOut, Run, RunLine, RunState, RunSum

_r = tables.payout_runs.c
_l = tables.payout_run_lines.c
_ACTS: TypeAdapter[tuple[Act, ...]] = TypeAdapter(tuple[Act, ...])
_LEFT_OUT: TypeAdapter[tuple[LeftOut, ...]] = TypeAdapter(tuple[LeftOut, ...])
_IDS: TypeAdapter[tuple[UUID, ...]] = TypeAdapter(tuple[UUID, ...])
# What is to be taken back waits for no return window.
_IS_DUE = "(due_at <= :until or payable < 0)"
_FREE = f"tenant_id = :tenant and is_payable and run_id is null and currency = :currency and {_IS_DUE}"
_OF_CONSIGNORS = "(:everyone or consignor_id = any(cast(:consignors as uuid[])))"
_CANDIDATES = text(
    f"select sale_id from sales where {_FREE} and {_OF_CONSIGNORS} limit :limit"  # noqa: S608 - constants
)
_NAMED = text(
    f"with named as (select sale_id, consignor_id from sales where {_FREE} "  # noqa: S608 - constants
    "and sale_id = any(cast(:sales as uuid[]))) "
    "select sale_id from named union "
    f"select sale_id from sales where {_FREE} and payable < 0 "
    "and consignor_id in (select consignor_id from named) limit :limit"
)
_DUE = text(
    "select consignor_id, currency, "  # noqa: S608 - constants
    f"coalesce(sum(payable) filter (where run_id is null and payable > 0 and {_IS_DUE}), 0) as due, "
    "coalesce(sum(payable) filter (where run_id is null and payable < 0), 0) as clawbacks, "
    f"coalesce(sum(payable) filter (where run_id is null and not {_IS_DUE}), 0) as later, "
    f"min(due_at) filter (where run_id is null and not {_IS_DUE}) as next_due_at, "
    "coalesce(sum(payable) filter (where run_id is not null), 0) as in_runs "
    "from sales where tenant_id = :tenant and is_payable and consignor_id is not null "
    f"and {_OF_CONSIGNORS} and (cast(:after as uuid) is null or "
    "(consignor_id, currency) > (cast(:after as uuid), cast(:after_currency as text))) "
    "group by consignor_id, currency order by consignor_id, currency limit :limit"
)
_SUMS = text(
    "select consignor_id, count(*) as sales, coalesce(sum(amount) filter (where amount > 0), 0) as due, "
    "coalesce(sum(amount) filter (where amount < 0), 0) as clawbacks from payout_run_lines "
    "where run_id = :run and tenant_id = :tenant group by consignor_id order by consignor_id"
)
_DROP_LINES = text("delete from payout_run_lines where run_id = :run")
_SET_OPEN = text("update payout_run_lines set is_open = :open where run_id = :run")


def _run(row: Row) -> Run:
    return Run(
        run_id=row["id"],
        tenant_id=row["tenant_id"],
        currency=row["currency"],
        due_until=row["due_until"],
        consignor_ids=_IDS.validate_python(row["consignor_ids"]),
        sale_ids=_IDS.validate_python(row["sale_ids"]),
        state=RunState(row["state"]),
        total=row["total"],
        left_out=_LEFT_OUT.validate_python(row["left_out"]),
        method=row["method"],
        reference=row["reference"],
        acts=_ACTS.validate_python(row["acts"]),
    )


def _line(row: Row) -> RunLine:
    return RunLine(row["sale_id"], row["consignor_id"], row["amount"], row["share"], row["paid_before"])


async def candidates(uow: UnitOfWork, run: Run, limit: int) -> list[UUID]:
    """Sales the run may take up, at most `limit`; of a run of certain sales also what their consignors owe."""
    values = {
        "tenant": run.tenant_id,
        "currency": run.currency,
        "until": run.due_until,
        "limit": limit,
    }
    if run.sale_ids:
        found = await uow.conn.execute(_NAMED, {**values, "sales": list(run.sale_ids)})
    else:
        whom = {"everyone": not run.consignor_ids, "consignors": list(run.consignor_ids)}
        found = await uow.conn.execute(_CANDIDATES, {**values, **whom})
    return list(found.scalars())


async def due_sums(
    uow: UnitOfWork,
    tenant_id: UUID,
    until: datetime,
    *,
    limit: int,
    consignors: Collection[UUID] = (),
    after: tuple[UUID, str] | None = None,
) -> list[DueSum]:
    """By consignor and currency, one more than `limit` when there are more; of all consignors unless some are named."""
    values = {
        "tenant": tenant_id,
        "until": until,
        "everyone": not consignors,
        "consignors": list(consignors),
        "after": after[0] if after else None,
        "after_currency": after[1] if after else None,
        "limit": limit + 1,
    }
    return [DueSum(**dict(row)) for row in await uow.conn.execute(_DUE, values)]


async def get_run(uow: UnitOfWork, tenant_id: UUID, run_id: UUID, *, lock: bool = False) -> Run | None:
    """One run; with `lock` its row is locked, before any of its sales'."""
    query = select(tables.payout_runs).where(_r.tenant_id == tenant_id, _r.id == run_id)
    if lock:
        query = query.with_for_update()
    row = (await uow.conn.execute(query)).one_or_none()
    return _run(row) if row else None


async def runs_page(
    uow: UnitOfWork, tenant_id: UUID, states: Sequence[str], after: UUID | None, limit: int
) -> list[Run]:
    """The newest first, one more than `limit` when there are more."""
    query = select(tables.payout_runs).where(_r.tenant_id == tenant_id)
    if states:
        query = query.where(_r.state.in_(states))
    if after is not None:
        query = query.where(_r.id < after)
    return [_run(row) for row in await uow.conn.execute(query.order_by(_r.id.desc()).limit(limit + 1))]


async def save_run(uow: UnitOfWork, run: Run) -> None:
    """Write a run as it is now; its lines belong to it alone while it is a draft or approved."""
    row: dict[str, object] = {
        "id": run.run_id,
        "tenant_id": run.tenant_id,
        "currency": run.currency,
        "due_until": run.due_until,
        "consignor_ids": _IDS.dump_python(run.consignor_ids, mode="json"),
        "sale_ids": _IDS.dump_python(run.sale_ids, mode="json"),
        "state": run.state,
        "total": run.total,
        "left_out": _LEFT_OUT.dump_python(run.left_out, mode="json"),
        "method": run.method,
        "reference": run.reference,
        "acts": _ACTS.dump_python(run.acts, mode="json"),
    }
    await bulk.upsert(uow.conn, tables.payout_runs, [row])
    await uow.conn.execute(_SET_OPEN, {"run": run.run_id, "open": run.state in OPEN})


async def replace_lines(uow: UnitOfWork, run: Run, lines: Sequence[RunLine]) -> None:
    """What the run takes up from now on. The database refuses a sale that another open run has."""
    await uow.conn.execute(_DROP_LINES, {"run": run.run_id})
    await bulk.upsert(
        uow.conn,
        tables.payout_run_lines,
        [
            {
                "run_id": run.run_id,
                "consignor_id": line.consignor_id,
                "sale_id": line.sale_id,
                "tenant_id": run.tenant_id,
                "amount": line.amount,
                "share": line.share,
                "paid_before": line.paid_before,
                "is_open": run.state in OPEN,
            }
            for line in lines
        ],
    )


async def lines_of(uow: UnitOfWork, run: Run) -> list[RunLine]:
    """Every line of a run."""
    query = select(tables.payout_run_lines).where(_l.run_id == run.run_id, _l.tenant_id == run.tenant_id)
    return [_line(row) for row in await uow.conn.execute(query)]


async def lines_page(
    uow: UnitOfWork, run: Run, consignor_id: UUID | None, after: tuple[UUID, UUID] | None, limit: int
) -> list[RunLine]:
    """By consignor and sale, one more than `limit` when there are more."""
    query = select(tables.payout_run_lines).where(_l.run_id == run.run_id, _l.tenant_id == run.tenant_id)
    if consignor_id is not None:
        query = query.where(_l.consignor_id == consignor_id)
    if after is not None:
        query = query.where(tuple_(_l.consignor_id, _l.sale_id) > tuple_(*after))
    query = query.order_by(_l.consignor_id, _l.sale_id).limit(limit + 1)
    return [_line(row) for row in await uow.conn.execute(query)]


async def run_sums(uow: UnitOfWork, run: Run) -> list[RunSum]:
    """What the run pays each consignor."""
    found = await uow.conn.execute(_SUMS, {"run": run.run_id, "tenant": run.tenant_id})
    return [RunSum(**dict(row)) for row in found]
