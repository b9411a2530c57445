"""Many rows out of a few real ones: each is repeated with ids, times and texts of its own, and stays with those it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy import Computed, Identity, Table, Uuid

KEPT = frozenset({"tenant_id", "account_id", "consignor_id", "user_id", "created_by"})
"""Ids that every copy shares; any other id of a copy is made of the original's and the copy's number."""


@dataclass(frozen=True)
class Plan:
    """How the rows of one table are repeated: SQL by column, of the original `t` and the copy's number `n`."""

    table: Table
    columns: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = KEPT

    def statement(self) -> str:
        """Inserts the copies $1 to $2 of every row marked as an original."""
        made = (Identity, Computed)
        names = [c.name for c in self.table.columns if not isinstance(c.server_default, made)]
        values = ", ".join(self._value(name) for name in names)
        return (
            f"insert into {self.table.name} ({', '.join(names)}) select {values} "
            f"from originals_{self.table.name} t, generate_series($1::int, $2::int) n"
        )

    def _value(self, name: str) -> str:
        if name in self.columns:
            return self.columns[name]
        is_id = isinstance(self.table.columns[name].type, Uuid) and name not in self.kept
        return copy_of(f"t.{name}") if is_id else f"t.{name}"


def copy_of(id_: str) -> str:
    """The id of a copy, wherever it is named."""
    return f"md5({id_}::text || n)::uuid"


async def multiply(
    conn: asyncpg.Connection[asyncpg.Record], plans: list[Plan], copies: int, *, chunk: int = 50
) -> None:
    """Repeat all rows there are so many times, as the administrator; then tell the planner.

    Copies go table by table and in chunks, so that no statement holds everything.
    """
    for plan in plans:
        await conn.execute(
            f"create temp table originals_{plan.table.name} as select * from {plan.table.name}"
        )
    for plan in plans:
        for first in range(1, copies + 1, chunk):
            await conn.execute(plan.statement(), first, min(copies, first + chunk - 1))
    for plan in plans:
        await conn.execute(f"drop table originals_{plan.table.name}")
        await conn.execute(f"vacuum analyze {plan.table.name}")
