"""Answers kept for a moment: each question is put once, however many ask it at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Answers(Generic[K, V]):
    """What `look` finds of a key, for so many seconds. None is not kept: what is not there may come at any time.

    One look serves all who wait for it and goes on when they are cancelled; its error is theirs.
    """

    def __init__(self, look: Callable[[K], Awaitable[V | None]], seconds: float) -> None:
        self._look = look
        self._seconds = seconds
        self._kept: dict[K, tuple[float, V]] = {}
        self._looking: dict[K, asyncio.Task[V | None]] = {}

    async def get(self, key: K) -> V | None:
        """What is kept, or looked up now."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.create_task(self._found(key))
            looking.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(looking)

    def forget(self, key: K) -> None:
        """It may be otherwise now: what a look under way finds is not kept either."""
        self._kept.pop(key, None)
        self._looking.pop(key, None)

    def clear(self) -> None:
        """All of it may be otherwise now."""
        self._kept.clear()
        self._looking.clear()

    async def _found(self, key: K) -> V | None:
        found = await self._look(key)
        if self._looking.get(key) is asyncio.current_task():
            if found is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = (time.monotonic() + self._seconds, found)
        return found

    def _ended(self, key: K, task: asyncio.Task[V | None]) -> None:
        if self._looking.get(key) is task:
            del self._looking[key]
        if not task.cancelled():
            task.exception()  # also when nobody waits any more
