"""SQL of what must be forgotten: raw webhooks hold buyers' data."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kit.tables import dead_letters
from kit.unit_of_work import UnitOfWork
from sqlalchemy import ColumnElement, delete, false, func, or_, update

from connector_shopify.tables import raw_webhooks

SUBSCRIBER = "webhooks"
FORGOTTEN = "emptied, as Shopify asked to erase a buyer's data"


async def forget_raw_webhooks(uow: UnitOfWork, account_id: UUID) -> int:
    """Delete an account's webhooks that are mapped: nothing reads them again. Returns how many."""
    mapped = (raw_webhooks.c.account_id == account_id) & raw_webhooks.c.mapped_at.is_not(None)
    return (await uow.conn.execute(delete(raw_webhooks).where(mapped))).rowcount


async def forget_dead_webhooks(uow: UnitOfWork, account_id: UUID, naming: Collection[str] | None) -> int:
    """Empty an account's dead webhooks whose body holds one of the ids, None for all; they can't be redriven then.

    The row stays, to explain what became of it. Returns how many.
    """
    letter = dead_letters.c
    mine = (letter.subscriber == SUBSCRIBER) & (letter.key == account_id.bytes)
    if naming is not None:
        mine &= or_(false(), *(_holds(one) for one in naming))
    emptied = (
        update(dead_letters)
        .where(mine)
        .values(payload=b"", error=FORGOTTEN, state="discarded", changed_at=uow.now)
    )
    return (await uow.conn.execute(emptied)).rowcount


def _holds(text: str) -> ColumnElement[bool]:
    return func.strpos(func.encode(dead_letters.c.payload, "escape"), text) > 0
