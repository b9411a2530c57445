"""A large seller in the databases of three services: real rows by way of their own handlers, then a thousand of each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import delist_orchestrator.app
import delist_orchestrator.config
import delist_orchestrator.tables
import inventory.app
import inventory.config
import inventory.tables
import sales_ledger.app
import sales_ledger.config
import sales_ledger.tables
from kit.service import Service
from kit.settings import ServiceSettings
from soldwire_contracts import Fact
from soldwire_local.provision import ServiceDatabase
from sqlalchemy import Table, Uuid
from testkit.bus import run_batch
from testkit.databases import Databases
from testkit.services import opened, settings_for

from tests.lists.facts import Seller, batches
from tests.lists.multiply import KEPT, Plan, multiply

ORIGINALS = 1000
"""Sales and articles that are made by the services themselves."""


@dataclass(frozen=True)
class Made:
    """One service on its database."""

    service: Service
    database: ServiceDatabase


@dataclass(frozen=True)
class _Kind:
    build: Callable[..., Service]
    settings: type[ServiceSettings]
    tables: Sequence[Table]
    columns: dict[str, dict[str, str]]


_LATER = "t.sold_at - n * interval '5 days'"
_NUMBERED = "case when t.term ~ '[0-9]{3}' then t.term || '-' || n else t.term end"
_LINE = (
    "case when t.line is null then null else t.line || jsonb_build_object("
    "'order_id', (t.line->>'order_id') || '-' || n, 'order_number', (t.line->>'order_number') || '-' || n, "
    f"'sold_at', to_char(({_LATER}) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) end"
)
_SKU = "t.sku || '-' || n"
KINDS = {
    "inventory": _Kind(
        inventory.app.build,
        inventory.config.Settings,
        (
            *inventory.tables.BUSINESS,
            *inventory.tables.BUSINESS_0005,
            *inventory.tables.BUSINESS_0006,
        ),
        {
            "articles": {"sku": _SKU},
            "listings": {"sku": _SKU},
            "holds": {"sku": _SKU, "sold_at": _LATER},
            "unmatched": {"sku": _SKU, "sold_at": _LATER},
            "article_terms": {"term": _NUMBERED},
            "listing_terms": {"term": _NUMBERED},
        },
    ),
    "sales-ledger": _Kind(
        sales_ledger.app.build,
        sales_ledger.config.Settings,
        (
            *sales_ledger.tables.TENANT_TABLES,
            *sales_ledger.tables.CONSIGNOR_TABLES,
            *sales_ledger.tables.MATCHING_TABLES,
        ),
        {
            "sales": {"sold_at": _LATER, "line": _LINE},
            "sale_terms": {"term": _NUMBERED},
        },
    ),
    "delist-orchestrator": _Kind(
        delist_orchestrator.app.build,
        delist_orchestrator.config.Settings,
        (*delist_orchestrator.tables.TENANT_TABLES, *delist_orchestrator.tables.LATER_TENANT_TABLES),
        {
            "delists": {"sold_at": _LATER, "completed_at": "t.completed_at - n * interval '5 days'"},
            "steps": {"sold_at": _LATER, "applied_at": "t.applied_at - n * interval '5 days'"},
        },
    ),
}
ONCE = frozenset(
    {
        "consignors",
        "consignor_changes",
        "consignor_words",
        "consignor_terms",
        "imports",
        "import_lines",
        "owner_rules",
        "policies",
        "pauses",
        "drafts",
    }
)
"""Tables of which a seller has few rows whatever it sells."""


def plans_of(kind: _Kind) -> list[Plan]:
    """How each table grows with its seller; one whose rows are all the tenant's own does not."""
    return [
        Plan(table, kind.columns.get(table.name, {}))
        for table in kind.tables
        if table.name not in ONCE and _has_ids(table)
    ]


def _has_ids(table: Table) -> bool:
    return any(isinstance(c.type, Uuid) and c.name not in KEPT for c in table.primary_key.columns)


@asynccontextmanager
async def seeded(databases: Databases, rows: int) -> AsyncIterator[tuple[Seller, dict[str, Made]]]:
    """The three services on databases with so many sales and articles of one seller, in whole thousands."""
    seller = Seller()
    async with AsyncExitStack() as stack:
        made = {}
        for name, kind in KINDS.items():
            database = await asyncio.to_thread(databases.fresh, name)
            service = await stack.enter_async_context(
                opened(kind.build(settings_for(kind.settings, database)))
            )
            made[name] = Made(service, database)
        await _say_originals(seller, made)
        for name, kind in KINDS.items():
            await _grow(databases.admin_dsn, made[name], kind, rows // ORIGINALS - 1)
        yield seller, made


async def _grow(admin_dsn: str, made: Made, kind: _Kind, copies: int) -> None:
    base = admin_dsn.rpartition("/")[0]
    conn = await asyncpg.connect(f"{base}/{made.database.name}", command_timeout=3600)
    try:
        await conn.execute(
            "set statement_timeout = 0; set synchronous_commit = off; set session_replication_role = replica"
        )
        await multiply(conn, plans_of(kind), copies)
    finally:
        await conn.close()


async def _say_originals(seller: Seller, made: dict[str, Made]) -> None:
    """Every tenth sale is of a listing without an article."""
    titles = [seller.title() for _ in range(ORIGINALS)]
    linked = [number % 10 != 9 for number in range(ORIGINALS)]
    sales = [seller.sale(n, title, linked=linked[n]) for n, title in enumerate(titles)]
    helds = [seller.held(sale, n) for n, sale in enumerate(sales) if linked[n]]
    seen = (fact for n, title in enumerate(titles) for fact in seller.seen(n, title, linked=linked[n]))
    doubted = (seller.doubted(n, title) for n, title in enumerate(titles) if linked[n] and n % 50 == 1)
    await _hear(made["inventory"], {"listings": itertools.chain(seen, doubted), "sales": iter(sales)})
    delists = (seller.delisted(sold, n) for n, sold in enumerate(helds))
    await _hear(made["sales-ledger"], {"sales": iter(sales), "stock": iter(helds), "delists": delists})
    outcomes = (seller.outcome(sold, target, n) for n, sold in enumerate(helds) for target in sold.targets)
    await _hear(made["delist-orchestrator"], {"stock": iter(helds), "outcomes": outcomes})


async def _hear(made: Made, said: dict[str, Iterable[Fact]]) -> None:
    for subscriber, facts in said.items():
        for batch in batches(iter(facts)):
            await run_batch(made.service.routers[0], subscriber, batch, made.service.database)


def sample(seller: Seller, number: int) -> UUID:
    """The id of one of the original sales."""
    return seller.sale(number, "").sale_id


__all__ = ["KINDS", "ORIGINALS", "Made", "plans_of", "sample", "seeded"]
