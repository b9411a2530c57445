"""What PostgreSQL does for a request: its statements as the service sent them, and the plan of each."""

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

SMALL = 1000
"""Rows of a table that may be read whole."""


@dataclass(frozen=True)
class Sent:
    """One statement with its parameters."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Scan:
    """A part of a plan that reads a table without an index, and how many rows it would read."""

    table: str
    rows: float
    sql: str


@asynccontextmanager
async def watching(database: Database) -> AsyncIterator[list[Sent]]:
    """The statements of requests made meanwhile, one request at a time: they all use one connection."""
    sent: list[Sent] = []

    def note(query: LoggedQuery) -> None:
        if query.query.lstrip().lower().startswith(("select", "with")) and "set_config" not in query.query:
            sent.append(Sent(query.query, tuple(query.args or ())))

    pool = await database._pool("request")
    async with pool.acquire() as driver:
        driver.add_query_logger(note)
    try:
        yield sent
    finally:
        async with pool.acquire() as driver:
            driver.remove_query_logger(note)


async def scans(dsn: str, tenant: UUID, sent: list[Sent]) -> list[Scan]:
    """Every part of the statements' plans that reads a large table whole, as the request role sees them."""
    found: list[Scan] = []
    conn = await asyncpg.connect(dsn)
    try:
        for one in sent:
            async with conn.transaction():
                await conn.execute("select set_config('app.tenants', $1, true)", str(tenant))
                plan = json.loads(await conn.fetchval("explain (format json) " + one.sql, *one.values))
            found += [scan for scan in _scans(plan[0]["Plan"], one.sql) if scan.rows > SMALL]
    finally:
        await conn.close()
    return found


def _scans(node: dict[str, Any], sql: str) -> Iterator[Scan]:
    if node["Node Type"] in {"Seq Scan", "Parallel Seq Scan"}:
        yield Scan(node["Relation Name"], node["Plan Rows"], sql)
    for child in node.get("Plans", ()):
        yield from _scans(child, sql)
