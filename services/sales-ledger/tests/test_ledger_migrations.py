"""A database made before payouts were matched, brought up to date with what it holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest
from kit.migrations import upgrade
from ledger_shop import SOLD_AT, Clock, Shop, Stack
from sales_ledger.app import build
from sales_ledger.config import Settings
from soldwire_contracts.sales import Shipment
from soldwire_contracts.values import Payment
from test_ledger_payouts import covers, key, settled
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

pytestmark = pytest.mark.bus

MIGRATIONS = Path(__file__).parents[1] / "migrations"
BEFORE = (
    "drop table payout_lines",
    "drop table balances",
    "drop table sale_sums",
    "drop function sale_sums_follow cascade",
    "drop index sales_by_day",
    "alter table sales drop column order_id, drop column refund_state, drop column restated, drop column told",
    "drop index sales_by_account",
    "drop index payouts_listed",
    "drop index payouts_by_account",
    "alter table sale_terms no force row level security",
    "delete from sale_terms where term = 'rb123456785gb'",
    "alter table sale_terms force row level security",
    "update alembic_version set version_num = '0002'",
)


async def as_it_was(owner: str) -> None:
    connection = await asyncpg.connect(owner)
    try:
        for statement in BEFORE:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_was_there_before_is_matched_filtered_and_found(database: FreshDatabase) -> None:
    made = database("sales-ledger")
    service = build(settings_for(Settings, made), Clock())
    stack = Stack(service, service.database, Clock())
    shop, other = Shop(), Shop()
    wholly, unsaid = shop.another(), shop.another()
    parcel = Shipment(courier=None, tracking_number="RB 123456785 GB", tracking_url=None, shipped_at=SOLD_AT)
    await stack.hear(
        shop.line(order_id="O-1", shipments=(parcel,), refunds=(shop.refund(1, "4.00"),)),
        wholly.line(order_id="O-2", refunds=(shop.refund(1, "20.00"), shop.refund(2, "5.00"))),
        unsaid.line(order_id="O-3", payment=Payment.REFUNDED),
        other.line(),
        settled(shop, covers(1, "O-1", "25.29"), covers(2, None, "-1.00", "FEE")),
    )
    await service.database.dispose()
    await as_it_was(made.owner)

    await _upgraded(made.owner)

    assert (await stack.call(shop.tenant, "GET", "/v1/sales/totals"))[0] == {
        "currency": "GBP",
        "count": 3,
        "price": "75.000000",
        "fees": "9.630000",
        "net": "46.870000",
        "fees_unknown": 0,
    }
    async with stack.client(shop.tenant) as client:
        payout = (await client.get(f"/v1/payouts/{key(shop)}")).json()
        partly, whole = [
            (await client.get("/v1/sales", params={"refunded": state})).json()["items"]
            for state in ("partly", "wholly")
        ]
        found = (await client.get("/v1/sales", params={"search": "rb123456785gb"})).json()["items"]
    async with stack.client(other.tenant) as client:
        hidden = (await client.get("/v1/payouts")).json()["items"]
    assert [(line["matching"], [s["sale_id"] for s in line["sales"]]) for line in payout["items"]] == [
        ("matched", [str(shop.sale)]),
        ("no_order", []),
    ]
    assert {sale["sale_id"] for sale in partly} == {str(shop.sale)}
    assert {sale["sale_id"] for sale in whole} == {str(wholly.sale), str(unsaid.sale)}
    assert [sale["sale_id"] for sale in found] == [str(shop.sale)]
    assert hidden == []
    connection = await asyncpg.connect(made.owner)
    forced = await connection.fetch(
        "select relname from pg_class where relrowsecurity and not relforcerowsecurity"
    )
    await connection.close()
    await service.database.dispose()
    assert forced == []


async def _upgraded(owner: str) -> None:
    """Alembic's environment runs a loop of its own."""
    await asyncio.to_thread(upgrade, MIGRATIONS, owner)
