"""Sales that have left the house: they are loaded only where one that was sent before them lacks units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from inventory.domain import Article
from inventory.store.rows import hold_of

_SENT = text(
    "select h.* from unnest(cast(:ids as uuid[]), cast(:since as timestamptz[])) as w(id, since) "
    "join holds h on h.article_id = w.id "
    "where h.shipped and h.held > 0 and (h.shipped_at is null or h.shipped_at >= w.since)"
)


async def load_sent(uow: UnitOfWork, inhand: Mapping[UUID, Article], since: Mapping[UUID, datetime]) -> None:
    """Load the sales of these articles that were sent from a moment on; those in hand already stay as they are."""
    columns = {"ids": list(since), "since": list(since.values())}
    for row in await uow.conn.execute(_SENT, columns):
        inhand[row.article_id].holds.setdefault(row.sale_id, hold_of(row))
