"""Browsers that listen: hints of one tenant, collapsed while a browser is slow, never more than it can take."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Kind = Literal["sale", "delist", "stock", "sync", "account"]
_NAMED_AT_MOST = 50
ECHO_SECONDS = 2.0
ECHOED: tuple[Kind, ...] = ("delist",)
"""Told a second time: the sales-ledger follows these events as we do, so a page that reads its sales at once may be
ahead of it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something of a tenant changed. Says what to read again, never what it is now."""

    tenant_id: UUID
    kind: Kind
    subject: UUID | None = None


@dataclass
class Browser:
    """One listening page. Hints waiting for it are one set per kind: a thousand changes are one re-read."""

    tenant_id: UUID
    subject: UUID | None = None
    """Hear only of this sale: a sale's own page."""
    _waiting: dict[Kind, set[UUID] | None] = field(default_factory=dict)
    _fresh: set[Kind] = field(default_factory=set)
    """Kinds of which something waits that was not told before: only these are echoed."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, hint: Hint) -> None:
        """Keep a hint until the browser takes it; beyond a few names the kind alone is kept."""
        if self.subject is not None and hint.subject not in (None, self.subject):
            return
        self._fresh.add(hint.kind)
        self._keep(hint.kind, () if hint.subject is None else (hint.subject,))

    def _keep(self, kind: Kind, subjects: Collection[UUID]) -> None:
        named = self._waiting.setdefault(kind, set())
        if named is not None:
            named.update(subjects)
            if len(named) > _NAMED_AT_MOST:
                self._waiting[kind] = None
        self._woken.set()

    def wake(self) -> None:
        """Let the browser's loop look at the hub's state."""
        self._woken.set()

    async def take(self, patience: float) -> dict[Kind, list[UUID]]:
        """What waits, after at most `patience` seconds; empty when nothing came."""
        try:
            await asyncio.wait_for(self._woken.wait(), patience)
        except TimeoutError:
            return {}
        self._woken.clear()
        waiting, self._waiting = self._waiting, {}
        fresh, self._fresh = self._fresh, set()
        taken = {kind: sorted(named or ()) for kind, named in waiting.items()}
        for kind in fresh.intersection(ECHOED):
            asyncio.get_running_loop().call_later(ECHO_SECONDS, self._keep, kind, taken[kind])
        return taken


class Hub:
    """Every listening page of this replica."""

    def __init__(self) -> None:
        self._browsers: dict[UUID, set[int]] = {}
        self._by_id: dict[int, Browser] = {}
        self.reading = False
        """Whether the replica hears Kafka. While it does not, pages say so."""
        self._id = secrets.token_hex(4)
        self._told: Counter[UUID] = Counter()

    def mark(self, tenant_id: UUID) -> str:
        """Where a tenant's hints stand in this replica: a page whose stream opens at another mark reads again."""
        return f"{self._id}-{self._told[tenant_id]}"

    @contextmanager
    def listening(self, tenant_id: UUID, subject: UUID | None = None) -> Iterator[Browser]:
        """Register a page for as long as its connection lives."""
        browser = Browser(tenant_id, subject)
        self._by_id[id(browser)] = browser
        self._browsers.setdefault(tenant_id, set()).add(id(browser))
        try:
            yield browser
        finally:
            del self._by_id[id(browser)]
            of_tenant = self._browsers[tenant_id]
            of_tenant.discard(id(browser))
            if not of_tenant:
                del self._browsers[tenant_id]

    def tell(self, hint: Hint) -> None:
        """Offer a hint to every page of its tenant."""
        self._told[hint.tenant_id] += 1
        for key in self._browsers.get(hint.tenant_id, ()):
            self._by_id[key].offer(hint)

    def hears(self, reading: bool) -> None:
        """Note whether Kafka is heard, and let every page know.

        What happened while it was not heard is unknown, so marks from before are worth nothing.
        """
        if reading != self.reading:
            self.reading = reading
            self._id = secrets.token_hex(4)
            for browser in self._by_id.values():
                browser.wake()

    def count(self) -> int:
        """How many pages listen."""
        return len(self._by_id)
