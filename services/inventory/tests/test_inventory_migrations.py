"""A database of the version before takes the sellers' rules: what is there is kept, and told as it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from inventory import tables
from testkit.plugin import FreshDatabase

pytestmark = pytest.mark.bus

FOLDER = Path(__file__).parents[1] / "migrations"
TENANT, ACCOUNT = UUID(int=1), UUID(int=2)
NEW = {
    "articles": "price_amount price_currency brand location thumbnail_url owner_given stock title_key merged_into",
    "listings": "vendor brand price_amount price_currency sold_here taken_down standing disconnecting_version tried",
    "holds": "owner_kind consignor_id cost_amount cost_currency given_back settled_back given_back_at paid_at restocked",
    "unmatched": "given_back given_back_at paid_at restocked",
    "removals": "said_revision",
    "settings": "create_from",
}

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def upgrade(owner: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["dsn"] = owner
    await asyncio.to_thread(command.upgrade, config, revision)


@pytest.fixture
async def old(database: FreshDatabase) -> AsyncIterator[tuple[str, Connection]]:
    """A database as the version before made it, and a connection that reads one tenant's rows."""
    made = database("inventory", migrate=False)
    await upgrade(made.owner, "0004")
    owner = await asyncpg.connect(made.owner)
    for table, columns in NEW.items():
        dropped = ", ".join(f"drop column {name}" for name in columns.split())
        await owner.execute(f"alter table {table} {dropped}")
    await owner.execute("drop index article_terms_of")
    await owner.execute("create index article_terms_article on article_terms (article_id)")
    await owner.close()
    connection = await asyncpg.connect(made.bus)
    await connection.execute(f"set app.tenants = '{TENANT}'")
    yield made.owner, connection
    await connection.close()


async def insert(connection: Connection, table: str, **values: object) -> None:
    columns = ", ".join(values)
    row = json.dumps(values, default=str)
    await connection.execute(
        f"insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)",
        f"[{row}]",
    )


async def listing(connection: Connection, number: int, **values: object) -> None:
    base: dict[str, object] = {
        "id": UUID(int=number),
        "tenant_id": TENANT,
        "account_id": ACCOUNT,
        "platform": "ebay",
        "title": f"Coat {number}",
        "sku": f"C-{number}",
        "state": "live",
        "stock_master": False,
        "withdrawn": False,
        "kept_apart": False,
        "observed_revision": 3,
        "observed_at": "2026-11-20T12:00:00Z",
    }
    counts = ("settled_version", "version", "target_version", "applied_version", "failed_version")
    zeros = dict.fromkeys([*counts, "unexplained"], 0)
    await insert(connection, "listings", **(base | zeros | {"drops": []} | values))


async def test_what_is_there_is_kept_and_told_as_it_is(old: tuple[str, Connection]) -> None:
    owner, connection = old
    article = {"id": UUID(int=9), "tenant_id": TENANT, "sku": "C-1", "title": "Coat", "owner_kind": "unknown"}
    figures = {"free": 0, "held": 1, "short": 0, "revision": 4}
    dates = dict.fromkeys(("opened_at", "created_at"), "2026-11-01T00:00:00Z")
    await insert(connection, "articles", **article, **figures, **dates)
    shown = {"article_id": UUID(int=9), "version": 2, "target_version": 2, "target_quantity": 0}
    await listing(connection, 1, **shown)
    await listing(connection, 2, **shown, applied_version=2, applied_quantity=0)
    await listing(connection, 3, **shown, failed_version=2, failure="eBay refused.")
    await listing(connection, 4, state="ended", withdrawn=True)
    await listing(connection, 5, state="draft")
    await listing(connection, 6, state="draft", kept_apart=True)
    await listing(connection, 7)
    await upgrade(owner, "0005")
    rows = await connection.fetch("select id, standing from listings order by id")
    assert [(row["id"].int, row["standing"]) for row in rows] == [
        (1, "delist"),
        (2, "delisted"),
        (3, "failed"),
        (4, "ended"),
        (6, "ended"),
        (7, "live"),
    ]
    (draft,) = await connection.fetch("select id, revision, title from drafts")
    assert (draft["id"].int, draft["revision"], draft["title"]) == (5, 3, "Coat 5")
    (kept,) = await connection.fetch("select owner_kind, owner_given, stock, title_key from articles")
    assert (kept["owner_kind"], kept["owner_given"], kept["stock"]) == ("unknown", True, "sold_out")
    terms = await connection.fetch("select term from listing_terms where listing_id = $1", UUID(int=5))
    assert {row["term"] for row in terms} == {"coat", "5", "c", "c-5"}


async def test_it_ends_with_the_columns_indexes_and_policies_of_a_new_database(
    old: tuple[str, Connection],
) -> None:
    owner, connection = old
    await upgrade(owner, "head")
    everything = tables.metadata.tables.values()
    found = {row[0] for row in await connection.fetch("select indexname from pg_indexes")}
    wanted = {index.name for table in everything for index in table.indexes}
    assert (wanted - found, "article_terms_article" in found) == (set(), False)
    there = {
        tuple(row)
        for row in await connection.fetch("select table_name, column_name from information_schema.columns")
    }
    assert {(table.name, column.name) for table in everything for column in table.columns} - there == set()
    forced = "select relname from pg_class where relkind = 'r' and relforcerowsecurity"
    under_policies = {row[0] for row in await connection.fetch(forced)}
    of_tenants = (*tables.BUSINESS, *tables.BUSINESS_0005, *tables.BUSINESS_0006, *tables.BUSINESS_0007)
    assert {table.name for table in of_tenants} <= under_policies
