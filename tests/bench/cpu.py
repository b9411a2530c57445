"""Where the CPU time of a run goes: the services, the sandbox, and this process that drives them."""

from __future__ import annotations

import os
from collections.abc import Mapping

import psutil
from soldwire_local.runtime import SANDBOX, Runtime

BENCH = "the bench itself"
SERVICES = "the services"


def spent(runtime: Runtime) -> dict[str, float]:
    """Seconds of CPU so far."""
    services = [runtime.process(service.name).pid for service in runtime.services]
    return {
        SERVICES: sum(_seconds(pid) for pid in services),
        "the sandbox": _seconds(runtime.process(SANDBOX).pid),
        BENCH: _seconds(os.getpid()),
    }


def each(before: Mapping[str, float], after: Mapping[str, float], count: int) -> dict[str, float]:
    """Milliseconds of CPU for one of `count`, by whose they are."""
    return {whose: (after[whose] - before[whose]) / count * 1000 for whose in before}


def _seconds(pid: int | None) -> float:
    if pid is None:
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
