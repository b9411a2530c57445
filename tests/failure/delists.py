"""`make delists`: so many listings taken down over several shops while their marketplaces are bad the whole time.

Real Kafka, PostgreSQL, both connectors and the sandbox; targets go out on Kafka as the delist-orchestrator sends them.
About one call in five is struck: 429 with Retry-After, 502, 503, silence and lost answers after the effect,
garbage with HTTP 200 after the effect, effects that show up to 30 s late.

The least calls: what the same delists take at good marketplaces (one that takes down, one that reads back), plus what
each fault that struck makes necessary by itself, whoever makes the calls (`delist_figures.made_necessary`): one again
for a call that brought nothing, one reading more for an effect that shows late, none for a change whose answer alone was
lost. It holds when every listing is off sale in the sandbox's truth and was said to be once, calls are at most 1.3 of that
least, no listing was changed twice (I5: each has one version), and no call came to an account before its Retry-After was over.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uvloop
from aiokafka import AIOKafkaProducer
from kit.ids import new_id
from soldwire_contracts import Fact, encode
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope
from soldwire_local import services as catalogue
from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop
from testkit.targets import listing_target

from tests.failure.delist_figures import CHANGES, READS, DelistFigures, figures
from tests.failure.invariants import CONNECTORS, Databases

PLATFORMS = ("shopify", "ebay")
RETRY_AFTER = {"shopify": 2, "ebay": 2}
SETTINGS = {
    "SOLDWIRE_LOG_LEVEL": "WARNING",
    "SOLDWIRE_POLL_SECONDS": "3600",  # nothing but delists calls, so that all calls count
    "SOLDWIRE_CALL_TIMEOUT_SECONDS": "3",
    "SOLDWIRE_EBAY_USER_CALLS_PER_SECOND": "100000",
    "SOLDWIRE_EBAY_CALLS_PER_DAY": "1000000000",
}
WIDE = {"maximum_available": 1_000_000, "restore_rate": 500_000, "max_query_cost": 100_000}
"""No shop's own limit binds: what refuses here is the fault."""
SILENCE = 6.0
"""Longer than the connectors wait for an answer."""
# Share of the calls that each fault strikes, and how; the first that strikes decides.
ON_ANY: Sequence[tuple[float, dict[str, Any]]] = (
    (0.03, {"mode": "status", "status": 502}),
    (0.03, {"mode": "status", "status": 503}),
    (0.02, {"mode": "timeout_after_effect", "seconds": SILENCE}),
    (0.04, {"mode": "lose_reply"}),
    (0.04, {"mode": "garbage_200", "effect": True}),
)
DELAYS = (3, 12, 30)
"""Seconds until a change shows, a third of the delayed ones each."""
DELAYED = 0.02
"""Share of the changes with each delay."""
REFUSED = 0.03
Json = dict[str, Any]


@dataclass
class Delists:
    """Shops of one tenant on two running connectors."""

    runtime: Runtime
    control: Control
    producer: AIOKafkaProducer
    shops: Sequence[Shop]
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.databases = Databases(self.runtime.postgres.dsn)

    async def stock(self, count: int) -> None:
        """Put so many listings up, half on each platform, and let the connectors read them."""
        for n, shop in enumerate(self.shops):
            each = count // 2 // len(self.shops) + (n < count // 2 % len(self.shops))
            await shop.stock(
                PLATFORMS, count=each, sku_prefix=f"D-{n}-", quantity=1, price="25.00", title="Coat"
            )
        for shop in self.shops:
            for platform in PLATFORMS:
                await self._send(self._run(shop, platform))
        async with asyncio.timeout(60 + count / 20):
            while await self._count("select count(*) from listings where seen is not null") < count // 2 * 2:
                await asyncio.sleep(0.5)

    def _run(self, shop: Shop, platform: str) -> Fact:
        return SyncRequested(
            tenant_id=shop.services.tenant,
            platform=Platform(platform),
            account_id=_id(shop, platform),
            run_id=new_id(),
            revision=1,
            scope=SyncScope.ARTICLES,
            desired=RunState.RUNNING,
            requested_at=datetime.now(UTC),
        )

    async def misbehave(self, seed: int, delays: Sequence[int]) -> None:
        """From now on every marketplace is bad."""
        for platform in PLATFORMS:
            refused: Json = {"mode": "throttle"} if platform == "ebay" else {"mode": "status", "status": 429}
            refused["retry_after"] = RETRY_AFTER[platform]
            change, read = CHANGES[platform], READS[platform]
            late = [(DELAYED, {"mode": "effect_delayed", "seconds": seconds}) for seconds in delays]
            bad = [(change, *one) for one in ((REFUSED, refused), *ON_ANY, *late)]
            bad += [(read, *one) for one in ((REFUSED, refused), *ON_ANY)]
            for n, (operation, share, fault) in enumerate(bad):
                given = {"operation": operation, "probability": share, "seed": seed + n, **fault}
                await self.control.post("/faults", platform=platform, **given)

    async def ask(self) -> int:
        """Send every listing's target, 0; answers how many."""
        sent = 0
        for platform, connector in CONNECTORS.items():
            if platform in PLATFORMS:
                rows = await self.databases.rows(
                    connector, "select listing_id, tenant_id, account_id from listings order by sku"
                )
                await asyncio.gather(*[await self._sending(_target(platform, row)) for row in rows])
                sent += len(rows)
        return sent

    async def _send(self, fact: Fact) -> None:
        await (await self._sending(fact))

    async def _sending(self, fact: Fact) -> asyncio.Future[Any]:
        body = encode(fact, id=new_id(), source="/test", time=datetime.now(UTC))
        sending: asyncio.Future[Any] = await self.producer.send(
            fact.topic_name(), body, key=fact.key().encode()
        )
        return sending

    async def quiet(self, count: int, within: float) -> int:
        """Until every target has ended, and all that was on its way has arrived; answers how many have not."""
        ends, left, told = time.monotonic() + within, count, 0.0
        while left and time.monotonic() < ends:
            await asyncio.sleep(0.5)
            ended = await self._count("select count(*) from intents where state in ('reached', 'parked')")
            left = count - ended
            if time.monotonic() - told > 10:
                told = time.monotonic()
                self.say(f"{ended} of {count} have ended")
        await asyncio.sleep(SILENCE)  # a silenced call is on record once its silence is over
        return left

    async def _count(self, query: str) -> int:
        return sum([await self.databases.count(CONNECTORS[platform], query) for platform in PLATFORMS])

    async def outcomes(self) -> dict[str, int]:
        """What was said of the targets, by topic."""
        said: Counter[str] = Counter()
        query = "select topic, count(*) from outbox where topic like 'listing.%' and topic <> 'listing.observed' group by 1"
        for platform in PLATFORMS:
            for row in await self.databases.rows(CONNECTORS[platform], query):
                said[row["topic"]] += row["count"]
        return dict(said)


async def run(
    made: Delists, count: int, seed: int, within: float, delays: Sequence[int] = DELAYS
) -> DelistFigures:
    """Stock, let everything misbehave, take all of it down, and judge."""
    await made.stock(count)
    made.say(f"{count} listings are known")
    since = int((await made.control.get("/truth/summary"))["seq"])
    await made.misbehave(seed, delays)
    begun = time.monotonic()
    sent = await made.ask()
    unfinished = await made.quiet(sent, within)
    took = time.monotonic() - begun
    calls = await made.control.truth("calls", after=since)
    found = figures(calls, await made.control.truth("listings"), RETRY_AFTER)
    return replace(found, outcomes=await made.outcomes(), unfinished=unfinished, seconds=took)


def _target(platform: str, row: Any) -> ListingTarget:
    return listing_target(Platform(platform), row["tenant_id"], row["account_id"], row["listing_id"])


def _id(shop: Shop, platform: str) -> UUID:
    account = shop.accounts[platform].id
    assert account is not None
    return account


@asynccontextmanager
async def delists(data: Path, shops: int) -> AsyncIterator[Delists]:
    """Both connectors running, so many shops connected on both platforms."""
    wanted = [one for one in catalogue.discover() if one.name in (CONNECTORS["shopify"], CONNECTORS["ebay"])]
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(
            Runtime(data, services=wanted, extra=SETTINGS, durable=False)
        )
        services = await stack.enter_async_context(Services(runtime.urls, runtime.secret, uuid4()))
        control = await stack.enter_async_context(Control(runtime.url("sandbox")))
        producer = AIOKafkaProducer(bootstrap_servers=runtime.kafka.bootstrap, acks="all", linger_ms=5)
        await producer.start()
        stack.push_async_callback(producer.stop)
        begun = time.monotonic()
        yield Delists(
            runtime,
            control,
            producer,
            [await _open(runtime, services, control, n) for n in range(shops)],
            lambda what: print(f"{time.monotonic() - begun:7.1f} s  {what}", flush=True),
        )


async def _open(runtime: Runtime, services: Services, control: Control, number: int) -> Shop:
    shop = Shop(services, control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
    await shop.open(shopify=f"bad-{number}.myshopify.com", ebay=f"bad_{number}", currency="GBP", **WIDE)
    return shop


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make delists COUNT=… ARGS=…", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="listings, half on each marketplace")
    parser.add_argument("--shops", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1, help="decides which calls are struck")
    parser.add_argument("--within", type=float, default=1800, help="seconds until all must have ended")
    parser.add_argument("--data", type=Path, help="folder that is kept; default: one that is thrown away")
    return parser.parse_args()


async def _main(options: argparse.Namespace, data: Path) -> DelistFigures:
    async with delists(data, options.shops) as made:
        return await run(made, options.count, options.seed, options.within)


def main() -> None:
    """Parse, take down, print; exits with 1 when something did not hold."""
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="soldwire-delists-") as folder:
        found = uvloop.run(_main(options, options.data or Path(folder)))
    print("\n".join(found.lines()))
    sys.exit(0 if found.held else 1)


if __name__ == "__main__":
    main()
