"""A shop that leaves, or goes to another tenant: from that moment its webhooks are nobody's, or its new tenant's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import shopify_signing_in as at
from connector_kit import usecases
from connector_kit.store import ReceivedWebhook
from connector_shopify.config import Settings
from soldwire_contracts.sync import TenantErased
from testkit.connector import Bench


@pytest.fixture
async def elsewhere(bench: Bench) -> AsyncIterator[Bench]:
    """A second process of the same connector, on the same database."""
    assert isinstance(bench.settings, Settings)
    async with at.seller_of(bench.settings, bench.sandbox, bench.seller) as one:
        yield one.bench


def _secret(bench: Bench) -> str:
    assert isinstance(bench.settings, Settings)
    return bench.settings.shopify_client_secret.get_secret_value()


async def _tell(bench: Bench) -> int:
    return await at.tell(bench, "products/delete", {"id": 1}, _secret(bench))


async def _of(bench: Bench, tenant: UUID) -> int:
    return await bench.count(f"raw_webhooks where tenant_id = '{tenant}'")


async def test_a_shop_that_another_tenant_connects_is_his_at_once_for_every_process(
    bench: Bench, elsewhere: Bench
) -> None:
    first, second = bench.tenant, uuid4()
    await bench.connect()
    assert (await _tell(bench), await _tell(elsewhere)) == (200, 200)
    await bench.disconnect()
    bench.tenant = second
    await bench.connect()
    assert (await _tell(elsewhere), await _tell(bench)) == (200, 200)
    assert (await _of(bench, first), await _of(bench, second)) == (2, 2)


async def test_a_shop_that_is_disconnected_is_refused_at_once_by_every_process(
    bench: Bench, elsewhere: Bench
) -> None:
    await bench.connect()
    assert (await _tell(bench), await _tell(elsewhere)) == (200, 200)
    await bench.disconnect()
    assert (await _tell(bench), await _tell(elsewhere)) == (404, 404)
    assert await bench.count("raw_webhooks") == 2


async def test_a_shop_that_removes_the_app_is_refused_as_soon_as_that_is_known(bench: Bench) -> None:
    await bench.connect()
    assert await at.tell(bench, "app/uninstalled", {"id": 1}, _secret(bench)) == 200
    await bench.turn("webhooks")
    assert await _tell(bench) == 404
    assert await bench.count("raw_webhooks") == 1


async def test_nothing_is_kept_of_a_tenant_that_was_erased_a_moment_ago(bench: Bench) -> None:
    await bench.connect()
    assert await _tell(bench) == 200
    await bench.take("tenants", TenantErased(tenant_id=bench.tenant, erased_at=datetime.now(UTC)))
    assert await _tell(bench) == 404
    assert await bench.count("raw_webhooks") == 0


async def test_of_a_group_only_what_is_of_its_account_s_tenant_is_kept(bench: Bench) -> None:
    await bench.connect()
    mine, wrong = (bench.tenant, bench.account), [(uuid4(), bench.account), (bench.tenant, uuid4())]
    received = [
        ReceivedWebhook(tenant, account, "orders/create", f"d{n}", b"{}", {})
        for n, (tenant, account) in enumerate([mine, *wrong, mine])
    ]
    for _ in range(2):
        async with bench.service.database.autocommit() as uow:
            assert await usecases.accept_webhooks(uow, received) == [True, False, False, True]
        assert await bench.count("raw_webhooks") == 2, "again they are kept already"
