"""The fault plan of a run: what breaks when, for how long, and what that excuses."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control
from soldwire_local.supervisor import Supervised

from tests.failure.figures import Outage
from tests.failure.invariants import SERVICES

KILLED = (*SERVICES, "gateway")
FROZEN = ("connector-shopify", "connector-ebay", "inventory", "delist-orchestrator")
FREEZE_SECONDS = 3.0
"""A stop of the world. From 6 s on Kafka's session ends too, and a zombie wakes up; nobody takes listings down meanwhile
where a service is one process, so that what is sold again after 5 s is counted as preventable."""
BAD_SECONDS = 15.0
_LOOK = 0.05
# What a marketplace does for a while to a third of its calls.
BAD: Sequence[tuple[str, str, dict[str, object]]] = (
    ("ebay", "status", {"status": 503}),
    ("shopify", "throttle", {"retry_after": 2}),
    ("ebay", "timeout_after_effect", {"seconds": 5, "operation": "withdrawOffer"}),
    ("shopify", "garbage_200", {"effect": True, "operation": "inventorySetQuantities"}),
    ("ebay", "throttle", {"retry_after": 3}),
    ("shopify", "lose_reply", {"operation": "inventorySetQuantities"}),
    ("ebay", "effect_delayed", {"seconds": 10, "operation": "withdrawOffer"}),
    ("shopify", "status", {"status": 502}),
)


async def started_again(process: Supervised, starts: int) -> None:
    """Until it has been started more often than so and is ready."""
    while process.starts == starts:
        await asyncio.sleep(_LOOK)
    await process.ready()


@dataclass(frozen=True)
class Fault:
    """One thing that breaks, `at` a share of the run's time."""

    at: float
    kind: str
    what: str
    detail: int = 0


@dataclass
class Faults:
    """Carries a plan out and keeps what it took away, and for how long."""

    runtime: Runtime
    control: Control
    log: Callable[[str], None]
    freeze_seconds: float = FREEZE_SECONDS
    outages: list[Outage] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    ended_at: float = 0.0
    """When the last fault was over, in `time.monotonic()` seconds."""

    async def carry_out(self, plan: Sequence[Fault], seconds: float) -> None:
        """Strike as planned over so many seconds; returns when the last fault is over."""
        begun = time.monotonic()
        under_way: list[asyncio.Task[None]] = []
        for fault in sorted(plan, key=lambda one: one.at):
            await asyncio.sleep(max(0.0, begun + fault.at * seconds - time.monotonic()))
            under_way.append(asyncio.create_task(self._strike(fault)))
        await asyncio.gather(*under_way)
        self.ended_at = time.monotonic()

    async def _strike(self, fault: Fault) -> None:
        self.log(f"{fault.kind} {fault.what}")
        begun = time.monotonic()
        verbs: dict[str, Callable[[Fault], Awaitable[None]]] = {
            "kill -9": self._kill,
            "SIGKILL": self._kill_server,
            "immediate stop": self._kill_server,
            "freeze": self._freeze,
            "bad answers": self._bad_answers,
        }
        await verbs[fault.kind](fault)
        self.struck[fault.kind] += 1
        self.log(f"{fault.what} is as it was, {time.monotonic() - begun:.1f} s after {fault.kind}")
        if fault.kind in ("SIGKILL", "immediate stop", "bad answers"):
            self.outages.append(Outage(fault.what, begun, time.monotonic()))

    async def _kill(self, fault: Fault) -> None:
        process = await self._running(fault)
        starts = process.starts
        process.kill9()
        await started_again(process, starts)

    async def _running(self, fault: Fault) -> Supervised:
        """The process a fault is for, once it lives: the one before may just have ended it."""
        process = self.runtime.process(fault.what)
        while not process.running:
            await asyncio.sleep(_LOOK)
        return process

    async def _kill_server(self, fault: Fault) -> None:
        server = self.runtime.kafka if fault.what == "kafka" else self.runtime.postgres
        await (server.kill9() if fault.kind == "SIGKILL" else server.crash())
        await server.ready()

    async def _freeze(self, fault: Fault) -> None:
        process = await self._running(fault)
        process.pause()
        await asyncio.sleep(self.freeze_seconds)
        process.resume()

    async def _bad_answers(self, fault: Fault) -> None:
        _, mode, fields = BAD[fault.detail]
        made = await self.control.fault(fault.what, mode, probability=0.3, seed=fault.detail, **fields)
        await asyncio.sleep(BAD_SECONDS)
        await self.control.behave(made["id"])


COUNTS = {"kills": 8, "brokers": 2, "databases": 1, "freezes": 2, "bad": len(BAD)}
"""How often a plan does what: kill services, kill Kafka, stop PostgreSQL, freeze services, let marketplaces misbehave."""


def plan(seed: int, *, kills: int, brokers: int, databases: int, freezes: int, bad: int) -> list[Fault]:
    """Faults spread over a run; each service is killed before any is killed twice. Nothing in its last tenth."""
    chance = random.Random(seed)
    order = list(KILLED)
    chance.shuffle(order)
    made = [("kill -9", order[n % len(order)], 0) for n in range(kills)]
    made += [("SIGKILL", "kafka", 0)] * brokers + [("immediate stop", "postgres", 0)] * databases
    made += [("freeze", FROZEN[n % len(FROZEN)], 0) for n in range(freezes)]
    made += [("bad answers", BAD[n % len(BAD)][0], n % len(BAD)) for n in range(bad)]
    chance.shuffle(made)
    return [
        Fault(0.05 + 0.85 * n / len(made), kind, what, detail) for n, (kind, what, detail) in enumerate(made)
    ]
