"""Dead letters: what could not be understood, kept with its reason until a person redrives or discards it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text, update

from kit import metrics
from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.tables import dead_letters
from kit.unit_of_work import UnitOfWork

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record or body set aside. `partition` and `position` are -1 for what did not come from Kafka."""

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
    "on conflict on constraint dead_letters_record do update set attempts = dead_letters.attempts + 1"
)


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
    """Keep a payload with the reason it was refused. The same Kafka record is kept once.

    `source` is the topic, or what a body came by (`webhook:orders/create`); outside Kafka leave `position` out.
    """
    letter_id = new_id()
    unique = position if position is not None else letter_id.int & 0x7FFF_FFFF_FFFF_FFFF
    await uow.conn.execute(
        _INSERT,
        {
            "id": letter_id,
            "subscriber": subscriber,
            "source": source,
            "partition": partition,
            "position": unique,
            "key": key,
            "headers": _dump_headers(headers),
            "payload": payload,
            "reason": reason,
            "error": error[:4000],
            "tenant_id": tenant_id,
        },
    )
    metrics.records_dead.labels(subscriber, reason).inc()
    return letter_id


async def listed(uow: UnitOfWork, *, state: str = "open", limit: int = 200) -> list[DeadLetter]:
    """The newest dead letters in a state: `open`, `redriven` or `discarded`."""
    query = select(dead_letters).where(dead_letters.c.state == state)
    rows = await uow.conn.execute(query.order_by(dead_letters.c.created_at.desc()).limit(limit))
    return [_letter(row._mapping) for row in rows]


async def take(uow: UnitOfWork, letter_id: UUID) -> DeadLetter:
    """Lock one dead letter for a decision. Raises NotFound, or Refused when it was decided already."""
    row = (
        await uow.conn.execute(select(dead_letters).where(dead_letters.c.id == letter_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NotFound("no_such_dead_letter", f"There is no dead letter {letter_id}.")
    letter = _letter(row._mapping)
    if letter.state != "open":
        raise Refused("already_decided", f"This dead letter was {letter.state} already.", state=letter.state)
    return letter


async def get(uow: UnitOfWork, letter_id: UUID) -> DeadLetter:
    """One dead letter, without a lock. Raises NotFound."""
    row = (await uow.conn.execute(select(dead_letters).where(dead_letters.c.id == letter_id))).one_or_none()
    if row is None:
        raise NotFound("no_such_dead_letter", f"There is no dead letter {letter_id}.")
    return _letter(row._mapping)


async def decide(uow: UnitOfWork, letter_id: UUID, state: str) -> None:
    """Mark a taken dead letter `redriven` or `discarded`."""
    change = update(dead_letters).where(dead_letters.c.id == letter_id)
    await uow.conn.execute(
        change.values(state=state, changed_at=uow.now, attempts=dead_letters.c.attempts + 1)
    )


def _dump_headers(headers: Headers | Mapping[str, str]) -> str:
    pairs = [(k, v.encode()) for k, v in headers.items()] if isinstance(headers, Mapping) else list(headers)
    return json.dumps([[k, base64.b64encode(v or b"").decode()] for k, v in pairs])


def _letter(row: RowMapping) -> DeadLetter:
    fields = {name: row[name] for name in DeadLetter.__slots__}
    pairs = json.loads(str(fields["headers"] or "[]"))
    fields["headers"] = tuple((name, base64.b64decode(value)) for name, value in pairs)
    return DeadLetter(**fields)
