"""What people see of payout runs, of what is due, and of a consignor's account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.errors import Invalid, NotFound
from kit.paging import cut, decode_cursor, encode_cursor, id_of
from kit.unit_of_work import UnitOfWork

from sales_ledger import store
from sales_ledger.domain import Consignor, DueSum, Run, RunLine, RunSum, Sale, Statement, statement
from sales_ledger.usecases.consignors import named_consignor

Named = dict[UUID, Consignor]
Period = tuple[datetime, datetime]
_MOST_ENTRIES = 10_000
_FIRST_YEAR, _LAST_YEAR = 1900, 9998


@dataclass(frozen=True, slots=True)
class RunFound:
    """A run with what it pays each consignor, and who they are."""

    run: Run
    sums: list[RunSum]
    named: Named


@dataclass(frozen=True, slots=True)
class RunLines:
    """A page of a run's lines with their sales, and the cursor of the next."""

    run: Run
    lines: list[tuple[RunLine, Sale | None]]
    following: str | None


async def run(uow: UnitOfWork, tenant_id: UUID, run_id: UUID) -> RunFound:
    """One run. Raises NotFound."""
    found = await store.get_run(uow, tenant_id, run_id)
    if found is None:
        raise NotFound("no_such_run", "There is no such payout run.")
    sums = await store.run_sums(uow, found)
    ids = {*(one.consignor_id for one in sums), *(out.consignor_id for out in found.left_out)}
    return RunFound(found, sums, await store.consignors_of(uow, tenant_id, ids))


async def runs_page(
    uow: UnitOfWork, tenant_id: UUID, states: Sequence[str], cursor: str | None, limit: int
) -> tuple[list[Run], str | None]:
    """A page of runs, newest first, and the cursor of the next."""
    after = id_of(decode_cursor(cursor, 1)[0]) if cursor is not None else None
    found = await store.runs_page(uow, tenant_id, states, after, limit)
    shown, last = cut(found, limit)
    return shown, encode_cursor(str(last.run_id)) if last else None


async def run_lines(
    uow: UnitOfWork,
    tenant_id: UUID,
    run_id: UUID,
    consignor_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> RunLines:
    """A page of a run's lines with their sales, by consignor. Raises NotFound."""
    found = (await run(uow, tenant_id, run_id)).run
    parts = decode_cursor(cursor, 2) if cursor is not None else None
    after = (id_of(parts[0]), id_of(parts[1])) if parts else None
    lines = await store.lines_page(uow, found, consignor_id, after, limit)
    shown, last = cut(lines, limit)
    sales = await store.recorded(uow, tenant_id, [line.sale_id for line in shown])
    following = encode_cursor(str(last.consignor_id), str(last.sale_id)) if last else None
    return RunLines(found, [(line, sales.get(line.sale_id)) for line in shown], following)


async def due_page(
    uow: UnitOfWork, tenant_id: UUID, until: datetime | None, cursor: str | None, limit: int
) -> tuple[list[DueSum], Named, str | None]:
    """What is due by consignor and currency until a time, or now; who they are; the cursor of the next page."""
    parts = decode_cursor(cursor, 2) if cursor is not None else None
    after = (id_of(parts[0]), str(parts[1])) if parts else None
    found = await store.due_sums(uow, tenant_id, until or uow.now, limit=limit, after=after)
    shown, last = cut(found, limit)
    following = encode_cursor(str(last.consignor_id), last.currency) if last else None
    return shown, await _named(uow, tenant_id, shown), following


async def _named(uow: UnitOfWork, tenant_id: UUID, sums: Iterable[DueSum]) -> Named:
    return await store.consignors_of(uow, tenant_id, {one.consignor_id for one in sums})


async def statement_of(
    uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID, currency: str, period: Period
) -> Statement:
    """What the books say of a consignor in a period. Raises NotFound; Invalid for a period that is none or too long."""
    since, until = period
    if until <= since or since.year < _FIRST_YEAR or until.year > _LAST_YEAR:
        raise Invalid(
            "bad_period",
            f"A statement's period must end after it begins, between the years {_FIRST_YEAR} and {_LAST_YEAR}.",
        )
    consignor = await named_consignor(uow, tenant_id, consignor_id)
    before = await store.opening(uow, tenant_id, consignor_id, currency, since)
    entries = await store.entries_of(uow, tenant_id, consignor_id, currency, period, _MOST_ENTRIES + 1)
    if len(entries) > _MOST_ENTRIES:
        raise Invalid(
            "period_too_long",
            f"This period has more than {_MOST_ENTRIES} entries; choose a shorter one.",
        )
    return statement(consignor, currency, period, before, entries)
