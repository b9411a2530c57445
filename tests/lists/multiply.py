"""Many rows out of a few real ones: each is repeated with ids, times and texts of its own, and stays with those it belongs to.

The copies are the seller's past: the higher a copy's number, the older it is, and the lower are its ids. Indexes are built
once all rows are there, which is many times as quick as row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy import Computed, DateTime, Identity, Table, Uuid

KEPT = frozenset({"tenant_id", "account_id", "consignor_id", "user_id", "created_by"})
"""Ids that every copy shares; any other id of a copy is made of the original's and the copy's number."""
BETWEEN = "interval '17 hours'"
"""From one copy of a thousand sales to the next: a thousand copies are two years."""
MOST_COPIES = 5_999
_TAIL = "substr({}::text, 9)"
_COPIES = (
    f"select n, n * {BETWEEN} as ago, lpad(to_hex({MOST_COPIES + 1} - n), 8, '0') as head "
    "from generate_series($1::int, $2::int) n"
)
_INDEXES = (
    "select indexdef as made, format('drop index %I', indexname) as gone from pg_indexes i where tablename = $1 "
    "and not exists (select from pg_constraint c where c.conindid = i.indexname::regclass)"
)
# A key that others refer to stays.
_KEYS = (
    "select format('alter table %I add constraint %I %s', $1::text, conname, pg_get_constraintdef(oid)) as made, "
    "format('alter table %I drop constraint %I', $1::text, conname) as gone from pg_constraint c "
    "where conrelid = $1::regclass and contype in ('p', 'u') and not exists "
    "(select from pg_constraint f where f.contype = 'f' and f.confrelid = c.conrelid)"
)

# What the database adds up by itself it adds up of copies too, statement by statement.
_SUMMING = (
    "select format('alter table %I enable always trigger %I', $1::text, tgname) as kept from pg_trigger "
    "where tgrelid = $1::regclass and not tgisinternal and tgtype & 1 = 0"
)


@dataclass(frozen=True)
class Plan:
    """How the rows of one table are repeated: SQL by column, of the original `t` and the copy's number `n`.

    `once` is worked out once an original, and then there as a column of `t` too.
    """

    table: Table
    columns: Mapping[str, str] = field(default_factory=dict)
    once: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = KEPT

    def originals(self) -> str:
        """Keeps the rows there are beside; of an id that is to change only the part that stays."""
        names = [c.name for c in self.table.columns]
        kept = [f"{_TAIL.format(name)} as {name}" if self._changes(name) else name for name in names]
        made = [f"{sql} as {name}" for name, sql in self.once.items()]
        return f"create temp table originals_{self.table.name} as select {', '.join(kept + made)} from {self.table.name}"

    def statement(self) -> str:
        """Inserts the copies $1 to $2 of every original, the copies one after the other."""
        made = (Identity, Computed)
        names = [c.name for c in self.table.columns if not isinstance(c.server_default, made)]
        values = ", ".join(self._value(name) for name in names)
        return (
            f"insert into {self.table.name} ({', '.join(names)}) select {values} "
            f"from ({_COPIES}) copies cross join originals_{self.table.name} t"
        )

    def _changes(self, name: str) -> bool:
        return isinstance(self.table.columns[name].type, Uuid) and name not in self.kept

    def _value(self, name: str) -> str:
        if name in self.columns:
            return self.columns[name]
        if isinstance(self.table.columns[name].type, DateTime):
            return f"t.{name} - ago"
        return f"(head || t.{name})::uuid" if self._changes(name) else f"t.{name}"


async def multiply(
    conn: asyncpg.Connection[asyncpg.Record], plans: Sequence[Plan], copies: int, *, chunk: int = 50
) -> None:
    """Repeat all rows there are so many times, as the administrator; then tell the planner.

    Copies go table by table and in chunks, so that no statement holds everything. What is thrown away afterwards is not
    logged; a table that others refer to comes after them, for it can't be unlogged while they are.
    """
    for plan in reversed(plans):
        await conn.execute(plan.originals())
        await conn.execute(f"alter table {plan.table.name} set unlogged")
    for plan in plans:
        await _repeat(conn, plan, copies, chunk)
    await conn.execute("vacuum analyze")


async def _repeat(conn: asyncpg.Connection[asyncpg.Record], plan: Plan, copies: int, chunk: int) -> None:
    name = plan.table.name
    held = [row for query in (_INDEXES, _KEYS) for row in await conn.fetch(query, name)]
    for row in held:
        await conn.execute(row["gone"])
    for trigger in await conn.fetch(_SUMMING, name):
        await conn.execute(trigger["kept"])
    for first in range(1, copies + 1, chunk):
        await conn.execute(plan.statement(), first, min(copies, first + chunk - 1))
    for row in held:
        await conn.execute(row["made"])
    await conn.execute(f"drop table originals_{name}")
