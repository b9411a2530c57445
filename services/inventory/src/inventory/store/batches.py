"""Batches of links and their pairs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import Select, select

from inventory.domain import Batch, Pair, PairResult
from inventory.tables import holds, link_batch_pairs, link_batches

_BATCH = tuple(field.name for field in fields(Batch))
_PAIR = tuple(field.name for field in fields(Pair))


async def save_batch(uow: UnitOfWork, one: Batch) -> None:
    """Write a batch."""
    await bulk.upsert(uow.conn, link_batches, [{name: getattr(one, name) for name in _BATCH}])


async def save_pairs(uow: UnitOfWork, pairs: Sequence[Pair]) -> None:
    """Write pairs."""
    rows = [{name: getattr(pair, name) for name in _PAIR} for pair in pairs]
    await bulk.upsert(uow.conn, link_batch_pairs, rows)


async def batch(uow: UnitOfWork, batch_id: UUID, *, lock: bool = False) -> Batch | None:
    """A batch, or None; locked, two people's commands on it take turns."""
    query: Select[tuple[object, ...]] = select(link_batches).where(link_batches.c.id == batch_id)
    row = (await uow.conn.execute(query.with_for_update() if lock else query)).first()
    return Batch(**{name: row[name] for name in _BATCH}) if row else None


async def pairs_of(uow: UnitOfWork, batch_id: UUID) -> list[Pair]:
    """A batch's pairs, best first."""
    query = select(link_batch_pairs).where(link_batch_pairs.c.batch_id == batch_id)
    rows = await uow.conn.execute(query.order_by(link_batch_pairs.c.position))
    return [_pair_of(row) for row in rows]


def _pair_of(row: Row) -> Pair:
    values = {name: row[name] for name in _PAIR}
    values["result"] = PairResult(row["result"]) if row["result"] else None
    values["kept_sales"] = [UUID(sale_id) for sale_id in row["kept_sales"]]
    return Pair(**values)


async def sales_between(
    uow: UnitOfWork, article_ids: Collection[UUID], listing_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], list[UUID]]:
    """The sales of these listings on these articles, by listing and article."""
    query = select(holds.c.sale_id, holds.c.listing_id, holds.c.article_id).where(
        holds.c.article_id == among(article_ids), holds.c.listing_id == among(listing_ids)
    )
    found: dict[tuple[UUID, UUID], list[UUID]] = {}
    for row in await uow.conn.execute(query):
        found.setdefault((row.listing_id, row.article_id), []).append(row.sale_id)
    return found
