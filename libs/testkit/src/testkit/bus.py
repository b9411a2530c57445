"""Drives a subscriber's handler exactly as the bus does, with no Kafka between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from kit.bus import BatchRouter, processor_of
from kit.database import Database
from kit.ids import new_id
from soldwire_contracts import TOPICS, Event, Fact, decode, encode
from sqlalchemy import text


@dataclass(frozen=True, slots=True)
class FakeRecord:
    """A Kafka record in memory."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


_offsets = iter(range(1, 1 << 62))


def record_of(
    fact: Fact, *, event_id: UUID | None = None, test: bool = False, at: datetime | None = None
) -> FakeRecord:
    """A fact as the record its producer's relay would send; said now, or at a time."""
    when = at or datetime.now(UTC)
    body = encode(fact, id=event_id or new_id(), source="/test", time=when, test=test)
    return FakeRecord(fact.topic_name(), 0, next(_offsets), fact.key().encode(), body)


class SetAsideError(AssertionError):
    """A record went to the dead letters though the test did not expect it."""


async def run_batch(
    router: BatchRouter,
    subscriber: str,
    facts: Sequence[Fact | FakeRecord],
    database: Database,
    *,
    expect_dead: int = 0,
) -> None:
    """Hand one batch to a subscriber: decode, inbox, handler, outbox, commit; the bisecting fallback included.

    Raises SetAsideError unless exactly `expect_dead` records were set aside, with their reasons.
    """
    before = await _dead(database)
    records = [record_of(fact) if isinstance(fact, Fact) else fact for fact in facts]
    await processor_of([router], database, subscriber).apply(records)
    dead = (await _dead(database))[len(before) :]
    if len(dead) != expect_dead:
        raise SetAsideError(f"expected {expect_dead} dead letters, found {len(dead)}: {dead}")


async def _dead(database: Database) -> list[str]:
    async with database.bus() as uow:
        rows = await uow.conn.execute(
            text("select reason || ': ' || error from dead_letters order by created_at, id")
        )
        return list(rows.scalars())


async def emitted(database: Database, *topics: str) -> list[Event[Fact]]:
    """Every event in the outbox so far, oldest first, of the given topics or all."""
    async with database.bus() as uow:
        rows = await uow.conn.execute(text("select topic, body, traceparent from outbox order by id"))
        found = [(topic, decode(TOPICS[topic].fact, bytes(body), trace)) for topic, body, trace in rows]
    return [event for topic, event in found if not topics or topic in topics]
