"""An article sold elsewhere takes its product off show in Shopify, and a cancelled sale brings both back.

Connector, inventory and orchestrator on databases of their own; what one says is handed to the next, with no Kafka between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from connector_shopify import app as shopify
from connector_shopify import usecases
from connector_shopify.config import Settings as ShopifySettings
from delist_orchestrator import app as orchestrator
from delist_orchestrator.config import Settings as OrchestratorSettings
from inventory import app as inventory
from inventory.config import Settings as InventorySettings
from inventory_shop import Shop
from kit.service import Service
from soldwire_contracts import Fact
from soldwire_contracts.sales import SaleCancelled, SaleDetected
from soldwire_contracts.values import Platform, Restock, SyncScope
from testkit.bus import emitted, run_batch
from testkit.connector import Bench
from testkit.connector.shopify import SEAL_KEYS, shopify_bench
from testkit.plugin import FreshDatabase
from testkit.sandbox import running, serving_app
from testkit.services import opened, settings_for

SHOP = "demo.myshopify.com"
_OUTCOMES = ("listing.delisted", "listing.adjusted", "listing.relisted", "listing.failed")


@dataclass
class Three:
    """The three services, and how far each has been listened to."""

    bench: Bench
    inventory: Service
    orchestrator: Service
    heard: dict[tuple[str, str], int] = field(default_factory=dict)

    async def hand_on(self) -> bool:
        """Everything said since, to whom it is for; whether there was anything."""
        connector = self.bench.service
        ways: Sequence[tuple[Service, Service, str, tuple[str, ...]]] = (
            (connector, self.inventory, "listings", ("listing.observed",)),
            (connector, self.inventory, "outcomes", _OUTCOMES),
            (connector, self.orchestrator, "outcomes", _OUTCOMES),
            (self.inventory, self.orchestrator, "stock", ("listing.sold", "stock.changed")),
            (self.orchestrator, connector, "targets", ("listing.target.shopify",)),
        )
        moved = [await self._hand(*way) for way in ways]
        return any(moved)

    async def _hand(self, teller: Service, hearer: Service, subscriber: str, topics: tuple[str, ...]) -> bool:
        said = await emitted(teller.database, *topics)
        key = (hearer.name, subscriber)
        facts: list[Fact] = [event.data for event in said[self.heard.get(key, 0) :]]
        self.heard[key] = len(said)
        if facts:
            await run_batch(hearer.routers[0], subscriber, facts, hearer.database)
        return bool(facts)

    async def quiet(self) -> None:
        """Until nobody has anything to say or to do."""
        async with asyncio.timeout(20):
            while await self.hand_on() or await self._busy():
                await self.bench.turn("intents", "product")
                await asyncio.sleep(0.02)

    async def _busy(self) -> bool:
        due = "due_chores where kind = 'product'"
        return bool(await self.bench.count("due_intents") or await self.bench.count(due))


@pytest.fixture
async def three(database: FreshDatabase) -> AsyncIterator[Three]:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running())
        keys = await sandbox.account("shopify", SHOP, publications=2)
        settings = settings_for(
            ShopifySettings,
            database("connector-shopify"),
            seal_keys=SEAL_KEYS,
            shopify_base=f"{sandbox.url}/shopify/{{shop}}",
            settle_seconds=1.0,
        )
        connector = await stack.enter_async_context(opened(shopify.build(settings)))
        url = await stack.enter_async_context(serving_app(connector.app()))
        bench = shopify_bench(
            connector, settings, sandbox, url, SHOP, {"shop": SHOP, "access_token": keys["access_token"]}
        )
        stock = inventory.build(settings_for(InventorySettings, database("inventory")))
        delists = orchestrator.build(settings_for(OrchestratorSettings, database("delist-orchestrator")))
        for service in (stock, delists):
            await stack.enter_async_context(opened(service))
        yield Three(bench, stock, delists)


@pytest.mark.parametrize(("way", "status", "channels"), [("draft", "DRAFT", 2), ("unpublish", "ACTIVE", 0)])
@pytest.mark.parametrize("policy", ["DENY", "CONTINUE"])
async def test_sold_elsewhere_its_product_goes_and_a_cancelled_sale_brings_it_back_for_sale(
    three: Three, way: str, status: str, channels: int, policy: str
) -> None:
    bench = three.bench
    await bench.connect()
    async with bench.service.database.bus([bench.tenant]) as uow:
        await usecases.set_sold_out(uow, bench.account, way)
    made = await bench.sandbox.listing("shopify", SHOP, "ONE-OFF", quantity=1, policy=policy)
    await bench.sync(SyncScope.ARTICLES)
    await three.quiet()
    sale = await _sold_elsewhere(three, bench.tenant)
    await three.quiet()
    gone = await bench.sandbox.shown(str(made["listing"]))
    assert (gone["buyable"], gone["state"], len(gone["published_on"])) == (False, status, channels)
    await bench.sync(SyncScope.ARTICLES)
    await three.quiet()
    await _cancelled(three, sale)
    await three.quiet()
    back = await bench.sandbox.shown(str(made["listing"]))
    assert (back["buyable"], back["quantity"], back["inventory_policy"]) == (True, 1, policy)
    assert (back["state"], len(back["published_on"])) == ("ACTIVE", 2)
    assert (await bench.outcomes())[-1].topic == "listing.relisted"
    assert await bench.count("product_takedowns") == 0


async def _sold_elsewhere(three: Three, tenant: UUID) -> SaleDetected:
    now = datetime.now(UTC)
    seller = Shop(tenant)
    sale = seller.sale(Platform.EBAY, "ONE-OFF", at=now, listing=False, connected=now - timedelta(days=9))
    await run_batch(three.inventory.routers[0], "sales", [sale], three.inventory.database)
    return sale


async def _cancelled(three: Three, sale: SaleDetected) -> None:
    more = {
        "revision": 2,
        "cancelled_quantity": 1,
        "restock": Restock.RESTOCKED,
        "cancelled_at": datetime.now(UTC),
    }
    cancelled = SaleCancelled.model_validate({**sale.model_dump(), **more})
    await run_batch(three.inventory.routers[0], "sales", [cancelled], three.inventory.database)
