"""Group commit: what arrives while a transaction runs goes into the next one, with no added wait when idle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from kit.errors import is_transient

T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """Applies single items in groups, one group at a time.

    `apply` takes the items in the order they came and returns one result each, in one transaction. When a group
    fails on its data, its items are applied one by one, so that only the culprit's caller sees the error; a
    transient error goes to every caller of the group.
    """

    def __init__(self, apply: Callable[[Sequence[T]], Awaitable[Sequence[R]]], most: int = 500) -> None:
        self._apply = apply
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._since = 0.0
        self._applied_since: float | None = None
        self._runner: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """Apply one item with whatever else comes at the same time; returns once it is committed."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append((item, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await future

    def waited(self) -> float:
        """Seconds for which the oldest item that is not committed has been here."""
        oldest = self._since if self._waiting else None
        since = oldest if self._applied_since is None else self._applied_since
        return 0.0 if since is None else time.monotonic() - since

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._applied_since, self._since = self._since, time.monotonic()
            try:
                await self._settle(group)
            finally:
                self._applied_since = None

    async def _settle(self, group: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._apply([item for item, _ in group])
        except Exception as error:
            if len(group) > 1 and not is_transient(error):
                for one in group:
                    await self._settle([one])
                return
            for _, future in group:
                _end(future, error)
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)


def _end(future: asyncio.Future[R], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
