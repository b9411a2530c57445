"""SQL of restatements: what a marketplace changed of a sale's figures."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit import bulk
from kit.unit_of_work import UnitOfWork
from pydantic import TypeAdapter
from sqlalchemy import text

from sales_ledger import tables
from sales_ledger.domain import Figure, Restatement

_FIGURE: TypeAdapter[Figure] = TypeAdapter(Figure)
_OF_SALE = text(
    "select * from restatements where tenant_id = :tenant and sale_id = :id "
    "and (revision, field) > (:revision, :field) order by revision, field limit :limit"
)

Place = tuple[int, str]
"""The revision and field a page starts behind."""


async def save_restatements(uow: UnitOfWork, found: Sequence[Restatement]) -> None:
    """Keep changed figures beside the sales that now show the new ones."""
    await bulk.upsert(
        uow.conn,
        tables.restatements,
        [
            {
                "tenant_id": one.tenant_id,
                "sale_id": one.sale_id,
                "revision": one.revision,
                "field": one.field,
                "at": uow.now,
                "before": _FIGURE.dump_python(one.before, mode="json"),
                "after": _FIGURE.dump_python(one.after, mode="json"),
            }
            for one in found
        ],
        replace=False,
    )


async def restatements_of(
    uow: UnitOfWork, tenant_id: UUID, sale_id: UUID, after: Place, limit: int
) -> list[Restatement]:
    """A sale's changed figures by revision, one more than `limit` when there are more."""
    revision, field = after
    values = {"tenant": tenant_id, "id": sale_id, "revision": revision, "field": field, "limit": limit + 1}
    return [
        Restatement(
            tenant_id=row["tenant_id"],
            sale_id=row["sale_id"],
            revision=row["revision"],
            field=row["field"],
            before=_FIGURE.validate_python(row["before"]),
            after=_FIGURE.validate_python(row["after"]),
            at=row["at"],
        )
        for row in await uow.conn.execute(_OF_SALE, values)
    ]
