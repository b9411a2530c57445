"""What webhooks say of stock and products: several at once, and after something else was learnt of the listing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from connector_kit.store import mark_listings
from connector_shopify.config import Settings
from soldwire_contracts.listings import ListingObserved
from soldwire_contracts.values import SyncScope
from testkit.connector import Bench
from testkit.http import http_to


@pytest.fixture
async def refs(bench: Bench) -> dict[str, str]:
    """A connected shop with one article, as it was last read."""
    await bench.connect()
    await bench.sandbox.listing("shopify", bench.seller, "NEWS-1", quantity=2)
    await bench.sync(SyncScope.ARTICLES)
    return await _refs(bench)


async def _refs(bench: Bench) -> dict[str, str]:
    async with bench.service.database.bus([bench.tenant]) as uow:
        row = (await uow.conn.execute_sql("select refs from listings")).one()
    return dict(row.refs)


async def _deliver(bench: Bench, topic: str, body: object, at: datetime) -> None:
    assert isinstance(bench.settings, Settings)
    (secret,) = bench.settings.webhook_secrets()
    raw = json.dumps(body).encode()
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": bench.seller,
        "X-Shopify-Webhook-Id": f"{topic}-{at.isoformat()}",
        "X-Shopify-Triggered-At": at.isoformat(),
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
    }
    async with http_to(bench.url) as http:
        assert (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code == 200


def _product(refs: dict[str, str], status: str, quantity: int, at: datetime) -> object:
    variant = {
        "id": int(refs["variant"]),
        "inventory_policy": "deny",
        "inventory_management": "shopify",
        "inventory_quantity": quantity,
    }
    return {"id": int(refs["product"]), "status": status, "updated_at": at.isoformat(), "variants": [variant]}


def _level(refs: dict[str, str], units: int, at: datetime) -> object:
    return {
        "inventory_item_id": int(refs["item"]),
        "location_id": int(refs["location"]),
        "available": units,
        "updated_at": at.isoformat(),
    }


async def _told(bench: Bench) -> list[tuple[str, int]]:
    said = [e.data for e in await bench.said("listing.observed")]
    return [(str(one.state), one.quantity) for one in said if isinstance(one, ListingObserved)]


async def test_a_product_that_is_told_of_twice_after_it_came_off_show_is_not_its_sellers_draft(
    bench: Bench, refs: dict[str, str]
) -> None:
    """Shopify sends products/update for the status, and for whatever else changes of it while it is off show."""
    async with bench.service.database.bus([bench.tenant]) as uow:
        account = UUID(str(bench.account))
        await mark_listings(uow, account, ("product", [refs["product"]]), {"off_show": "draft"})
    now = datetime.now(UTC)
    for number in (1, 2, 3):
        at = now + timedelta(seconds=number)
        await _deliver(bench, "products/update", _product(refs, "draft", 0, at), at)
        await bench.webhooks_in(number)
    assert await _told(bench) == [("live", 2), ("live", 0)]
    assert (await _refs(bench))["off_show"] == "draft"


async def test_a_stock_level_told_with_a_new_state_does_not_undo_it(
    bench: Bench, refs: dict[str, str]
) -> None:
    """Both are interpreted at once: the seller has drafted the product, then its stock changed."""
    now = datetime.now(UTC) + timedelta(seconds=1)
    later = now + timedelta(seconds=1)
    await _deliver(bench, "products/update", _product(refs, "draft", 2, now), now)
    await _deliver(bench, "inventory_levels/update", _level(refs, 1, later), later)
    await bench.webhooks_in(2)
    assert (await _told(bench))[-1] == ("draft", 1)
