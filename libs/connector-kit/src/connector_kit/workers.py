"""Tasks that a job has under way beside its turns, each for one account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Coroutine
from uuid import UUID

from kit.jobs import Wake


class Workers:
    """The tasks; a job that is ended ends them with `stop`. They deal with their own errors."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._running: dict[asyncio.Task[None], UUID] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[None, None, None], account_id: UUID) -> None:
        """Begin this beside whatever is under way."""
        task = asyncio.create_task(work)
        self._running[task] = account_id
        task.add_done_callback(lambda done: self._running.pop(done, None))

    def load(self) -> Counter[UUID]:
        """How many of each account are under way."""
        return Counter(self._running.values())

    async def pause(self, *, more: bool) -> bool:
        """Until woken, at most a second; sooner when a place is free for what waits, or the last worker is done.

        Whether it is worth looking for work now: when the last worker is done and nothing has come up, it is not.
        """
        when = asyncio.FIRST_COMPLETED if more else asyncio.ALL_COMPLETED
        woken = asyncio.create_task(self._wake.wait(1.0))
        done = asyncio.create_task(_until(self._running, when))
        try:
            await asyncio.wait((woken, done), return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            done.cancel()
            await asyncio.gather(woken, done, return_exceptions=True)
        # Only now: a wait that was woken in this very moment is not cancelled any more, and has taken the wake.
        return more or not woken.cancelled()

    async def stop(self) -> None:
        """Cancel what is under way; its leases run out."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _until(running: Collection[asyncio.Task[None]], when: str) -> None:
    """Wait for the first of the workers, or for all."""
    await asyncio.wait(tuple(running), return_when=when)
