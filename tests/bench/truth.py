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
MOST_LATE = 60.0
TELLS_OF_AN_ORDER = ("orders/", "ORDER_")
"""How the topics of such webhooks begin, on Shopify and on eBay."""


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
        """By how much the latest tick of the last load was late."""

    async def make(self, platform: str, accounts: Sequence[str], count: int, rate: float) -> None:
        """Sell so many articles; raises RuntimeError when not all of them could be sold."""
        self._runs += 1
        plan = {"platforms": [platform], "accounts": list(accounts), "seed": self._runs}
        run = await self._control.post("/load", rate=rate, seconds=count / rate, **plan)
        ends = time.monotonic() + count / rate
        async with asyncio.timeout(count / rate + MOST_LATE):
            while True:
                await asyncio.sleep(max(LOOK_SECONDS, ends - time.monotonic()))
                told = await self._control.get(f"/load/{run['id']}")
                if told["done"]:
                    break
        self.late_ms = told["late_ms_max"]
        if told["sold"] < count:
            raise RuntimeError(f"only {told['sold']} of {count} articles were for sale")


def spans(
    sales: Sequence[Json], webhooks: Sequence[Json], calls: Sequence[Json], skus: Mapping[str, str]
) -> list[float]:
    """Milliseconds from each sale's accepted webhook to the arrival of the first call that takes its other listing down.

    The first 2xx of any webhook of the order counts, for any of them brings the sale. Where the call is there before
    it, the answer to an earlier attempt came too late for the sandbox: the earliest attempt's start counts then.
    `skus` names the listings that are taken down. A sale that was never told or never taken down raises KeyError.
    """
    arrived: dict[str, float] = {}
    for call in calls:
        arrived.setdefault(skus[str(call["listing"])], call["monotonic"])
    told: dict[str, list[Json]] = {}
    for hook in webhooks:
        if str(hook["topic"]).startswith(TELLS_OF_AN_ORDER):
            told.setdefault(str(hook["resource"]), []).append(hook)
    sold = {str(sale["order_id"]): line["sku"] for sale in sales for line in sale["lines"]}
    return [(arrived[sku] - _stored_at(told[order], arrived[sku])) * 1000 for order, sku in sold.items()]


def _stored_at(attempts: Sequence[Json], by: float) -> float:
    accepted = min((x["monotonic"] for x in attempts if x["status"] == 200), default=by)
    return accepted if accepted < by else min(x["monotonic"] - x["ms"] / 1000 for x in attempts)
