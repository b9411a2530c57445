"""A large seller in the databases of three services: a thousand sales by way of the services themselves, then copies of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import delist_orchestrator.app
import delist_orchestrator.config
import delist_orchestrator.tables
import httpx
import inventory.app
import inventory.config
import inventory.tables
import sales_ledger.app
import sales_ledger.config
import sales_ledger.tables
from kit.service import Service
from kit.settings import ServiceSettings
from sqlalchemy import Table, Uuid
from testkit.databases import Databases
from testkit.services import opened, settings_for

from tests.lists.multiply import KEPT, Plan, multiply
from tests.lists.seller import ORIGINALS, Item, Seller
from tests.lists.way import (
    INVENTORY,
    LEDGER,
    ORCHESTRATOR,
    Made,
    Services,
    Told,
    call,
    calling,
    say_originals,
)

_SHOWN, _OTHER = 12, 16
"""Numbers of the articles that are asked about."""


@dataclass(frozen=True)
class Large:
    """A large seller, the services that know it, and what lists are asked for of it."""

    seller: Seller
    made: Services
    told: Told
    article_id: UUID
    other_id: UUID
    batch_id: UUID
    run_id: UUID
    paid_consignor: UUID
    payout_key: UUID

    @property
    def item(self) -> Item:
        """What `article_id` is."""
        return self.seller.items[_SHOWN]


@dataclass(frozen=True)
class _Kind:
    build: Callable[..., Service]
    settings: type[ServiceSettings]
    tables: Sequence[Table]
    columns: dict[str, dict[str, str]]


# What tells an article from its copies: the numbers in its SKU, title (its last word), order and parcel.
_SKU = "t.sku || 'x' || n"
_TITLE = "t.title || 'x' || n"
_TERM = {"term": "case when t.numbered then t.term || 'x' || n else t.term end"}
_NUMBERED = {"numbered": "term ~ '[0-9]{3}'"}
_LINE = (
    "case when t.line is null then null else t.line || jsonb_build_object("
    + ", ".join(
        f"'{name}', (t.line->>'{name}') || 'x' || n" for name in ("order_id", "order_number", "sku", "title")
    )
    + ", 'sold_at', to_char((t.sold_at - ago) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) end"
)
_NAMED = {"sku": _SKU, "title": _TITLE}
_OLD_ASKED = "t.overdue or t.state in ('asked', 'waiting_for_browser')"
"""Whatever was asked 17 hours ago or more is overdue."""
KINDS = {
    INVENTORY: _Kind(
        inventory.app.build,
        inventory.config.Settings,
        (
            *inventory.tables.BUSINESS,
            *inventory.tables.BUSINESS_0005,
            *inventory.tables.BUSINESS_0006,
            *inventory.tables.BUSINESS_0007,
        ),
        {
            "articles": _NAMED,
            "listings": _NAMED,
            "drafts": _NAMED,
            "holds": _NAMED,
            "unmatched": _NAMED,
            "article_terms": _TERM,
            "listing_terms": _TERM,
        },
    ),
    LEDGER: _Kind(
        sales_ledger.app.build,
        sales_ledger.config.Settings,
        (
            *sales_ledger.tables.TENANT_TABLES,
            *sales_ledger.tables.CONSIGNOR_TABLES,
            *sales_ledger.tables.MATCHING_TABLES,
        ),
        {
            "sales": {"line": _LINE},
            "sale_terms": _TERM,
            "payouts": {"payout_id": "t.payout_id || 'x' || n"},
            "payout_lines": {"order_id": "t.order_id || 'x' || n"},
        },
    ),
    ORCHESTRATOR: _Kind(
        delist_orchestrator.app.build,
        delist_orchestrator.config.Settings,
        (*delist_orchestrator.tables.TENANT_TABLES, *delist_orchestrator.tables.LATER_TENANT_TABLES),
        {"delists": _NAMED, "steps": {"overdue": _OLD_ASKED}},
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
        "pauses",
    }
)
"""Tables of which a seller has few rows whatever it sells."""


def plans_of(kind: _Kind) -> list[Plan]:
    """How each table grows with its seller; one whose rows are all the tenant's own does not."""
    return [
        Plan(table, kind.columns.get(table.name, {}), _NUMBERED if "term" in table.columns else {})
        for table in kind.tables
        if table.name not in ONCE and _has_ids(table)
    ]


def _has_ids(table: Table) -> bool:
    return any(isinstance(c.type, Uuid) and c.name not in KEPT for c in table.primary_key.columns) or any(
        c.primary_key and c.identity for c in table.columns
    )


@asynccontextmanager
async def seeded(databases: Databases, rows: int) -> AsyncIterator[Large]:
    """The three services on databases with so many sales and articles of one seller, in whole thousands."""
    seller = Seller()
    async with AsyncExitStack() as stack:
        made = {}
        for name, kind in KINDS.items():
            database = await asyncio.to_thread(databases.fresh, name)
            service = await stack.enter_async_context(
                opened(kind.build(settings_for(kind.settings, database)))
            )
            made[name] = Made(name, service, database)
        told = await say_originals(seller, made)
        copies = rows // ORIGINALS - 1
        await asyncio.gather(
            *(_grow(databases.admin_dsn, made[name], kind, copies) for name, kind in KINDS.items())
        )
        yield await _large(seller, made, told)


async def _grow(admin_dsn: str, made: Made, kind: _Kind, copies: int) -> None:
    base = admin_dsn.rpartition("/")[0]
    conn = await asyncpg.connect(f"{base}/{made.database.name}", command_timeout=3600)
    try:
        await conn.execute(
            "set statement_timeout = 0; set synchronous_commit = off; set session_replication_role = replica; "
            "set maintenance_work_mem = '512MB'; set work_mem = '256MB'"
        )
        await multiply(conn, plans_of(kind), copies)
    finally:
        await conn.close()


async def _large(seller: Seller, made: Services, told: Told) -> Large:
    """Once all is there a person previews a batch of links and draws a run of what is due to some consignors."""
    async with calling(made[INVENTORY], seller) as client:
        articles = [await _article(client, seller.items[number]) for number in (_SHOWN, _OTHER)]
        batch = await call(client, "POST", "/v1/suggestions/preview", {"min_score": 60})
    due = {"currency": "GBP", "consignor_ids": list(map(str, told.consignors[30:34]))}
    async with calling(made[LEDGER], seller) as client:
        run = await call(client, "POST", "/v1/payout-runs", due)
        payouts = await call(client, "GET", "/v1/payouts")
    drawn = (run["run_id"], run["consignors"][0]["consignor_id"])
    found = (*articles, batch["id"], *drawn, payouts["items"][0]["payout_key"])
    return Large(seller, made, told, *map(UUID, found))


async def _article(client: httpx.AsyncClient, item: Item) -> str:
    page = await call(client, "GET", f"/v1/articles?sku={item.sku}&limit=1")
    return str(page["items"][0]["id"])
