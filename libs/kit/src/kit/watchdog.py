"""The watchdog: a subscriber that does not get on ends the process, and the supervisor starts it again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

from kit.bus import Bus
from kit.logs import logger
from kit.progress import why_stuck
from kit.settings import ServiceSettings

log = logger(__name__)

EXIT_STUCK = 70


def _exit() -> None:
    os._exit(EXIT_STUCK)


async def kafka_answers(addresses: str) -> bool:
    """Whether any bootstrap broker takes a TCP connection."""
    for address in addresses.split(","):
        host, _, port = address.rpartition(":")
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            return True
    return False


class Watchdog:
    """Looks at every subscriber's progress. aiokafka can hang after broker restarts while pings succeed."""

    def __init__(self, bus: Bus, settings: ServiceSettings, on_stuck: Callable[[], None] = _exit) -> None:
        self._bus = bus
        self._settings = settings
        self._on_stuck = on_stuck

    async def look(self) -> None:
        """One look; a job of the service."""
        if not self._bus.running:
            return
        answers = await kafka_answers(self._settings.kafka)
        for progress in self._bus.progress.values():
            reason = await why_stuck(progress, self._settings.stuck_after_seconds, answers)
            if reason is not None:
                log.critical("subscriber is stuck, the process ends", group=progress.group, reason=reason)
                self._on_stuck()
