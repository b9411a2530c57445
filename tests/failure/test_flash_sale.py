"""The brake and a flash sale: hundreds of units that orders take pause nothing; a shop emptied without orders does."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tests.failure.storm import PLATFORMS, Kind, Storm, storm

SALES = 400
PER_SECOND = 8.0
TOLD = {"duplicates": 0.10, "disorder": 0.05, "late": 0.01}
EMPTIED = 80
SETTLED = 5.0
BRAKE_FLOOR = 50
"""Unbacked lowerings that the brake lets through of an account as small as these (delist-orchestrator's `brake_floor`)."""
Json = dict[str, Any]

pytestmark = [pytest.mark.stack, pytest.mark.storm, pytest.mark.timeout(400)]


@pytest.mark.parametrize("master", [False, True], ids=["nobody counts the stock", "Shopify counts the stock"])
async def test_a_flash_sale_pauses_nothing_and_a_shop_emptied_without_orders_does(
    tmp_path: Path, master: bool
) -> None:
    """Where Shopify counts the stock, its news that a quantity is 0 may come before the order that explains it."""
    async with storm(tmp_path) as made:
        await made.stock([Kind("P", SALES // 2, 1, PLATFORMS[:2]), Kind("T", SALES // 20, 10, PLATFORMS[:2])])
        await made.counts_the_stock(master)
        await _flash_sale(made)
        took = await made.drained()
        assert await made.violations() == []
        assert await _still_for_sale(made) == 0
        assert await _pauses(made) == [], f"drained in {took:.1f} s"
        await made.counts_the_stock(True)
        await made.stock([Kind("P", EMPTIED, 1, PLATFORMS[:2])])
        await _empty_shopify(made)
        ends = time.monotonic() + 60
        while not (pauses := await _pauses(made)):
            assert time.monotonic() < ends, "a shop was emptied and nothing was paused"
            await asyncio.sleep(0.5)
        assert {(pause["paused_by"], pause["unbacked_only"]) for pause in pauses} == {("brake", True)}
        await asyncio.sleep(SETTLED)
        left = await _still_for_sale(made)
        made.say(
            f"{SALES} units sold, nothing paused; of {EMPTIED} emptied {left} are still for sale on eBay"
        )
        assert EMPTIED - BRAKE_FLOOR <= left < EMPTIED, (
            "a few went before the brake saw that they were too many"
        )


async def _flash_sale(made: Storm) -> None:
    """Every unit of every article is sold on one Shopify account within a minute."""
    load = await made.shop.control.post(
        "/load",
        rate=PER_SECOND,
        seconds=SALES / PER_SECOND,
        platforms=["shopify"],
        accounts=[made.shop.accounts["shopify"].name],
        seed=made.seed,
        **TOLD,
    )
    while not (told := await made.shop.control.get(f"/load/{load['id']}"))["done"]:
        await asyncio.sleep(1)
    assert told["sold"] == SALES


async def _empty_shopify(made: Storm) -> None:
    """As a bad mapping would: every quantity goes to 0 with no order behind it."""
    for row in await made.shop.control.truth("listings", platform="shopify"):
        if row["buyable"]:
            await made.shop.control.change_listing("shopify", row["listing"], quantity=0)


async def _still_for_sale(made: Storm) -> int:
    return sum(row["buyable"] for row in await made.shop.control.truth("listings", platform="ebay"))


async def _pauses(made: Storm) -> list[Json]:
    found: list[Json] = await made.shop.services.get("delist-orchestrator", "/v1/pauses")
    return found
