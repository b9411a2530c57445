"""What the sandbox says happened, read on from a mark: a read costs what is new, and nothing of it is asked for twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from soldwire_local.stage import Control

Json = dict[str, Any]

TAKE_DOWN = {"shopify": "inventorySetQuantities", "ebay": "withdrawOffer"}
"""The call that takes a listing down."""
LOOK_SECONDS = 0.2


class Truth:
    """The sandbox's truth since a mark."""

    def __init__(self, control: Control, since: int) -> None:
        self._control = control
        self._since = since

    @classmethod
    async def mark(cls, control: Control) -> Truth:
        """From now on."""
        return cls(control, int((await control.get("/truth/summary"))["seq"]))

    async def rows(self, what: str, **query: object) -> list[Json]:
        """Sales, calls or webhooks since the mark."""
        return await self._control.truth(what, after=self._since, **query)

    async def taken_down(self, platform: str, count: int, within: float = 300) -> list[Json]:
        """The calls that take listings down, once so many listings have come down."""
        calls: list[Json] = []
        down: set[str] = set()
        since = self._since
        async with asyncio.timeout(within):
            while True:
                new = await self._control.truth(
                    "calls", platform=platform, operation=TAKE_DOWN[platform], after=since
                )
                calls += new
                down |= {str(call["listing"]) for call in new if call["took_effect"]}
                if len(down) >= count:
                    return calls
                since = max((call["seq"] for call in new), default=since)
                await asyncio.sleep(LOOK_SECONDS)


class Sales:
    """An open loop of sales, each at its tick whatever became of the ones before, made by the sandbox itself.

    A buyer needs no HTTP: what a driver would spend on asking for a sale, Soldwire would lack.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._runs = 0
        self.late_ms = 0.0
        """By how much the latest tick so far was late."""

    async def make(self, platform: str, accounts: Sequence[str], count: int, rate: float) -> None:
        """Sell so many articles; raises RuntimeError when not all of them could be sold."""
        self._runs += 1
        plan = {"platforms": [platform], "accounts": list(accounts), "seed": self._runs}
        run = await self._control.post("/load", rate=rate, seconds=count / rate, **plan)
        ends = time.monotonic() + count / rate
        while True:
            await asyncio.sleep(max(LOOK_SECONDS, ends - time.monotonic()))
            told = await self._control.get(f"/load/{run['id']}")
            if told["done"]:
                break
        self.late_ms = max(self.late_ms, told["late_ms_max"])
        if told["sold"] < count:
            raise RuntimeError(f"only {told['sold']} of {count} articles were for sale")


def spans(
    sales: Sequence[Json], webhooks: Sequence[Json], calls: Sequence[Json], skus: Mapping[str, str]
) -> list[float]:
    """Milliseconds from each sale's accepted webhook to the arrival of the first call that takes its other listing down.

    `skus` names the listings that are taken down. A webhook that was stored though its answer came too late for the
    sandbox has no moment to count from, and a sale whose listing was not taken down raises KeyError.
    """
    arrived: dict[str, float] = {}
    for call in calls:
        arrived.setdefault(skus[str(call["listing"])], call["monotonic"])
    accepted: dict[str, float] = {}
    for hook in webhooks:
        if hook["status"] == 200:
            accepted.setdefault(str(hook["resource"]), hook["monotonic"])
    sold = {str(sale["order_id"]): line["sku"] for sale in sales for line in sale["lines"]}
    return [(arrived[sku] - accepted[order]) * 1000 for order, sku in sold.items() if order in accepted]
