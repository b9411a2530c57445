"""Runs in which a marketplace's limit binds: a burst of sales far above it, on one shop, against the limit itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.figures import Report
from tests.bench.truth import Truth
from tests.bench.way import LIMITS, Way

Json = dict[str, Any]

PATIENCE = 300.0


@dataclass(frozen=True)
class Limit:
    """A marketplace's limit on one account: it lets `at_once` through and refills by `per_second`; a take-down takes `cost`.

    `settings` make it the sandbox's, `variables` the connector's; `scope` is the connector's name for it.
    """

    platform: str
    sold_on: str
    at_once: float
    per_second: float
    cost: float
    unit: str
    settings: Mapping[str, float] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""

    @property
    def service(self) -> str:
        """The connector that must keep to it."""
        return f"connector-{self.platform}"

    def allows(self, seconds: float) -> float:
        """Take-downs in so many seconds if nothing but the calls that take down were made, from a full bucket."""
        return (self.at_once + self.per_second * seconds) / self.cost

    def used(self, taken: float, seconds: float) -> float:
        """The share of what there was to take that was taken."""
        return taken / (self.at_once + self.per_second * seconds)

    def told(self) -> str:
        """As it is printed."""
        return (
            f"{self.per_second:g} {self.unit}/s and {self.at_once:g} at once, a take-down costs {self.cost:g}"
        )


SHOPIFY = Limit(
    "shopify",
    sold_on="ebay",
    at_once=2000,
    per_second=100,
    cost=10,
    unit="points",
    settings={"maximum_available": 2000, "restore_rate": 100, "max_query_cost": 1000},
    scope="shopify:{account.name}",
)
"""A standard plan's, which the connector assumes until a shop tells another."""
EBAY = Limit(
    "ebay",
    sold_on="shopify",
    at_once=200,
    per_second=20,
    cost=1,
    unit="calls",
    settings={"calls_at_once": 200, "calls_per_second": 20},
    variables={"SOLDWIRE_EBAY_USER_CALLS_PER_SECOND": "20"},
    scope="ebay:user:{account.id}",
)
"""Less than half of what the connector draws for one seller by default, so that a short run is over it."""


@dataclass(frozen=True)
class Burst:
    """What became of a burst: seconds from its first sale to its last take-down, and the limited account's calls."""

    sales: int
    seconds: float
    calls: int
    refused: int
    taken: float
    right: int

    @classmethod
    def of(cls, sales: Sequence[Json], calls: Sequence[Json], listings: Iterable[Json]) -> Burst:
        """From the truth: the burst's sales, the limited account's calls and what its listings show in the end."""
        effects = [effect for call in calls for effect in call["effects"] if effect["changed"]]
        changed = Counter(effect["listing"] for effect in effects)
        sold = {line["sku"] for sale in sales for line in sale["lines"]}
        down = [x for x in listings if x["sku"] in sold and not x["buyable"] and changed[x["listing"]] == 1]
        begun = min(sale["monotonic"] for sale in sales)
        return cls(
            sales=len(sales),
            seconds=max((effect["monotonic"] for effect in effects), default=begun) - begun,
            calls=len(calls),
            refused=sum(1 for call in calls if call["throttled"]),
            taken=sum(call["cost"] for call in calls),
            right=len(down),
        )


async def measure(report: Report, soldwire: Way, sales: int, rate: float) -> None:
    """A burst of eBay sales against Shopify's limit, then one of Shopify sales against an eBay seller's."""
    told = {limit.platform: limit.told() for limit in (SHOPIFY, EBAY)}
    report.settings["limits"] = {**told, "burst": f"{sales} sales at {rate:g}/s"}
    async with soldwire.another_tenant() as shop:
        await shop.open(shopify="limited.myshopify.com", ebay="limited", currency="GBP", **LIMITS)
        way = soldwire.beside(shop)
        await way.stock(2 * sales)
        for limit, before in ((SHOPIFY, LIMITS), (EBAY, {"calls_per_second": None})):
            await bind(way, limit)
            tell(report, limit, await _burst(way, limit, sales, rate))
            account = shop.accounts[limit.platform]
            await way.control.change_account(limit.platform, account.name, **before)
            await way.restart(limit.service)


async def _burst(way: Way, limit: Limit, sales: int, rate: float) -> Burst:
    truth = await Truth.mark(way.control)
    await way.sell(sales, rate, limit.sold_on)
    await truth.taken_down(limit.platform, sales, within=PATIENCE)
    await way.drain(sales)
    [account] = way.accounts(limit.platform)
    return Burst.of(
        await truth.rows("sales", platform=limit.sold_on),
        await truth.rows("calls", platform=limit.platform, account=account),
        await way.control.truth("listings", platform=limit.platform, account=account),
    )


async def bind(way: Way, limit: Limit) -> None:
    """Set the limit on both sides, full; the connector's bucket keeps the size it was first drawn with, so it is made anew."""
    account = way.shops[0].accounts[limit.platform]
    await way.runtime.process(limit.service).stop()
    connection = await way.counts.connection(limit.service)
    scope = limit.scope.format(account=account)
    if await connection.execute("delete from budgets where scope = $1", scope) != "DELETE 1":
        raise RuntimeError(f"{limit.service} draws from no {scope}")
    await way.control.change_account(limit.platform, account.name, **limit.settings)
    await way.start(limit.service, **limit.variables)


def tell(report: Report, limit: Limit, burst: Burst) -> None:
    """The rows of one burst."""
    what = f"limit of {limit.platform} ({limit.told()})"
    allowed = limit.allows(burst.seconds) / burst.seconds
    report.compare(f"{what}: take-downs", burst.sales / burst.seconds, allowed, "/s")
    report.note(f"{what}: used of what it gave", 100 * limit.used(burst.taken, burst.seconds), "%")
    report.note(f"{what}: calls of a take-down", burst.calls / burst.sales, "calls")
    report.note(f"{what}: calls refused for going over", burst.refused, "calls")
    report.note(f"{what}: listings ended right, by one change each", 100 * burst.right / burst.sales, "%")
