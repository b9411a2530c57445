"""What PostgreSQL does for a request: its statements as the service sent them, and what each looked at."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.connection import LoggedQuery
from kit.database import Database
from soldwire_local.provision import ServiceDatabase

SMALL = 1000
"""Rows of a table that may be read whole."""
ROLES = ("request", "bus")


@dataclass(frozen=True)
class Sent:
    """One statement with its parameters, and the role it ran under."""

    role: str
    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Scan:
    """A part of a plan that reads rows of a table: how many it looked at, and whether through an index."""

    table: str
    rows: int
    by_index: bool
    sql: str

    @property
    def is_whole(self) -> bool:
        """Whether it reads a large table from its beginning."""
        return not self.by_index and self.rows > SMALL


@asynccontextmanager
async def watching(database: Database) -> AsyncIterator[list[Sent]]:
    """The statements of requests made meanwhile, one request at a time: they all use one connection of a role."""
    sent: list[Sent] = []

    def note(role: str, query: LoggedQuery) -> None:
        if query.query.lstrip().lower().startswith(("select", "with")) and "set_config" not in query.query:
            sent.append(Sent(role, query.query, tuple(query.args or ())))

    def noting(role: str) -> Any:
        return lambda query: note(role, query)

    notes = {role: noting(role) for role in ROLES}
    for role, noted in notes.items():
        async with (await database._pool(role)).acquire() as driver:
            driver.add_query_logger(noted)
    try:
        yield sent
    finally:
        for role, noted in notes.items():
            async with (await database._pool(role)).acquire() as driver:
                driver.remove_query_logger(noted)


async def scans(database: ServiceDatabase, tenant: UUID, sent: list[Sent]) -> list[Scan]:
    """Every part of the statements' plans that reads rows, run once more under the role that sent them."""
    found: list[Scan] = []
    for role in ROLES:
        conn = await asyncpg.connect(getattr(database, role), command_timeout=120)
        try:
            for one in sent:
                if one.role == role:
                    found += _scans(await _plan(conn, tenant, one), one.sql)
        finally:
            await conn.close()
    return found


async def _plan(conn: asyncpg.Connection[asyncpg.Record], tenant: UUID, sent: Sent) -> dict[str, Any]:
    turn = conn.transaction()
    await turn.start()
    try:
        await conn.execute("select set_config('app.tenants', $1, true)", str(tenant))
        explain = "explain (analyze, timing off, format json) "
        plan: dict[str, Any] = json.loads(await conn.fetchval(explain + sent.sql, *sent.values))[0]["Plan"]
        return plan
    finally:
        await turn.rollback()


def _scans(node: dict[str, Any], sql: str) -> Iterator[Scan]:
    if "Relation Name" in node:
        left_out = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        rows = (node["Actual Rows"] + left_out) * node["Actual Loops"]
        yield Scan(node["Relation Name"], round(rows), node["Node Type"] != "Seq Scan", sql)
    elif node["Node Type"] == "Bitmap Index Scan":
        yield Scan(node["Index Name"], round(node["Actual Rows"] * node["Actual Loops"]), True, sql)
    for child in node.get("Plans", ()):
        yield from _scans(child, sql)
