"""Seconds from the start of each service's process until it is ready, beside a bare app's that listens."""

from __future__ import annotations

import statistics
import time

from tests.bench import door
from tests.bench.figures import Report
from tests.bench.way import Way

TIMES = 3


async def measure(report: Report, soldwire: Way) -> None:
    """Each service alone, started again while the others run; the floor in the same turns."""
    for service in soldwire.runtime.services:
        ours, base = [], []
        for _ in range(TIMES):
            async with door.running(soldwire.runtime.postgres.dsn, "") as bare:
                base.append(bare.started)
            ours.append(await _seconds(soldwire, service.name))
        what = f"start to ready, {service.name}, median of {TIMES}"
        report.compare(what, statistics.median(ours), statistics.median(base), "s", "≤ 3 s")


async def _seconds(soldwire: Way, service: str) -> float:
    await soldwire.runtime.process(service).stop()
    begun = time.monotonic()
    await soldwire.start(service)
    return time.monotonic() - begun
