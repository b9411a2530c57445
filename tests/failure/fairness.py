"""`make fairness`: quiet tenants sell at a slow steady rate, without and with a loud one at a hundred times that of each.

The way is measured from the sandbox's truth: a Shopify sale's webhook is accepted → the call that takes its eBay listing
down arrives. Rounds take turns: `quiet` (nobody else sells), `loud` (one more tenant at a hundred times the rate of each) and
`spread` (ten more tenants who together sell what the loud one does). Loud beside quiet is what a tenant feels of a loud
neighbour; loud beside spread is the part of it that comes from who sells and not from how much: the machine is as full.

It holds when the quiet ones' 99th percentile in loud rounds is at most 1.5 of that in quiet ones.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from uuid import uuid4

import uvloop
from soldwire_local.stage import Services, Shop

from tests.bench import way
from tests.bench.figures import Latency
from tests.bench.truth import TAKE_DOWN, Sales, Truth, spans
from tests.bench.way import LIMITS, Way

MOST = 1.5
"""The 99th percentile beside a loud neighbour, at most, to that without one."""
LOUDER = 100
CROWD = 10
KINDS = ("quiet", "loud", "spread")
_FIRST, _FIRST_RATE = 20, 10.0


@dataclass(frozen=True)
class Plan:
    """So many rounds of each kind, so many seconds each; `rate` is a quiet tenant's sales per second."""

    tenants: int = 4
    rate: float = 0.2
    seconds: float = 60.0
    rounds: int = 3
    kinds: Sequence[str] = KINDS

    @property
    def quiet_rate(self) -> float:
        """All quiet tenants' sales per second."""
        return self.tenants * self.rate

    @property
    def loud_rate(self) -> float:
        """The loud tenant's sales per second."""
        return LOUDER * self.rate


@dataclass
class Found:
    """Milliseconds of each quiet sale's way, by kind of round and in order of the rounds."""

    rounds: dict[str, list[list[float]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    late_ms: float = 0.0
    """By how much a quiet sale was later than its tick, at most."""

    def latency(self, kind: str) -> Latency:
        """Over all rounds of a kind."""
        return Latency.of([span for one in self.rounds[kind] for span in one])

    def ratio(self, kind: str, beside: str) -> float:
        """Of the 99th percentiles."""
        return self.latency(kind).p99 / self.latency(beside).p99

    @property
    def held(self) -> bool:
        """Whether the loud neighbour is felt no more than it may be."""
        return self.ratio("loud", "quiet") <= MOST

    def lines(self) -> list[str]:
        """As it is printed."""
        told = []
        for kind in (kind for kind in KINDS if self.rounds[kind]):
            all_of = self.latency(kind)
            each = ", ".join(
                f"{Latency.of(one).p50:.0f}/{Latency.of(one).p99:.0f}" for one in self.rounds[kind]
            )
            told.append(
                f"{kind}: p50 {all_of.p50:.0f} ms, p99 {all_of.p99:.0f} ms, longest {all_of.max:.0f} ms, "
                f"of {all_of.count}; by round {each}"
            )
        if self.rounds["spread"]:
            told.append(f"p99 loud beside spread: {self.ratio('loud', 'spread'):.2f}")
        told.append(f"p99 loud beside quiet: {self.ratio('loud', 'quiet'):.2f}, at most {MOST:g}")
        told.append(f"latest quiet sale: late by {self.late_ms:.0f} ms")
        return [*told, "HELD" if self.held else "BROKEN"]


@dataclass
class Neighbours:
    """Tenants with a shop each on the same product."""

    quiet: Way
    loud: Way
    crowd: Way
    """Tenants who together sell what the loud one does."""

    async def stock(self, plan: Plan) -> None:
        """What all rounds sell, and something to begin with: connections and statements are made by it."""
        loud = round(plan.loud_rate * plan.seconds * plan.rounds)
        await _stock(self.quiet, round(plan.quiet_rate * plan.seconds * plan.rounds * len(plan.kinds)))
        await _stock(self.loud, loud)
        if "spread" in plan.kinds:
            await _stock(self.crowd, loud)
        first = [tenants for tenants in (self.quiet, self.loud, self.crowd) if tenants.skus["ebay"]]
        truth = await Truth.mark(self.quiet.control)
        for tenants in first:
            await tenants.sell(_FIRST, _FIRST_RATE)
        await truth.taken_down("ebay", _FIRST * len(first))
        await self.quiet.quiet(_FIRST)

    async def round(self, plan: Plan, kind: str, found: Found) -> None:
        """One round; what it sold is through at its end."""
        count, more = round(plan.quiet_rate * plan.seconds), round(plan.loud_rate * plan.seconds)
        beside = {"quiet": None, "loud": self.loud, "spread": self.crowd}[kind]
        truth = await Truth.mark(self.quiet.control)
        selling = [self.quiet.sell(count, plan.quiet_rate)]
        if beside is not None:
            selling.append(beside.sell(more, plan.loud_rate))
        await asyncio.gather(*selling)
        found.late_ms = max(found.late_ms, self.quiet.sales.late_ms)
        await truth.taken_down("ebay", count + (more if beside is not None else 0))
        found.rounds[kind].append(await self._spans(truth))
        await self.quiet.quiet(count + more)

    async def _spans(self, truth: Truth) -> list[float]:
        """Milliseconds of each quiet sale's way since the mark."""
        sold = set(self.quiet.accounts("shopify"))
        sales = [row for row in await truth.rows("sales", platform="shopify") if row["account"] in sold]
        webhooks = [row for row in await truth.rows("webhooks", platform="shopify") if row["account"] in sold]
        skus = self.quiet.skus["ebay"]
        calls = await truth.rows("calls", platform="ebay", operation=TAKE_DOWN["ebay"])
        return spans(sales, webhooks, [call for call in calls if str(call["listing"]) in skus], skus)


async def _stock(tenants: Way, count: int) -> None:
    """So many articles in all and some more, the same for each tenant."""
    each = ceil(count / len(tenants.shops)) + _FIRST
    for shop in tenants.shops:
        await replace(tenants, shops=[shop]).stock(each)


async def run(made: Neighbours, plan: Plan) -> Found:
    """Stock, then rounds in turns."""
    found = Found()
    await made.stock(plan)
    for _ in range(plan.rounds):
        for kind in plan.kinds:
            await made.round(plan, kind, found)
            latest = Latency.of(found.rounds[kind][-1])
            print(f"{kind}: p50 {latest.p50:.0f} ms, p99 {latest.p99:.0f} ms", file=sys.stderr, flush=True)
    return found


@asynccontextmanager
async def neighbours(data: Path, tenants: int) -> AsyncIterator[Neighbours]:
    """The product with so many quiet tenants, a loud one, and a crowd."""
    async with way.running(data, shops=0) as product, AsyncExitStack() as stack:
        made = []
        for group, count in (("quiet", tenants), ("loud", 1), ("crowd", CROWD)):
            shops = [await stack.enter_async_context(_tenant(product, f"{group}-{n}")) for n in range(count)]
            skus: dict[str, dict[str, str]] = {"shopify": {}, "ebay": {}}
            made.append(replace(product, shops=shops, skus=skus, sales=Sales(product.control)))
        yield Neighbours(*made)


@asynccontextmanager
async def _tenant(product: Way, name: str) -> AsyncIterator[Shop]:
    runtime = product.runtime
    async with Services(runtime.urls, runtime.secret, uuid4()) as services:
        shop = Shop(services, product.control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
        await shop.open(shopify=f"{name}.myshopify.com", ebay=name, currency="GBP", **LIMITS)
        yield shop


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fairness ARGS=…", description=__doc__)
    parser.add_argument("--tenants", type=int, default=4, help="quiet ones")
    parser.add_argument("--rate", type=float, default=0.2, help="sales per second of each of them")
    parser.add_argument("--seconds", type=float, default=60, help="of each round")
    parser.add_argument("--rounds", type=int, default=3, help="of each kind")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="of rounds")
    return parser.parse_args()


async def _main(options: argparse.Namespace, data: Path) -> Found:
    plan = Plan(options.tenants, options.rate, options.seconds, options.rounds, options.kinds)
    async with neighbours(data, plan.tenants) as made:
        return await run(made, plan)


def main() -> None:
    """Parse, sell, print; exits with 1 when a loud neighbour is felt."""
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="soldwire-fairness-") as folder:
        found = uvloop.run(_main(options, Path(folder)))
    print("\n".join(found.lines()))
    sys.exit(0 if found.held else 1)


if __name__ == "__main__":
    main()
