"""The lease of a poll: a long one keeps it page by page, one that lost it records nothing more."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from connector_kit import usecases
from connector_kit.domain import Account, Amount, OrderLine
from connector_kit.marketplace import OrdersPage
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedPoll
from connector_shopify.client.marketplace import ShopifyMarketplace
from connector_shopify.config import Settings
from prometheus_client import REGISTRY
from testkit.connector import Bench


async def _lease(bench: Bench) -> list[tuple[LeasedPoll, Account]]:
    assert isinstance(bench.settings, Settings)
    sealer = Sealer(bench.settings.seal_keys.get_secret_value())
    async with bench.service.database.bus() as uow:
        return await usecases.lease_polls(uow, sealer, most=1)


async def _record(bench: Bench, poll: LeasedPoll, account: Account, order: str) -> bool:
    now = datetime.now(UTC)
    line = OrderLine(order, "1", "Coat", 1, "paid", Amount(Decimal(20), "GBP"), now)
    async with bench.service.database.bus() as uow:
        return await usecases.record_polled(uow, poll, account, OrdersPage((line,), None, now))


async def test_a_poll_longer_than_its_lease_goes_on_and_one_that_lost_it_stops(bench: Bench) -> None:
    await bench.connect()
    ((first, account),) = await _lease(bench)
    await bench.execute("update due_polls set lease_until = now() - interval '1 second'")
    assert await _record(bench, first, account, "9001")
    assert await _lease(bench) == [], "its page kept the lease"
    await bench.execute("update due_polls set lease_until = now() - interval '1 second'")
    ((second, _),) = await _lease(bench)
    assert not await _record(bench, first, account, "9002")
    assert await _record(bench, second, account, "9003")
    assert [sale.order_id for sale in await bench.sales()] == ["9001", "9003"]


async def test_sales_are_counted_by_account_and_the_door_they_came_by(bench: Bench) -> None:
    """A push that fails shows as sales found by polls."""
    await bench.connect()
    ((poll, account),) = await _lease(bench)
    for order in ("9001", "9001", "9002"):
        assert await _record(bench, poll, account, order)
    labels = {"platform": "shopify", "account": str(bench.account), "found_by": "poll"}
    assert REGISTRY.get_sample_value("soldwire_sales_found_total", labels) == 2


async def test_a_poll_that_breaks_off_stands_in_nobody_s_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw in one account's orders is tried again at the usual pace, and the job goes on."""
    await bench.connect()

    def broken(*_: object) -> None:
        raise ValueError("an order nobody foresaw")

    monkeypatch.setattr(ShopifyMarketplace, "orders_changed_since", broken)
    await bench.turn("polls")
    async with bench.service.database.bus([bench.tenant]) as uow:
        row = (await uow.conn.execute_sql("select lease_until, due_at > now() as later from due_polls")).one()
    assert row["lease_until"] is None
    assert row["later"]
