"""A tenant that is erased: nothing of him or his buyers stays, and nothing comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from connector_kit.domain import Amount, OrderLine
from connector_kit.marketplace import OrdersPage, UnreadableOrder
from connector_kit.store import load_accounts
from connector_kit.tables import TENANT_TABLES
from connector_kit.usecases import record_page
from kit import dead_letters
from soldwire_contracts.sync import TenantErased
from testkit.connector import Bench


async def _erase(bench: Bench) -> None:
    await bench.take("tenants", TenantErased(tenant_id=bench.tenant, erased_at=datetime.now(UTC)))


async def _left(bench: Bench) -> dict[str, int]:
    tables = [table.name for table in TENANT_TABLES] + ["raw_webhooks", "due_polls", "account_directory"]
    return {name: rows for name in tables if (rows := await bench.count(name))}


async def test_bodies_that_were_set_aside_are_emptied_too(bench: Bench) -> None:
    """They name buyers; the rows stay, to say what became of them."""
    await bench.connect()
    await bench.subscribe(bench.url + bench.webhook_path)
    await bench.stocked("ERASE-1", 1)
    await bench.sandbox.sell("shopify", bench.seller, "ERASE-1")
    await bench.webhooks_in(1)
    async with bench.service.database.bus([bench.tenant]) as uow:
        for tenant in (bench.tenant, bench.account):
            await dead_letters.set_aside(
                uow,
                subscriber="webhooks",
                source="webhook:orders/create",
                payload=b'{"email": "buyer@example.com"}',
                headers={"x": "y"},
                reason="unmappable",
                error="id: 'buyer@example.com' is none",
                tenant_id=tenant,
            )
    await _erase(bench)
    assert await _left(bench) == {}
    mine = f"dead_letters where tenant_id = '{bench.tenant}'"
    assert await bench.count(mine) == await bench.count(f"{mine} and state = 'discarded'") == 1
    assert await bench.count(f"{mine} and (length(payload) > 0 or error like '%buyer%')") == 0
    assert await bench.count("dead_letters where state = 'open'") == 1, "another tenant's stays"


async def test_orders_read_while_the_tenant_was_erased_are_not_recorded(bench: Bench) -> None:
    await bench.connect()
    async with bench.service.database.bus([bench.tenant]) as uow:
        (account,) = (await load_accounts(uow, [bench.account])).values()
    await _erase(bench)
    now = datetime.now(UTC)
    line = OrderLine("9001", "1", "Coat", 1, "paid", Amount(Decimal(20), "GBP"), now)
    page = OrdersPage((line,), None, now, unreadable=(UnreadableOrder(b"{}", "odd"),))
    async with bench.service.database.bus() as uow:
        recorded = await record_page(uow, account, page, "poll")
    assert (recorded.new, await _left(bench), await bench.count("dead_letters")) == (0, {}, 0)
    assert await bench.sales() == []
