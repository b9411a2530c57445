"""One transaction: what it changes, what it says, and what happens once it is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from soldwire_contracts import TOPICS, Event, Fact, encode
from sqlalchemy import text

from kit import telemetry
from kit.connection import Connection
from kit.ids import new_id

_SET_TENANTS = text("select set_config('app.tenants', :tenants, true)")
_INSERT_OUTBOX = text(
    "insert into outbox (event_id, lane, topic, key, body, traceparent) "
    "select * from unnest(cast(:ids as uuid[]), cast(:lanes as smallint[]), cast(:topics as text[]), "
    "cast(:keys as text[]), cast(:bodies as bytea[]), cast(:traces as text[]))"
)


LARGEST_FACT = 900_000
"""Bytes of one event: what Kafka's producer and broker take (1 MiB) less room for key, headers and framing."""


class FactTooLargeError(ValueError):
    """Kafka would refuse the event, and every fact behind it in the outbox would wait for ever."""


def tenant_locks(tenants: str, *, shared: bool) -> str:
    """SQL that takes the locks of tenants, an SQL array of texts: shared to keep them, alone to erase them."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    return f"select {function}(hashtextextended(tenant, 0)) from unnest({tenants}) as tenant order by tenant"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Emitted:
    """One outbox row to be."""

    event_id: UUID
    lane: int
    topic: str
    key: str
    body: bytes
    traceparent: str | None


class UnitOfWork:
    """A transaction in hand. `now` is one instant for all it does; rows are locked in id order.

    Built by `kit.database.Database`; leaving its block commits, an exception rolls everything back.
    """

    def __init__(self, conn: Connection, source: str, now: datetime, tenants: Iterable[UUID] = ()) -> None:
        self.conn = conn
        self.now = now
        self._source = source
        self._tenants: set[UUID] = set(tenants)
        self._emitted: list[Emitted] = []
        self._after: list[Callable[[], None]] = []

    def beginning(self, *, keep: bool = False) -> str:
        """SQL that begins the transaction, bound to its tenants; without any, row-level security shows nothing.

        `keep` keeps its tenants from being erased meanwhile (`kit.erasing.hold`), all in one round trip.
        """
        if not self._tenants:
            return "begin"
        begin = f"begin; set local app.tenants = '{self._bound()}'"
        if not keep:
            return begin
        locks = tenant_locks(f"string_to_array('{self._bound()}', ',')", shared=True)
        return f"{begin}; {locks}"

    def _bound(self) -> str:
        return ",".join(sorted(str(tenant) for tenant in self._tenants))

    async def allow(self, tenants: Iterable[UUID]) -> None:
        """Widen the transaction to more tenants (bus role: a batch carries several)."""
        new = set(tenants) - self._tenants
        if new:
            self._tenants |= new
            await self._bind()

    async def _bind(self) -> None:
        await self.conn.execute(_SET_TENANTS, {"tenants": self._bound()})

    def emit(
        self,
        fact: Fact,
        *,
        cause: Event[Fact] | None = None,
        traceparent: str | None = None,
        test: bool = False,
    ) -> UUID:
        """Say a fact: an outbox row of this transaction, relayed after commit. Returns the event's id.

        `cause` (or a stored `traceparent`) keeps the trace and the test mark; otherwise the ambient span is the
        parent. Call it after the lock of the row the fact is about, so that outbox order is commit order per key.
        Raises FactTooLargeError.
        """
        topic = TOPICS[fact.topic_name()]
        event_id = new_id()
        parent = (cause.traceparent if cause else None) or traceparent
        body = encode(
            fact,
            id=event_id,
            source=self._source,
            time=self.now,
            test=test or (cause.test if cause else False),
            replay=cause.replay if cause else False,
        )
        if len(body) > LARGEST_FACT:
            raise FactTooLargeError(f"{topic.name}: an event of {len(body)} bytes is over {LARGEST_FACT}")
        trace = (
            telemetry.child_of(parent, f"{self._source[1:]} emits {topic.name}")
            or telemetry.current_traceparent()
        )
        self._emitted.append(Emitted(event_id, int(topic.lane), topic.name, fact.key(), body, trace))
        return event_id

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once the transaction is durable; never on a rollback."""
        self._after.append(callback)

    @property
    def has_emitted(self) -> bool:
        """Whether an outbox row waits for the commit."""
        return bool(self._emitted)

    async def flush(self) -> None:
        """Write the outbox rows; done by the database at the end of the block, before the commit."""
        if not self._emitted:
            return
        rows = self._emitted
        await self.conn.execute(
            _INSERT_OUTBOX,
            {
                "ids": [r.event_id for r in rows],
                "lanes": [r.lane for r in rows],
                "topics": [r.topic for r in rows],
                "keys": [r.key for r in rows],
                "bodies": [r.body for r in rows],
                "traces": [r.traceparent for r in rows],
            },
        )

    def committed(self) -> None:
        """Run what waited for the commit."""
        for callback in self._after:
            callback()
