"""Balances are what the entries add up to, after any history, beside other batches, and of what was booked before."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import asyncpg
import pytest
from kit.migrations import upgrade
from ledger_shop import SOLD_AT, Clock, Shop, Stack
from sales_ledger.app import build
from sales_ledger.config import Settings
from soldwire_contracts.sales import SaleRefunded, SaleUpdated
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import OwnerKind
from test_ledger_migrations import MIGRATIONS
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

pytestmark = pytest.mark.bus

BEFORE = (
    "alter table entries drop column posted_at",
    "create index entries_by_account on entries (tenant_id, account, currency)",
    "drop trigger balances_insert on entries",
    "drop trigger balances_update on entries",
    "drop function balances_follow",
    "drop table balances",
    "update alembic_version set version_num = '0004'",
)
_SUMS = "select account, currency, sum(amount) from entries where tenant_id = $1 group by account, currency order by 1, 2"
Sums = list[tuple[str, str, Decimal]]


async def entries_sums(owner: str, tenant: object) -> Sums:
    """What the entries themselves add up to."""
    connection = await asyncpg.connect(owner)
    try:
        async with connection.transaction():
            await connection.execute("select set_config('app.tenants', $1, true)", str(tenant))
            return [tuple(row) for row in await connection.fetch(_SUMS, tenant)]
    finally:
        await connection.close()


async def balances(stack: Stack, tenant: object) -> Sums:
    """What people are told."""
    found = await stack.call(tenant, "GET", "/v1/books/balances")  # type: ignore[arg-type]
    return [(one["account"], one["currency"], Decimal(one["amount"])) for one in found]


async def told_of(stack: Stack, shop: Shop) -> None:
    """A sale with all that moves its books."""
    await stack.hear(
        shop.line(),
        shop.sold(OwnerKind.CONSIGNED),
        shop.line(SaleUpdated, 2, shipping_price=None),
        shop.line(SaleRefunded, 3, refunds=(shop.refund(1, "5.00"),)),
        shop.payout(1, "20.00"),
        shop.payout(2, "21.50"),
    )


async def test_balances_are_what_the_entries_add_up_to(database: FreshDatabase) -> None:
    made = database("sales-ledger")
    service = build(settings_for(Settings, made), Clock())
    stack = Stack(service, service.database, Clock())
    shop, other = Shop(), Shop()
    sales = [shop.another() for _ in range(8)]

    await asyncio.gather(*(told_of(stack, one) for one in (shop, other, *sales)))

    for tenant in (shop.tenant, other.tenant):
        told = await balances(stack, tenant)
        assert told == await entries_sums(made.owner, tenant)
        assert sum(amount for *_, amount in told) == 0
    assert await balances(stack, shop.tenant) != await balances(stack, other.tenant)
    await service.database.dispose()


async def test_an_erased_tenant_has_no_balances(database: FreshDatabase) -> None:
    made = database("sales-ledger")
    service = build(settings_for(Settings, made), Clock())
    stack = Stack(service, service.database, Clock())
    shop, other = Shop(), Shop()
    await told_of(stack, shop)
    await told_of(stack, other)

    await stack.hear(TenantErased(tenant_id=shop.tenant, erased_at=SOLD_AT))

    assert await balances(stack, shop.tenant) == []
    assert await balances(stack, other.tenant) != []
    await service.database.dispose()


async def test_what_was_booked_before_is_added_up(database: FreshDatabase) -> None:
    made = database("sales-ledger")
    service = build(settings_for(Settings, made), Clock())
    stack = Stack(service, service.database, Clock())
    shop, other, later = Shop(), Shop(), Shop()
    await told_of(stack, shop)
    await told_of(stack, other)
    told = {tenant: await balances(stack, tenant) for tenant in (shop.tenant, other.tenant)}
    connection = await asyncpg.connect(made.owner)
    for statement in BEFORE:
        await connection.execute(statement)
    await connection.close()

    await asyncio.to_thread(upgrade, MIGRATIONS, made.owner)

    assert {tenant: await balances(stack, tenant) for tenant in told} == told
    await told_of(stack, later)
    assert await balances(stack, later.tenant) == await entries_sums(made.owner, later.tenant)
    await service.database.dispose()
