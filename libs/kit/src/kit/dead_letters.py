"""Dead letters: what could not be understood, kept with its reason until a person redrives or discards it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update

from kit import metrics
from kit.connection import Row
from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.tables import dead_letters
from kit.unit_of_work import UnitOfWork

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record or body set aside. `partition` is -1 for what did not come from Kafka.

    `position` is the record's offset; negative where another letter holds that offset already, from before Kafka was
    rebuilt.
    """

    id: UUID
    subscriber: str
    source: str
    partition: int
    position: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    payload: bytes
    reason: str
    error: str
    tenant_id: UUID | None
    state: str
    attempts: int
    created_at: datetime


_INSERT = text(
    "insert into dead_letters (id, subscriber, source, partition, position, key, headers, payload, reason, error, tenant_id) "
    "values (:id, :subscriber, :source, :partition, :position, :key, :headers, :payload, :reason, :error, :tenant_id) "
    "on conflict on constraint dead_letters_record do update set attempts = dead_letters.attempts + 1 "
    "where dead_letters.payload = excluded.payload returning id"
)
_SHOWN_OF_ERROR = 4000
_EMPTIED = "emptied, as the tenant was erased"


async def set_aside(
    uow: UnitOfWork,
    *,
    subscriber: str,
    source: str,
    payload: bytes,
    reason: str,
    error: str,
    partition: int = -1,
    position: int | None = None,
    key: bytes | None = None,
    headers: Headers | Mapping[str, str] = (),
    tenant_id: UUID | None = None,
) -> UUID:
    """Keep a payload with the reason it was refused; returns its letter's id. The same Kafka record is kept once.

    `source` is the topic, or what a body came by (`webhook:orders/create`); outside Kafka leave `position` out.
    """
    letter_id = new_id()
    letter: dict[str, object] = {
        "id": letter_id,
        "subscriber": subscriber,
        "source": source,
        "partition": partition,
        "position": position if position is not None else _number(letter_id.bytes),
        "key": key,
        "headers": _dump_headers(headers),
        "payload": payload,
        "reason": reason,
        "error": _storable(error),
        "tenant_id": tenant_id,
    }
    metrics.records_dead.labels(subscriber, reason).inc()
    kept = (await uow.conn.execute(_INSERT, letter)).scalar()
    if kept is None:
        # Another record was at this offset before Kafka was deleted and rebuilt: both are kept.
        elsewhere = letter | {"position": -1 - _number(payload)}
        kept = (await uow.conn.execute(_INSERT, elsewhere)).scalar_one()
    return UUID(str(kept))


def _number(content: bytes) -> int:
    """63 bits that tell one content from another."""
    return int.from_bytes(hashlib.sha256(content).digest()[:8]) >> 1


def _storable(error: str) -> str:
    """An error's text as PostgreSQL takes it: it may quote the very characters that made the record unusable."""
    readable = error[:_SHOWN_OF_ERROR].replace("\x00", "\\x00")
    return readable.encode("utf-8", "backslashreplace").decode()


async def listed(uow: UnitOfWork, *, state: str = "open", limit: int = 200) -> list[DeadLetter]:
    """The newest dead letters in a state: `open`, `redriven` or `discarded`."""
    query = select(dead_letters).where(dead_letters.c.state == state)
    rows = await uow.conn.execute(query.order_by(dead_letters.c.created_at.desc()).limit(limit))
    return [_letter(row) for row in rows]


async def take(uow: UnitOfWork, letter_id: UUID) -> DeadLetter:
    """Lock one dead letter for a decision. Raises NotFound, or Refused when it was decided already."""
    row = (
        await uow.conn.execute(select(dead_letters).where(dead_letters.c.id == letter_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NotFound("no_such_dead_letter", f"There is no dead letter {letter_id}.")
    letter = _letter(row)
    if letter.state != "open":
        raise Refused("already_decided", f"This dead letter was {letter.state} already.", state=letter.state)
    return letter


async def get(uow: UnitOfWork, letter_id: UUID) -> DeadLetter:
    """One dead letter, without a lock. Raises NotFound."""
    row = (await uow.conn.execute(select(dead_letters).where(dead_letters.c.id == letter_id))).one_or_none()
    if row is None:
        raise NotFound("no_such_dead_letter", f"There is no dead letter {letter_id}.")
    return _letter(row)


async def decide(uow: UnitOfWork, letter_id: UUID, state: str) -> None:
    """Mark a taken dead letter `redriven` or `discarded`."""
    await _tried(uow, letter_id, state=state)


async def failed_again(uow: UnitOfWork, letter_id: UUID, error: str) -> None:
    """Write down on a letter, which stays open, why it could not be redriven."""
    await _tried(uow, letter_id, error=_storable(error))


async def empty(uow: UnitOfWork, tenants: Collection[UUID]) -> None:
    """Empty the letters of erased tenants: they hold what was sent, whole. What is left says what became of them."""
    letters = update(dead_letters).where(dead_letters.c.tenant_id.in_(tenants))
    await uow.conn.execute(
        letters.values(payload=b"", headers=None, error=_EMPTIED, state="discarded", changed_at=uow.now)
    )


async def _tried(uow: UnitOfWork, letter_id: UUID, **change: str) -> None:
    tried = {"changed_at": uow.now, "attempts": dead_letters.c.attempts + 1}
    await uow.conn.execute(
        update(dead_letters)
        .where(dead_letters.c.id == letter_id, dead_letters.c.state == "open")
        .values(**tried, **change)
    )


def _dump_headers(headers: Headers | Mapping[str, str]) -> str:
    pairs = [(k, v.encode()) for k, v in headers.items()] if isinstance(headers, Mapping) else list(headers)
    return json.dumps([[k, base64.b64encode(v or b"").decode()] for k, v in pairs])


def _letter(row: Row) -> DeadLetter:
    fields = {name: row[name] for name in DeadLetter.__slots__}
    pairs = json.loads(str(fields["headers"] or "[]"))
    fields["headers"] = tuple((name, base64.b64decode(value)) for name, value in pairs)
    return DeadLetter(**fields)
