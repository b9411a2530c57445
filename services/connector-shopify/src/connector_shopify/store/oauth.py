"""SQL of sign-ins under way; a row is found by its state's hash alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, insert, select

from connector_shopify.tables import oauth_states

_TOLD_FOR = timedelta(days=1)
"""So long after its end we can still say what was wrong with a state."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A seller sent to Shopify: who sent him, from which session, to which shop."""

    hash: str
    tenant_id: UUID
    user_id: UUID
    session: str
    shop: str
    stock_master: bool
    expires_at: datetime
    used_at: datetime | None = None


async def insert_sign_in(uow: UnitOfWork, sign_in: SignIn) -> None:
    """Begin one; those that ended a day ago go."""
    await uow.conn.execute(delete(oauth_states).where(oauth_states.c.expires_at < uow.now - _TOLD_FOR))
    await uow.conn.execute(
        insert(oauth_states).values(
            hash=sign_in.hash,
            tenant_id=sign_in.tenant_id,
            user_id=sign_in.user_id,
            session=sign_in.session,
            shop=sign_in.shop,
            stock_master=sign_in.stock_master,
            expires_at=sign_in.expires_at,
        )
    )


async def lock_sign_in(uow: UnitOfWork, state_hash: str) -> SignIn | None:
    """The sign-in of a state, locked until the end of the transaction."""
    query = select(oauth_states).where(oauth_states.c.hash == state_hash).with_for_update()
    row = (await uow.conn.execute(query)).one_or_none()
    if row is None:
        return None
    return SignIn(
        row.hash,
        row.tenant_id,
        row.user_id,
        row.session,
        row.shop,
        row.stock_master,
        row.expires_at,
        row.used_at,
    )


async def use_sign_in(uow: UnitOfWork, state_hash: str) -> None:
    """It is good no more."""
    await uow.conn.execute(
        oauth_states.update().where(oauth_states.c.hash == state_hash).values(used_at=uow.now)
    )
