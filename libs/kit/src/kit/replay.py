"""Saying again what was said: Kafka was lost, or stood empty, and everything of a time is to go out once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from kit.database import Database
from kit.logs import logger

log = logger(__name__)

_BATCH = 5000
_AGAIN = text(
    """
with again as (
  select id, created_at from outbox
  where created_at >= :since and published_at < :asked order by created_at, id limit :batch
)
update outbox o set published_at = null from again where o.id = again.id and o.created_at = again.created_at
"""
)


async def replay(database: Database, since: datetime) -> int:
    """Let the relay send the facts said since then again, in their order; returns how many.

    Whoever has had one drops it: an event keeps its id, and subscribers remember the ids (`kit.inbox`). May be repeated.
    """
    total, changed = 0, _BATCH
    async with database.bus() as uow:
        asked = uow.now
    while changed == _BATCH:
        async with database.bus() as uow:
            values = {"since": since, "asked": asked, "batch": _BATCH}
            changed = (await uow.conn.execute(_AGAIN, values)).rowcount
        total += changed
    log.warning("facts are said again", since=since.isoformat(), count=total)
    return total
