"""A database of the version before becomes one of this version: nothing is lost, and its sales find their terms."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from kit.migrations import upgrade
from ledger_shop import SOLD_AT, Clock, Shop, Stack
from sales_ledger import tables
from sales_ledger.app import build
from sales_ledger.config import Settings
from soldwire_contracts.values import OwnerKind
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

pytestmark = pytest.mark.bus

MIGRATIONS = Path(__file__).parents[1] / "migrations"
NEW = (
    *("owner_given", "locked", "run_id", "payments", "consignor_id", "commission"),
    *("share", "paid", "payable", "is_payable", "due_at"),
    *("order_id", "refund_state", "restated", "told", "fees_given", "waits_for_fees"),
)
PAID_BEFORE = """
update sales set decisions = decisions || jsonb_build_object(
  'paid_at', '2026-03-02T12:00:00Z', 'paid_amount', jsonb_build_object('amount', '15.00', 'currency', 'GBP'))
where sale_id = $1
"""


async def as_it_was(owner: asyncpg.Connection[asyncpg.Record]) -> None:
    """Take away what the migrations bring."""
    await owner.execute("drop function sale_sums_follow cascade")
    for table in reversed(tables.metadata.sorted_tables):
        if table not in (*tables.TENANT_TABLES, *tables.BUS_TABLES):
            await owner.execute(f"drop table {table.name}")
    for column in NEW:
        await owner.execute(f"alter table sales drop column {column}")
    await owner.execute("alter table changes drop column detail")
    await owner.execute("update alembic_version set version_num = '0001'")


async def test_a_database_of_the_version_before(database: FreshDatabase) -> None:
    address = database("sales-ledger")
    clock = Clock()
    service = build(settings_for(Settings, address), clock)
    stack = Stack(service, service.database, clock)
    shop = Shop()
    paid, own = shop.another(), shop.another()
    await stack.hear(shop.line(), shop.sold(OwnerKind.CONSIGNED))
    await stack.hear(paid.line(), paid.sold(OwnerKind.CONSIGNED), own.line(), own.sold())
    await service.database.dispose()

    owner = await asyncpg.connect(address.owner)
    await as_it_was(owner)
    await owner.execute("alter table sales no force row level security")
    await owner.execute(PAID_BEFORE, paid.sale)
    await owner.execute("alter table sales force row level security")
    await owner.close()
    await asyncio.to_thread(upgrade, MIGRATIONS, address.owner)
    await asyncio.to_thread(upgrade, MIGRATIONS, address.owner)

    clock.now = SOLD_AT + timedelta(days=15)
    await stack.agree(shop.tenant)
    await stack.sweep()
    found = (await stack.call(shop.tenant, "GET", "/v1/sales"))["items"]
    sales = {UUID(sale["sale_id"]): sale for sale in found}
    assert {i: (s["status"], s["paid_amount"] and s["paid_amount"]["amount"]) for i, s in sales.items()} == {
        shop.sale: ("not_paid_unconfirmed", None),
        paid.sale: ("paid", "15.00"),
        own.sale: ("complete", None),
    }
    assert sales[shop.sale]["consignor_share"]["amount"] == "15.00"
    assert sales[paid.sale]["due"]["why_not"] == "Nothing is left to pay."
    hers = await stack.call(shop.tenant, "GET", "/v1/sales", consignor_id=shop.consignor)
    assert len(hers["items"]) == 2
    await service.database.dispose()
