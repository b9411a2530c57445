"""SQL of sold-out products Shopify refuses to change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from connector_shopify.tables import product_refusals


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many products of a shop are refused, the reason of one of them, and since when there is any."""

    count: int
    reason: str
    since: datetime


async def refuse_product(
    uow: UnitOfWork, tenant_id: UUID, account_id: UUID, product_id: str, code: str, reason: str
) -> None:
    """Keep why a product is not changed; since when stays what it was."""
    row = insert(product_refusals).values(
        account_id=account_id,
        product_id=product_id,
        tenant_id=tenant_id,
        code=code,
        reason=reason,
        since=uow.now,
    )
    fresh = {"code": code, "reason": reason}
    await uow.conn.execute(row.on_conflict_do_update(index_elements=["account_id", "product_id"], set_=fresh))


async def is_refused(uow: UnitOfWork, account_id: UUID, product_id: str) -> bool:
    """Whether Shopify refused to change a product when it was last tried."""
    column = product_refusals.c
    found = exists().where(column.account_id == account_id, column.product_id == product_id)
    return bool((await uow.conn.execute(select(found))).scalar())


async def refused_products(uow: UnitOfWork, account_id: UUID) -> list[str]:
    """Ids of those that are refused of an account."""
    column = product_refusals.c
    query = select(column.product_id).where(column.account_id == account_id).order_by(column.product_id)
    return list((await uow.conn.execute(query)).scalars())


async def forget_refusals(uow: UnitOfWork, account_id: UUID, product_id: str | None = None) -> None:
    """It may be changed again; None: whatever was refused of the account."""
    mine = product_refusals.c.account_id == account_id
    if product_id is not None:
        mine &= product_refusals.c.product_id == product_id
    await uow.conn.execute(delete(product_refusals).where(mine))


async def refusals_of(uow: UnitOfWork, account_ids: Collection[UUID]) -> dict[UUID, Refusals]:
    """What is refused of these accounts; those of which nothing is are left out."""
    column = product_refusals.c
    query = select(
        column.account_id,
        func.count().label("products"),
        func.max(column.reason).label("reason"),
        func.min(column.since).label("since"),
    ).where(column.account_id == among(account_ids))
    rows = await uow.conn.execute(query.group_by(column.account_id))
    return {row.account_id: Refusals(row.products, row.reason, row.since) for row in rows}
