"""SQL of pairings and of the directory of codes and tokens, which holds hashes only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from connector_depop_ingest.tables import pairing_keys, pairings


@dataclass(frozen=True, slots=True)
class Pairing:
    """One browser that may act for one shop, or a code that still waits for it."""

    pairing_id: UUID
    tenant_id: UUID
    created_by: UUID
    created_at: datetime
    account_id: UUID | None = None
    device: str | None = None
    shop: str | None = None
    paired_at: datetime | None = None
    last_seen_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """What a presented code or token opens."""

    pairing_id: UUID
    tenant_id: UUID
    account_id: UUID | None
    expires_at: datetime | None


async def save_pairing(uow: UnitOfWork, pairing: Pairing) -> None:
    """Insert a pairing or overwrite it."""
    values = asdict(pairing)
    statement = insert(pairings).values(**values)
    await uow.conn.execute(statement.on_conflict_do_update(index_elements=["pairing_id"], set_=values))


async def load_pairing(uow: UnitOfWork, pairing_id: UUID) -> Pairing | None:
    """One pairing of the transaction's tenants, locked."""
    query = select(pairings).where(pairings.c.pairing_id == pairing_id).with_for_update()
    row = (await uow.conn.execute(query)).one_or_none()
    return _pairing(row) if row else None


async def list_pairings(uow: UnitOfWork) -> list[Pairing]:
    """The tenant's pairings, newest first."""
    rows = await uow.conn.execute(select(pairings).order_by(pairings.c.created_at.desc()).limit(500))
    return [_pairing(row) for row in rows]


def _pairing(row: Row) -> Pairing:
    return Pairing(**{name: row[name] for name in Pairing.__slots__})


async def enter_key(
    uow: UnitOfWork, digest: str, kind: str, pairing: Pairing, expires_at: datetime | None
) -> None:
    """Let a code or a token open a pairing; its hash is all that is kept."""
    await uow.conn.execute(
        pairing_keys.insert().values(
            hash=digest,
            kind=kind,
            pairing_id=pairing.pairing_id,
            tenant_id=pairing.tenant_id,
            account_id=pairing.account_id,
            expires_at=expires_at,
        )
    )


async def open_door(uow: UnitOfWork, digest: str, kind: str, *, lock: bool = False) -> Door | None:
    """What the hash of a code or a token opens."""
    query = select(pairing_keys).where(pairing_keys.c.hash == digest, pairing_keys.c.kind == kind)
    row = (await uow.conn.execute(query.with_for_update() if lock else query)).one_or_none()
    return Door(row.pairing_id, row.tenant_id, row.account_id, row.expires_at) if row else None


async def delete_keys(uow: UnitOfWork, pairing_id: UUID) -> None:
    """No code and no token opens the pairing any more."""
    await uow.conn.execute(delete(pairing_keys).where(pairing_keys.c.pairing_id == pairing_id))


_SEEN = text(
    "update pairings set last_seen_at = cast(:now as timestamptz) where pairing_id = :id "
    "and (last_seen_at is null or last_seen_at < cast(:now as timestamptz) - interval '15 seconds')"
)


async def seen_now(uow: UnitOfWork, pairing_id: UUID) -> None:
    """The browser has shown itself; written down every 15 s at most."""
    await uow.conn.execute(_SEEN, {"id": pairing_id, "now": uow.now})
