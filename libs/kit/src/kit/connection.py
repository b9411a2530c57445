"""SQLAlchemy's statements on asyncpg's connections, without an engine between them (ADR 0010)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import Compiled, SQLCompiler

from kit import metrics

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_texts: dict[str, _Prepared] = {}
_constructs: dict[Any, Compiled] = {}
_MOST_CONSTRUCTS = 2000
_CHANGE_AFTER_WITH = re.compile(r"\)\s*(insert|update|delete)\b")
_READS = ("select", "with", "values", "table", "show")

Values = Mapping[str, object]


class Row(asyncpg.Record):
    """One row: columns by name, `row["sku"]` or `row.sku`, or in order; `**row` and `dict(row)` as of a mapping."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


Driver: TypeAlias = "PoolConnectionProxy[Row]"


class Result:
    """What a statement brought back, whole."""

    __slots__ = ("_rows", "_status")

    def __init__(self, rows: Sequence[Row], status: str = "") -> None:
        self._rows = rows
        self._status = status

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> list[Row]:
        """Every row."""
        return list(self._rows)

    def first(self) -> Row | None:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Row | None:
        """The only row, or None. Raises MultipleResultsFound."""
        if len(self._rows) > 1:
            raise MultipleResultsFound(f"{len(self._rows)} rows where one was expected")
        return self.first()

    def one(self) -> Row:
        """The only row. Raises NoResultFound or MultipleResultsFound."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("no row where one was expected")
        return row

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._rows]

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The first column of the only row. Raises NoResultFound or MultipleResultsFound."""
        return self.one()[0]

    @property
    def rowcount(self) -> int:
        """How many rows the statement read or changed."""
        return len(self._rows) if self._rows else int(self._status.rpartition(" ")[2] or 0)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A text with its parameters numbered, in which order they go, and whether rows come back."""

    sql: str
    names: tuple[str, ...]
    reads: bool


class Connection:
    """One connection inside one transaction. Nothing on it is pipelined: await one statement at a time."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def execute(self, statement: Executable, values: Values | None = None) -> Result:
        """Run one statement; `values` are its named parameters.

        Raises asyncpg's errors as they are; `kit.errors.is_transient` tells which pass by themselves.
        """
        metrics.statements.inc()
        if isinstance(statement, TextClause):
            prepared = _texts.get(statement.text) or _prepare(statement)
            given = values or {}
            return await self._run(prepared.sql, [given[name] for name in prepared.names], prepared.reads)
        sql, args, reads = _construct(statement, values)
        return await self._run(sql, args, reads)

    async def execute_sql(self, sql: str, *args: object) -> Result:
        """Run SQL as it is, with `$1`, `$2`, … for its arguments."""
        return await self._run(sql, args, _is_read(sql))

    async def _run(self, sql: str, args: Sequence[object], reads: bool) -> Result:
        try:
            if reads:
                return Result(await self._driver.fetch(sql, *args))
            return Result((), await self._driver.execute(sql, *args))
        except asyncpg.DataError as error:
            found = re.match(r"invalid input for query argument \$(\d+)", str(error))
            if found is None:
                raise
            # asyncpg quotes the argument; errors go into logs, and a webhook's body holds its buyer's address.
            raise asyncpg.DataError(f"argument ${found[1]} is not of its type or out of range") from None


def _is_read(sql: str) -> bool:
    """Whether rows come back; of other statements only their count is known."""
    lowered = sql.lstrip().lower()
    changes = lowered.startswith("with") and _CHANGE_AFTER_WITH.search(lowered) is not None
    return "returning" in lowered or (lowered.startswith(_READS) and not changes)


def _prepare(statement: TextClause) -> _Prepared:
    compiled = statement.compile(dialect=_DIALECT)
    prepared = _Prepared(compiled.string, tuple(compiled.positiontup or ()), _is_read(compiled.string))
    _texts[statement.text] = prepared
    return prepared


def _construct(statement: Executable, values: Values | None) -> tuple[str, Sequence[object], bool]:
    """SQL and arguments of a construct; its compiled form is kept under SQLAlchemy's own cache key."""
    if len(_constructs) > _MOST_CONSTRUCTS:
        _constructs.clear()
    given = dict(values or {})
    found, extracted, collected, _ = statement._compile_w_cache(
        _DIALECT, compiled_cache=_constructs, column_keys=list(given)
    )
    compiled = cast(SQLCompiler, found)
    arguments = compiled.construct_params(
        given, extracted_parameters=extracted, escape_names=False, _collected_params=collected
    )
    reads = not compiled.dml_compile_state or bool(compiled.effective_returning)
    if not (compiled.post_compile_params or compiled.literal_execute_params):
        return compiled.string, [arguments[name] for name in compiled.positiontup or ()], reads
    expanded = compiled._process_parameters_for_postcompile(arguments)
    arguments = {**arguments, **expanded.additional_parameters}
    return expanded.statement, [arguments[name] for name in expanded.positiontup or ()], reads


async def set_codecs(driver: asyncpg.Connection[Any]) -> None:
    """JSON goes in as text or as what `json` can write, and comes out read."""
    for name in ("json", "jsonb"):
        await driver.set_type_codec(
            name, schema="pg_catalog", encoder=_to_json, decoder=json.loads, format="text"
        )


def _to_json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
