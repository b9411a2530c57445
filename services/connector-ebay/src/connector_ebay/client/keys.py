"""eBay's public keys: fetched by id from eBay's fixed host, kept for an hour, never more than a few fetches a minute."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from connector_ebay.client.api import Ebay
from connector_ebay.client.http import EbayRefusedError
from connector_ebay.client.problems import classified
from connector_ebay.wire.notifications import PublicKey
from connector_ebay.wire.signatures import ForgedSignatureError

KEPT_SECONDS = 3600.0
FETCHES_PER_MINUTE = 20
_UNKNOWN_SECONDS = 60.0
_MOST_KEPT = 256


class TooManyKeysError(Exception):
    """Too many different key ids came in: somebody makes them up. eBay sends again what is refused meanwhile."""


class PublicKeys:
    """A cache. A made-up id costs one fetch; a flood of them leaves the known keys working."""

    def __init__(self, ebay: Ebay, clock: Callable[[], float] = time.monotonic) -> None:
        self._ebay = ebay
        self._clock = clock
        self._kept: dict[str, tuple[float, PublicKey | None]] = {}
        self._fetched: deque[float] = deque()
        self._lock = asyncio.Lock()

    async def get(self, kid: str) -> PublicKey:
        """The key of a checked id. Raises ForgedSignatureError for one eBay does not know, TooManyKeysError, CallFailed."""
        if (found := self._fresh(kid)) is None:
            async with self._lock:
                if (found := self._fresh(kid)) is None:
                    found = await self._fetch(kid)
        _, key = found
        if key is None:
            raise ForgedSignatureError("eBay knows no such key")
        return key

    def _fresh(self, kid: str) -> tuple[float, PublicKey | None] | None:
        kept = self._kept.get(kid)
        return kept if kept is not None and kept[0] > self._clock() else None

    async def _fetch(self, kid: str) -> tuple[float, PublicKey | None]:
        self._count()
        key: PublicKey | None
        with classified():
            try:
                key = await self._ebay.get_public_key(kid)
            except EbayRefusedError as error:
                if error.status not in (400, 404):
                    raise
                key = None
        if len(self._kept) >= _MOST_KEPT:
            self._kept = {
                known: entry for known, entry in self._kept.items() if entry[0] > self._clock() and entry[1]
            }
        entry = (self._clock() + (KEPT_SECONDS if key else _UNKNOWN_SECONDS), key)
        self._kept[kid] = entry
        return entry

    def _count(self) -> None:
        now = self._clock()
        while self._fetched and self._fetched[0] < now - 60.0:
            self._fetched.popleft()
        if len(self._fetched) >= FETCHES_PER_MINUTE:
            raise TooManyKeysError
        self._fetched.append(now)
