"""Many rows in one statement, also on tables with row-level security, where COPY is refused."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    CollectionAggregate,
    Table,
    TextClause,
    Uuid,
    any_,
    bindparam,
    text,
)

from kit.connection import Connection

Row = Mapping[str, object]


def among(ids: Iterable[UUID]) -> CollectionAggregate[Any]:
    """`= any(array)` of ids in order: one prepared statement whatever their number, where IN has one for each."""
    values: BindParameter[Any] = bindparam(None, sorted(set(ids)), ARRAY(Uuid))
    return any_(values)


async def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    keep: Collection[str] = (),
    replace: bool = True,
) -> None:
    """Insert the rows, or overwrite those whose primary key exists, in primary-key order so that two can't deadlock.

    Raises ValueError when a row's columns are not those of the first. Columns in `keep` hold their first value; with `replace` False
    existing rows stay as they are.
    """
    if not rows:
        return
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows for {table.name} have different columns")
    statement = _statement(table, tuple(rows[0]), frozenset(keep), replace)
    told = [{name: value for name, value in row.items() if value is not None} for row in rows]
    await conn.execute(statement, {"rows": json.dumps(told, default=_plain)})  # what is left out is null


@cache
def _statement(table: Table, columns: tuple[str, ...], keep: frozenset[str], replace: bool) -> TextClause:
    key = [column.name for column in table.primary_key.columns]
    names = ", ".join(columns)
    changed = [name for name in columns if name not in key and name not in keep] if replace else []
    action = "do update set " + ", ".join(f"{n} = excluded.{n}" for n in changed) if changed else "do nothing"
    return text(
        f"insert into {table.name} ({names}) "  # noqa: S608 - names come from our own tables
        f"select {names} from jsonb_populate_recordset(null::{table.name}, cast(:rows as jsonb)) "
        f"order by {', '.join(key)} on conflict ({', '.join(key)}) {action}".replace("null::", "null\\:\\:")
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no column form")
