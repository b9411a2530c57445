"""A file of an owner's, passed on as it comes: never held whole, and no larger than what is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID
from weakref import WeakValueDictionary

import httpx
from kit.errors import Refused

_RUNNING = "Another download of your shop is still running. Let it finish, or stop it in your browser, then try again."


class OwnerAwayError(Exception):
    """The owner of this part did not answer, or not in a way we can read. The same call may work later."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(f"{service}: {why}")
        self.service = service
        self.why = why


class Room:
    """How many files of one owner are on their way: so many at once, one of a tenant, who would else have them all."""

    def __init__(self, most: int) -> None:
        self._all = asyncio.Semaphore(most)
        self._of = WeakValueDictionary[UUID, asyncio.Lock]()

    async def take(self, tenant_id: UUID, patience: float | None) -> Callable[[], None]:
        """Take room for one, and what gives it back. Waits so many seconds for each: one that was called off is soon away.

        Raises Refused while another of the tenant's is on its way, TimeoutError while there is no room for anybody's.
        """
        own = self._of.setdefault(tenant_id, asyncio.Lock())
        try:
            async with asyncio.timeout(patience):
                await own.acquire()
        except TimeoutError as error:
            raise Refused("download_running", _RUNNING) from error
        try:
            async with asyncio.timeout(patience):
                await self._all.acquire()
        except BaseException:
            own.release()
            raise

        def give_back() -> None:
            self._all.release()
            own.release()

        return give_back


class File:
    """An answer that has begun. Whoever has it closes it, read to its end or not."""

    def __init__(self, service: str, answer: httpx.Response, most: int, ended: Callable[[], None]) -> None:
        """`most` bytes are read; `ended` is called once the connection is free again."""
        self._service = service
        self._answer = answer
        self._most = most
        self._ended = ended
        self._closing: asyncio.Task[None] | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, in order. Raises OwnerAwayError when it breaks off or goes on for too long."""
        read = 0
        try:
            async for piece in self._answer.aiter_bytes():
                read += len(piece)
                if read > self._most:
                    raise OwnerAwayError(self._service, f"sends a file of more than {self._most} bytes")
                yield piece
        except httpx.HTTPError as error:
            raise OwnerAwayError(self._service, f"broke off: {type(error).__name__}") from error

    def close(self) -> None:
        """Let the connection go, whatever becomes of who calls: httpx loses one that is being closed when that is cancelled."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())

    async def _close(self) -> None:
        try:
            await self._answer.aclose()
        finally:
            self._ended()
