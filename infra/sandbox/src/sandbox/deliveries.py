"""Sends webhooks and sends them again: each marketplace's own patience as data, every attempt on record."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import httpx

from sandbox.marketplace import Pushes
from sandbox.truth import Attempt, Delivery, World, now

ANY_2XX = frozenset(range(200, 300))


@dataclass(frozen=True, slots=True)
class Patience:
    """When an answer counts, how long to wait for it, and the waits between attempts (seconds)."""

    accepted: frozenset[int]
    connect: float
    total: float
    waits: tuple[float, ...]


PATIENCE = {
    # 8 retries over 4 h, each wait twice the one before.
    "shopify": Patience(ANY_2XX, 1.0, 5.0, tuple(14_400 / 255 * 2**n for n in range(8))),
    # The vendor says only: resent, marked down after 24 h.
    "ebay": Patience(frozenset({200, 201, 202, 204}), 3.0, 10.0, tuple(60.0 * 2**n for n in range(11))),
}

_IDLE = 2.0
"""Seconds after which a connection is not used again: uvicorn closes it after 5, maybe as the next webhook goes out."""


class Deliveries:
    """The queue of webhooks; one task for each until it is accepted or given up."""

    def __init__(self, world: World, time_factor: float, at_once: int) -> None:
        """`at_once`: attempts under way to one address."""
        self.time_factor = time_factor
        self._at_once = at_once
        self._world = world
        self._senders: Mapping[str, Pushes] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._room: dict[str, asyncio.Semaphore] = {}

    def serve(self, senders: Mapping[str, Pushes]) -> None:
        """Whose webhooks these are, by platform."""
        self._senders = senders

    def resume(self) -> None:
        """Take up what a stopped process left on its way."""
        for delivery in list(self._world.deliveries.values()):
            if delivery.state == "pending":
                self._start(delivery)

    def send(self, deliveries: Sequence[Delivery], delay: float = 0.0) -> None:
        """Put webhooks on their way, all in one commit."""
        for delivery in deliveries:
            delivery.due_at = time.time() + delay
        if deliveries:
            self._world.commit(*deliveries)
        for delivery in deliveries:
            self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(delivery, self._world.epoch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, epoch: int) -> None:
        patience = PATIENCE[delivery.platform]
        while delivery.state == "pending":
            wait = delivery.due_at - time.time()
            if wait > 0:
                await asyncio.sleep(wait)
            async with self._room.setdefault(delivery.uri, asyncio.Semaphore(self._at_once)):
                status, error, seconds = await self._attempt(delivery, patience)
            if epoch != self._world.epoch:
                return
            self._settle(delivery, patience, status in patience.accepted)
            if delivery.state != "pending":
                delivery.body, delivery.headers = "", {}
            self._world.commit(delivery, self._record(delivery, status, error, seconds))
            if delivery.state == "failed":
                self._senders[delivery.platform].gave_up(delivery)

    def _settle(self, delivery: Delivery, patience: Patience, accepted: bool) -> None:
        delivery.attempts += 1
        if accepted:
            delivery.state = "accepted"
        elif delivery.attempts > len(patience.waits):
            delivery.state = "failed"
        else:
            delivery.due_at = time.time() + patience.waits[delivery.attempts - 1] * self.time_factor

    async def _attempt(self, delivery: Delivery, patience: Patience) -> tuple[int | None, str | None, float]:
        headers, body = self._senders[delivery.platform].render(delivery)
        started = time.perf_counter()
        try:
            async with self._sender().post(
                delivery.uri,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=patience.total, sock_connect=patience.connect),
                allow_redirects=False,
            ) as answer:
                await answer.read()
            return answer.status, None, time.perf_counter() - started
        except (aiohttp.ClientError, ValueError, OSError, TimeoutError) as error:
            return None, type(error).__name__, time.perf_counter() - started

    def _record(self, delivery: Delivery, status: int | None, error: str | None, seconds: float) -> Attempt:
        return Attempt(
            seq=self._world.next(),
            delivery=delivery.id,
            platform=delivery.platform,
            account=delivery.account,
            topic=delivery.topic,
            uri=delivery.uri,
            resource=delivery.resource,
            attempt=delivery.attempts,
            at=now(),
            monotonic=time.monotonic(),
            status=status,
            error=error,
            ms=round(seconds * 1000, 3),
        )

    @property
    def pending(self) -> int:
        return len(self._tasks)

    @property
    def client(self) -> httpx.AsyncClient:
        """For the rare requests that are no deliveries."""
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False)
        return self._client

    def _sender(self) -> aiohttp.ClientSession:
        """Deliveries share two cores with what they are delivered to: over many connections httpx takes 3 ms for each, this one 0.2."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Content-Type",),
            )
        return self._session

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._room.clear()
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        if self._session is not None:
            await self._session.close()
            self._session = None
