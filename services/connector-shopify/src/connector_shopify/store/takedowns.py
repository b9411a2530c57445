"""SQL of what was taken down and how its seller had it, and of what he wants to become of sold-out products."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from connector_shopify.domain import BEING_GIVEN_BACK, UNFOLLOWED, OwnSettings, SoldOut, TakenProduct
from connector_shopify.tables import account_health, account_settings, product_takedowns, takedowns


async def taken_variant(uow: UnitOfWork, account_id: UUID, variant_id: str) -> OwnSettings | None:
    """A variant's own settings, while they are on record."""
    mine = (takedowns.c.account_id == account_id) & (takedowns.c.variant_id == variant_id)
    row = (await uow.conn.execute(select(takedowns).where(mine))).one_or_none()
    return OwnSettings(row.policy, row.tracked) if row else None


async def take_variant(
    uow: UnitOfWork, tenant_id: UUID, account_id: UUID, variant_id: str, own: OwnSettings
) -> None:
    """Keep a variant's own settings. Of one already taken down only what a take-down never sets is taken over:

    CONTINUE and untracked are the seller's; DENY and tracked may be what we set, so what is on record stands.
    """
    row = insert(takedowns).values(
        account_id=account_id,
        variant_id=variant_id,
        tenant_id=tenant_id,
        policy=own.policy,
        tracked=own.tracked,
        taken_at=uow.now,
    )
    fresh: dict[str, object] = {"taken_at": uow.now}
    if own.policy == "CONTINUE":
        fresh["policy"] = own.policy
    if not own.tracked:
        fresh["tracked"] = own.tracked
    await uow.conn.execute(row.on_conflict_do_update(index_elements=["account_id", "variant_id"], set_=fresh))


async def release_variant(uow: UnitOfWork, account_id: UUID, variant_id: str, settle: timedelta) -> None:
    """Its settings are being given back: whoever sees them from now on may forget it; who saw them before may not."""
    mine = (takedowns.c.account_id == account_id) & (takedowns.c.variant_id == variant_id)
    await uow.conn.execute(update(takedowns).where(mine).values(taken_at=uow.now - settle))


async def forget_variants(
    uow: UnitOfWork, account_id: UUID, variant_ids: Collection[str], taken_by: datetime
) -> None:
    """Forget those taken down by then."""
    mine = (takedowns.c.account_id == account_id) & takedowns.c.variant_id.in_(sorted(variant_ids))
    await uow.conn.execute(delete(takedowns).where(mine, takedowns.c.taken_at <= taken_by))


async def taken_products(
    uow: UnitOfWork, account_id: UUID, product_ids: Collection[str], *, lock: bool = False
) -> dict[str, TakenProduct]:
    """Those of the products that were taken off show, by id."""
    column = product_takedowns.c
    query = select(product_takedowns).where(
        column.account_id == account_id, column.product_id.in_(sorted(product_ids))
    )
    rows = await uow.conn.execute(query.order_by(column.product_id).with_for_update() if lock else query)
    return {
        row.product_id: TakenProduct(
            row.product_id,
            SoldOut(row.way),
            row.status,
            tuple(row.publications),
            row.taken_at,
            row.done_at,
            row.known_at,
        )
        for row in rows
    }


async def take_product(uow: UnitOfWork, tenant_id: UUID, account_id: UUID, taken: TakenProduct) -> None:
    """Keep what a product was before it is taken off show."""
    values = {
        "way": taken.way.value,
        "status": taken.status,
        "publications": list(taken.publications),
        "taken_at": taken.taken_at,
        "done_at": taken.done_at,
        "known_at": taken.known_at,
    }
    row = insert(product_takedowns).values(
        account_id=account_id, product_id=taken.product_id, tenant_id=tenant_id, **values
    )
    await uow.conn.execute(
        row.on_conflict_do_update(index_elements=["account_id", "product_id"], set_=values)
    )


async def finish_product(uow: UnitOfWork, account_id: UUID, taken: TakenProduct, known_at: datetime) -> None:
    """It was seen off show; what changes of it up to `known_at` may be our own doing."""
    column = product_takedowns.c
    mine = (column.account_id == account_id) & (column.product_id == taken.product_id)
    values = {"done_at": uow.now, "known_at": known_at}
    await uow.conn.execute(update(product_takedowns).where(mine).values(values))


async def account_for_product(uow: UnitOfWork, account_id: UUID, product_id: str, at: datetime) -> None:
    """What changed of it up to then was nothing of its seller's."""
    column = product_takedowns.c
    mine = (column.account_id == account_id) & (column.product_id == product_id)
    known_at = func.greatest(column.known_at, at)
    await uow.conn.execute(update(product_takedowns).where(mine).values(known_at=known_at))


async def release_product(uow: UnitOfWork, account_id: UUID, product_id: str) -> None:
    """It is being put on show again."""
    column = product_takedowns.c
    mine = (column.account_id == account_id) & (column.product_id == product_id)
    await uow.conn.execute(
        update(product_takedowns)
        .where(mine)
        .values(taken_at=BEING_GIVEN_BACK, done_at=func.coalesce(column.done_at, uow.now))
    )


async def forget_products(
    uow: UnitOfWork, account_id: UUID, product_ids: Collection[str], settled: tuple[datetime, datetime] | None
) -> list[str]:
    """Forget those taken by the first time and off show by the second; None: in any case. Returns which.

    Nobody follows a take-down any more that was begun a day before and did not come to anything, as when its shop was
    disconnected: then it is forgotten too.
    """
    column = product_takedowns.c
    mine = (column.account_id == account_id) & column.product_id.in_(sorted(product_ids))
    if settled is not None:
        taken_by, done_by = settled
        nobodys = column.done_at.is_(None) & (column.taken_at <= taken_by - UNFOLLOWED)
        mine &= (column.taken_at <= taken_by) & (or_(column.done_at <= done_by, nobodys))
    gone = await uow.conn.execute(delete(product_takedowns).where(mine).returning(column.product_id))
    return list(gone.scalars())


async def sold_out_of(uow: UnitOfWork, account_ids: Collection[UUID]) -> dict[UUID, SoldOut]:
    """What their sellers want to become of sold-out products; those that never said so are left out."""
    wanted = account_settings.c.account_id == among(account_ids)
    rows = await uow.conn.execute(select(account_settings).where(wanted))
    return {row.account_id: SoldOut(row.sold_out) for row in rows}


async def save_sold_out(uow: UnitOfWork, tenant_id: UUID, account_id: UUID, way: SoldOut) -> None:
    """Keep what a seller wants to become of sold-out products."""
    row = insert(account_settings).values(
        account_id=account_id, tenant_id=tenant_id, sold_out=way.value, changed_at=uow.now
    )
    changed = {"sold_out": way.value, "changed_at": uow.now}
    await uow.conn.execute(row.on_conflict_do_update(index_elements=["account_id"], set_=changed))


async def scopes_of(uow: UnitOfWork, account_id: UUID) -> frozenset[str] | None:
    """What an account was granted, as last looked at; None when nobody looked yet."""
    query = select(account_health.c.scopes).where(account_health.c.account_id == account_id)
    row = (await uow.conn.execute(query)).one_or_none()
    return frozenset(row.scopes) if row is not None and row.scopes is not None else None
