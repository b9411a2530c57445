"""Imports: a file as it was checked, what it would do line by line, and who applied it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from pydantic import TypeAdapter
from sqlalchemy import delete, select, text, update

from inventory.domain import Article
from inventory.domain.sheets import Action, Change, Fault, PlannedLine
from inventory.store.rows import article_of
from inventory.tables import articles, imports
from inventory.tables import import_lines as lines_table

_KEPT = timedelta(days=7)
"""How long a checked import that nobody applied is kept."""
_CHANGES = TypeAdapter(dict[str, Change])
_FAULTS = TypeAdapter(list[Fault])


@dataclass(frozen=True, slots=True)
class Import:
    """A file that was checked whole: what it would do, what is wrong with it, whether it was done."""

    id: UUID
    tenant_id: UUID
    creates: int
    changes: int
    same: int
    errors: int
    faults: Sequence[Fault]
    """The first of the errors."""
    made_by: UUID
    made_at: datetime
    applied_by: UUID | None = None
    applied_at: datetime | None = None

    def applied(self, user_id: UUID, at: datetime) -> Import:
        """Once it was done."""
        return replace(self, applied_by=user_id, applied_at=at)


_BY_SKU = text("select * from articles where tenant_id = :tenant and sku = any(cast(:skus as text[]))")


async def find_articles(
    uow: UnitOfWork, tenant_id: UUID, *, skus: Collection[str], ids: Collection[UUID]
) -> list[Article]:
    """The articles with one of the SKUs or ids, without listings and sales."""
    rows = (await uow.conn.execute(_BY_SKU, {"tenant": tenant_id, "skus": sorted(skus)})).all()
    if ids:
        query = select(articles).where(articles.c.id == among(ids), articles.c.tenant_id == tenant_id)
        rows += (await uow.conn.execute(query)).all()
    return [article_of(row) for row in rows]


async def keep_import(uow: UnitOfWork, made: Import, planned: Iterable[PlannedLine]) -> None:
    """Keep a checked file with what it would do; those that nobody applied in time are forgotten."""
    late = select(imports.c.id).where(
        imports.c.tenant_id == made.tenant_id,
        imports.c.applied_at.is_(None),
        imports.c.made_at < uow.now - _KEPT,
    )
    for import_id in list((await uow.conn.execute(late)).scalars()):
        await discard_import(uow, import_id)
    row = {name: getattr(made, name) for name in Import.__dataclass_fields__}
    await bulk.upsert(uow.conn, imports, [{**row, "faults": _FAULTS.dump_python(list(made.faults))}])
    rows: list[dict[str, object]] = [
        {
            "tenant_id": made.tenant_id,
            "import_id": made.id,
            "number": line.number,
            "action": line.action,
            "sku": line.sku,
            "article_id": line.article_id,
            "changes": _CHANGES.dump_python(dict(line.changes)),
        }
        for line in planned
    ]
    await bulk.upsert(uow.conn, lines_table, rows)


async def import_of(uow: UnitOfWork, import_id: UUID) -> Import | None:
    """One import, or None."""
    row = (await uow.conn.execute(select(imports).where(imports.c.id == import_id))).first()
    return _import_of(row) if row else None


async def lock_import(uow: UnitOfWork, import_id: UUID) -> Import | None:
    """One import that nobody else applies or discards meanwhile, or None."""
    query = select(imports).where(imports.c.id == import_id).with_for_update()
    row = (await uow.conn.execute(query)).first()
    return _import_of(row) if row else None


def _import_of(row: Row) -> Import:
    values = {name: row[name] for name in Import.__dataclass_fields__}
    return Import(**{**values, "faults": _FAULTS.validate_python(values["faults"])})


async def import_page(
    uow: UnitOfWork, import_id: UUID, *, after: int | None, limit: int
) -> list[PlannedLine]:
    """What the lines after this one would do, in the order of the file."""
    query = select(lines_table).where(lines_table.c.import_id == import_id)
    if after is not None:
        query = query.where(lines_table.c.number > after)
    rows = await uow.conn.execute(query.order_by(lines_table.c.number).limit(limit))
    return [_line_of(row) for row in rows]


async def import_lines(uow: UnitOfWork, import_id: UUID) -> list[PlannedLine]:
    """All that an import would do, in the order of the file."""
    query = select(lines_table).where(lines_table.c.import_id == import_id).order_by(lines_table.c.number)
    return [_line_of(row) for row in await uow.conn.execute(query)]


def _line_of(row: Row) -> PlannedLine:
    changes = {name: Change(**change) for name, change in row["changes"].items()}
    return PlannedLine(row["number"], Action(row["action"]), row["sku"], row["article_id"], changes)


async def mark_applied(uow: UnitOfWork, import_id: UUID, user_id: UUID) -> None:
    """Note who did it."""
    change = update(imports).where(imports.c.id == import_id)
    await uow.conn.execute(change.values(applied_by=user_id, applied_at=uow.now))


async def discard_import(uow: UnitOfWork, import_id: UUID) -> None:
    """Forget an import."""
    await uow.conn.execute(delete(lines_table).where(lines_table.c.import_id == import_id))
    await uow.conn.execute(delete(imports).where(imports.c.id == import_id))
