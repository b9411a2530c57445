"""What tracing costs: CPU time of a sale with every service exporting its spans over OTLP, and with none."""

from __future__ import annotations

import asyncio
import statistics

from tests.bench import sink
from tests.bench.cpu import SERVICES
from tests.bench.figures import Report
from tests.bench.way import Way

RATE = 20
SECONDS = 10
ROUNDS = 3


async def measure(report: Report, soldwire: Way) -> None:
    """Off and on in turns, each time with every service started anew and warmed."""
    count = RATE * SECONDS
    await soldwire.stock((2 * ROUNDS * (count + count // 2) // len(soldwire.shops) + 1) * len(soldwire.shops))
    off, on = [], []
    async with sink.running() as collector:
        for _ in range(ROUNDS):
            off.append(await _each(soldwire, ""))
            on.append(await _each(soldwire, collector.url))
        told = await collector.batches()
    await _restart(soldwire, {})
    if not told:
        raise RuntimeError("no span was exported")
    what = f"CPU time a sale takes in the services, {RATE}/s, spans exported beside not"
    report.compare(what, statistics.median(on), statistics.median(off), "ms")
    report.note("between the highest and the lowest of the rounds without", max(off) - min(off), "ms")
    report.note("requests with spans that came meanwhile", told, "requests")


async def _each(soldwire: Way, otlp: str) -> float:
    """Milliseconds of CPU a sale took in the services."""
    await _restart(soldwire, {"SOLDWIRE_OTLP": otlp} if otlp else {})
    await soldwire.paced(RATE, SECONDS / 2)
    await soldwire.drain(RATE * SECONDS)
    await soldwire.paced(RATE, SECONDS)
    await soldwire.quiet(RATE * SECONDS)
    return soldwire.cpu_each[SERVICES]


async def _restart(soldwire: Way, variables: dict[str, str]) -> None:
    names = [service.name for service in soldwire.runtime.services]
    await asyncio.gather(*(soldwire.restart(name, **variables) for name in names))
