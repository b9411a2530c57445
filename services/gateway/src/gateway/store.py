"""All SQL of the gateway: users, sessions, keys and counted tries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from kit import erasing
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.domain.access import KeyHolder, Limit, Role, Session, User
from gateway.tables import (
    TENANT_TABLES,
    api_keys,
    attempts,
    logins,
    sessions,
    tenants,
    users,
)


async def find_login(uow: UnitOfWork, email: str) -> tuple[UUID, UUID] | None:
    """The (user, tenant) an e-mail address signs in to."""
    row = (
        await uow.conn.execute(select(logins.c.user_id, logins.c.tenant_id).where(logins.c.email == email))
    ).one_or_none()
    return (row.user_id, row.tenant_id) if row else None


async def load_user(uow: UnitOfWork, user_id: UUID, tenant_id: UUID) -> User | None:
    """A user with their tenant's name; the transaction is widened to that tenant."""
    await uow.allow([tenant_id])
    query = (
        select(users, tenants.c.name.label("tenant_name"))
        .join(tenants, tenants.c.tenant_id == users.c.tenant_id)
        .where(users.c.user_id == user_id)
    )
    row = (await uow.conn.execute(query)).one_or_none()
    return _user(row) if row else None


def _user(row: Row) -> User:
    return User(
        user_id=row.user_id,
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        email=row.email,
        name=row.name,
        role=cast(Role, row.role),
        password_hash=row.password_hash,
    )


async def claim_login(uow: UnitOfWork, email: str, user_id: UUID, tenant_id: UUID) -> bool:
    """Take an e-mail address for a new user; False when someone has it already."""
    statement = insert(logins).values(email=email, user_id=user_id, tenant_id=tenant_id)
    done = await uow.conn.execute(statement.on_conflict_do_nothing().returning(logins.c.email))
    return done.one_or_none() is not None


async def add_tenant(uow: UnitOfWork, tenant_id: UUID, name: str) -> None:
    """A new tenant, unless it is there."""
    await uow.allow([tenant_id])
    statement = insert(tenants).values(tenant_id=tenant_id, name=name, created_at=uow.now)
    await uow.conn.execute(statement.on_conflict_do_nothing())


async def add_user(uow: UnitOfWork, user: User) -> None:
    """A new user of an existing tenant."""
    await uow.conn.execute(
        insert(users).values(
            user_id=user.user_id,
            tenant_id=user.tenant_id,
            email=user.email,
            name=user.name,
            role=user.role,
            password_hash=user.password_hash,
            created_at=uow.now,
            changed_at=uow.now,
        )
    )


async def set_password(uow: UnitOfWork, user_id: UUID, password_hash: str) -> None:
    """Replace a user's password hash."""
    statement = update(users).where(users.c.user_id == user_id)
    await uow.conn.execute(statement.values(password_hash=password_hash, changed_at=uow.now))


async def add_session(uow: UnitOfWork, session: Session) -> None:
    """Remember a browser that signed in."""
    await uow.conn.execute(
        insert(sessions).values(
            token_hash=session.token_hash,
            tenant_id=session.tenant_id,
            user_id=session.user_id,
            created_at=session.created_at,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
        )
    )


async def find_session(uow: UnitOfWork, token_hash: bytes) -> Session | None:
    """The session of a token, over or not."""
    row = (await uow.conn.execute(select(sessions).where(sessions.c.token_hash == token_hash))).one_or_none()
    if row is None:
        return None
    return Session(
        token_hash=row.token_hash,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


async def touch_session(uow: UnitOfWork, token_hash: bytes, expires_at: datetime) -> None:
    """Roll a session's expiry on."""
    statement = update(sessions).where(sessions.c.token_hash == token_hash)
    await uow.conn.execute(statement.values(seen_at=uow.now, expires_at=expires_at))


async def drop_session(uow: UnitOfWork, token_hash: bytes) -> None:
    """Forget one session."""
    await uow.conn.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


async def drop_sessions_of(uow: UnitOfWork, user_id: UUID) -> None:
    """Forget every session of a user, such as after a new password."""
    await uow.conn.execute(delete(sessions).where(sessions.c.user_id == user_id))


async def count_try(uow: UnitOfWork, key: str, limit: Limit) -> int:
    """Count one more try under a key and say how many its current window holds."""
    fresh = attempts.c.window_started_at > uow.now - limit.window
    statement = insert(attempts).values(key=key, window_started_at=uow.now, tries=1)
    counted = await uow.conn.execute(
        statement.on_conflict_do_update(
            index_elements=[attempts.c.key],
            set_={
                "tries": case((fresh, attempts.c.tries), else_=0) + 1,
                "window_started_at": case((fresh, attempts.c.window_started_at), else_=uow.now),
            },
        ).returning(attempts.c.tries)
    )
    return int(counted.scalar_one())


async def forget_tries(uow: UnitOfWork, key: str) -> None:
    """A success clears the account's counter."""
    await uow.conn.execute(delete(attempts).where(attempts.c.key == key))


async def sweep(uow: UnitOfWork, oldest_window: timedelta) -> None:
    """Drop what has expired: sessions that are over, and counters of past windows."""
    await uow.conn.execute(delete(sessions).where(sessions.c.expires_at <= uow.now))
    await uow.conn.execute(delete(attempts).where(attempts.c.window_started_at <= uow.now - oldest_window))


async def add_key(uow: UnitOfWork, holder: KeyHolder, *, name: str, key_hash: bytes, ends_with: str) -> None:
    """Remember an API key by its hash."""
    await uow.conn.execute(
        insert(api_keys).values(
            key_hash=key_hash,
            key_id=holder.key_id,
            tenant_id=holder.tenant_id,
            user_id=holder.user_id,
            role=holder.role,
            name=name,
            ends_with=ends_with,
            created_at=uow.now,
        )
    )


async def find_key(uow: UnitOfWork, key_hash: bytes) -> KeyHolder | None:
    """Who holds a key that was not revoked; notes its use."""
    statement = update(api_keys).where(api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None))
    row = (
        await uow.conn.execute(
            statement.values(used_at=uow.now).returning(
                api_keys.c.key_id, api_keys.c.tenant_id, api_keys.c.user_id, api_keys.c.role
            )
        )
    ).one_or_none()
    return KeyHolder(row.key_id, row.tenant_id, row.user_id, cast(Role, row.role)) if row else None


async def revoke_key(uow: UnitOfWork, key_id: UUID, tenant_id: UUID) -> bool:
    """Revoke a tenant's key; False when there is no such live key."""
    statement = update(api_keys).where(
        api_keys.c.key_id == key_id, api_keys.c.tenant_id == tenant_id, api_keys.c.revoked_at.is_(None)
    )
    done = await uow.conn.execute(statement.values(revoked_at=uow.now).returning(api_keys.c.key_id))
    return done.one_or_none() is not None


async def erase(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Delete all a tenant has here, ways in first, and remember that it was erased."""
    await uow.allow([tenant_id])
    for table in (sessions, api_keys, logins, *TENANT_TABLES):
        await uow.conn.execute(delete(table).where(table.c.tenant_id == tenant_id))
    await erasing.remember(uow, tenant_id, at)


async def is_erased(uow: UnitOfWork, tenant_id: UUID) -> bool:
    """Whether a tenant of that id was erased."""
    return bool(await erasing.erased_among(uow, [tenant_id]))
