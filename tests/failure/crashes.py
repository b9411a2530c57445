"""Crashes at named failpoints: arm one, wait until a process has died at it, let the supervisor bring it back."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from soldwire_local.runtime import Runtime

from tests.failure.faults import started_again
from tests.failure.invariants import SERVICES

SELLERS = ("connector-shopify", "connector-ebay")
DEPOP = ("connector-depop-ingest",)
# Which services reach a point while sales, syncs and a paired browser go on.
POINTS: Mapping[str, tuple[str, ...]] = {
    "webhook.verified": SELLERS,
    "webhook.stored": SELLERS,
    "webhooks.mapped": SELLERS,
    "webhooks.recorded": SELLERS,
    "webhooks.fetched": ("connector-ebay",),
    "relay.taken": SERVICES,
    "relay.sent": SERVICES,
    "relay.marked": SERVICES,
    "batch.handled": SERVICES,
    "batch.committed": SERVICES,
    "offsets.due": SERVICES,
    "offsets.committed": SERVICES,
    "intent.leased": SELLERS,
    "call.begun": SELLERS,
    "call.answered": SELLERS,
    "call.read": SELLERS,
    "intent.ending": SELLERS,
    "intent.ended": SELLERS,
    "budget.borrowed": SELLERS,
    "poll.page_read": SELLERS,
    "poll.page_recorded": SELLERS,
    "run.leased": SELLERS,
    "run.page_read": SELLERS,
    "run.page_recorded": SELLERS,
    "token.leased": ("connector-shopify",),
    "token.granted": ("connector-shopify",),
    "token.kept": ("connector-shopify",),
    "upload.kept": DEPOP,
    "upload.mapped": DEPOP,
    "tasks.leased": DEPOP,
    "task.reported": DEPOP,
    "steps.claimed": ("delist-orchestrator",),
    "sweep.taken": ("scheduler",),
}
# The instants at which two systems disagree about what has happened, each once, by the service where it costs most.
WORST = (
    ("connector-ebay", "webhook.stored"),
    ("connector-shopify", "call.begun"),
    ("connector-ebay", "call.answered"),
    ("connector-shopify", "intent.ending"),
    ("inventory", "batch.committed"),
    ("delist-orchestrator", "relay.sent"),
)
_HIT_WITHIN = 120.0
_LOOK = 0.05


@dataclass
class Crashes:
    """What has crashed where so far. `folder` is what `SOLDWIRE_FAILPOINTS` names."""

    runtime: Runtime
    folder: Path
    hits: Counter[str] = field(default_factory=Counter)
    """Crashes by point; each was seen."""

    async def crash(self, service: str, point: str) -> None:
        """Let the next process that gets there die at the point, and be started again.

        Raises TimeoutError when none gets there, or when what died is not the process that ran.
        """
        process = self.runtime.process(service)
        starts, hits = process.starts, self._hit(service, point)
        armed, begun = self.folder / service / point, time.monotonic()
        armed.parent.mkdir(parents=True, exist_ok=True)
        armed.touch()
        try:
            async with asyncio.timeout(_HIT_WITHIN):
                while self._hit(service, point) == hits:
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            armed.unlink(missing_ok=True)
            raise TimeoutError(f"{service} did not come to {point} within {_HIT_WITHIN:g} s") from None
        hit = time.monotonic()
        async with asyncio.timeout(_HIT_WITHIN):
            await started_again(process, starts)
        process.backoff.failures = 0  # it was us, not a fault of its own that would come again
        self.hits[point] += 1
        died, back = hit - begun, time.monotonic() - hit
        print(f"{service} died at {point} after {died:.1f} s, back {back:.1f} s later", flush=True)

    def _hit(self, service: str, point: str) -> int:
        return sum(1 for _ in (self.folder / service).glob(f"{point}.hit-*"))

    async def everywhere(self, plan: Iterable[tuple[str, str]], at_once: int = 3) -> None:
        """Crash at each (service, point), one at a time in a service, so many at a time in all."""
        room, own = asyncio.Semaphore(at_once), {service: asyncio.Lock() for service in SERVICES}

        async def one(service: str, point: str) -> None:
            async with own[service], room:
                await self.crash(service, point)

        async with asyncio.TaskGroup() as group:
            for service, point in plan:
                group.create_task(one(service, point))


def plan(times: int, seed: int, points: Iterable[str] = POINTS) -> list[tuple[str, str]]:
    """Each point so many times, over the services that reach it in turn, in an order the seed decides.

    The seed also decides with which service a point begins, so that runs of few times differ. Raises KeyError for
    a point there is not.
    """
    chance = random.Random(seed)
    chosen = [
        (POINTS[point][(place + n + seed) % len(POINTS[point])], point)
        for place, point in enumerate(points)
        for n in range(times)
    ]
    chance.shuffle(chosen)
    return chosen
