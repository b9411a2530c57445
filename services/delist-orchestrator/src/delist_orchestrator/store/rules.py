"""SQL of policies and pauses, and the lock that orders a pause against batches in flight."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from kit import bulk
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from delist_orchestrator import tables
from delist_orchestrator.domain import Mode, Pause, Platform, Policy, Rules, Timing
from delist_orchestrator.store import rows

_RULES_LOCK = 7_301
_SHARE = text("select pg_advisory_xact_lock_shared(:key)")
_LOCK = text("select pg_advisory_xact_lock(:key)")
_POLICIES = text("select * from policies where tenant_id = any(:tenants)")
_OF_PAUSES = "id, scope, platform, reason, paused_by, paused_at, resumed_by, resumed_at, resume_reason"
_STANDING = text(
    f"select {_OF_PAUSES}, tenant_id, account_id, unbacked_only from pauses "  # noqa: S608 - constant columns
    "where tenant_id = any(:tenants) and resumed_at is null union all "
    f"select {_OF_PAUSES}, cast(null as uuid), cast(null as uuid), false from platform_pauses where resumed_at is null"
)
_LATEST = text(
    "select * from pauses where tenant_id = any(:tenants) order by resumed_at is not null, paused_at desc limit 200"
)
_PLATFORM_LATEST = text(
    "select * from platform_pauses order by resumed_at is not null, paused_at desc limit 200"
)
_END = (
    "update {table} set resumed_by = :by, resumed_at = :now, resume_reason = :reason "
    "where id = :id and resumed_at is null returning *"
)
_END_ONE = text(_END.format(table="pauses"))
_END_PLATFORM = text(_END.format(table="platform_pauses"))


async def share_rules(uow: UnitOfWork) -> None:
    """Take part in work that reads pauses: a resume waits until what it must release is committed."""
    await uow.conn.execute(_SHARE, {"key": _RULES_LOCK})


async def lock_rules(uow: UnitOfWork) -> None:
    """Change pauses alone, with no batch in flight."""
    await uow.conn.execute(_LOCK, {"key": _RULES_LOCK})


async def load_rules(uow: UnitOfWork, tenants: Collection[UUID], timing: Timing) -> Rules:
    """Policies and standing pauses of these tenants, operations' pauses included."""
    policies = await load_policies(uow, tenants)
    standing = await uow.conn.execute(_STANDING, {"tenants": list(tenants)})
    pauses = tuple(rows.pause(row) for row in standing)
    return Rules(timing, policies, pauses)


async def load_policies(uow: UnitOfWork, tenants: Collection[UUID]) -> dict[tuple[UUID, Platform], Policy]:
    """The policies these tenants chose; what they did not choose is at once."""
    found = await uow.conn.execute(_POLICIES, {"tenants": list(tenants)})
    return {
        (row.tenant_id, Platform(row.platform)): Policy(Mode(row.mode), timedelta(seconds=row.grace_seconds))
        for row in found
    }


async def save_policy(
    uow: UnitOfWork, tenant_id: UUID, platform: Platform, policy: Policy, by: str, at: datetime
) -> None:
    """Set a tenant's policy for one platform."""
    row = {
        "tenant_id": tenant_id,
        "platform": platform,
        "mode": policy.mode,
        "grace_seconds": int(policy.grace.total_seconds()),
        "changed_by": by,
        "changed_at": at,
    }
    await bulk.upsert(uow.conn, tables.policies, [row])


async def load_pauses(uow: UnitOfWork, tenant_id: UUID) -> list[Pause]:
    """A tenant's pauses and operations' platform pauses, standing ones first, then the latest."""
    own = await uow.conn.execute(_LATEST, {"tenants": [tenant_id]})
    everywhere = await uow.conn.execute(_PLATFORM_LATEST)
    return [rows.pause(row) for row in (*own, *everywhere)]


async def save_pause(uow: UnitOfWork, pause: Pause) -> None:
    """Put a pause on record."""
    row = rows.pause_row(pause)
    if pause.tenant_id is None:
        named = tables.platform_pauses.c.keys()
        await bulk.upsert(uow.conn, tables.platform_pauses, [{name: row[name] for name in named}])
    else:
        await bulk.upsert(uow.conn, tables.pauses, [row])


async def end_pause(
    uow: UnitOfWork, pause_id: UUID, by: str, reason: str | None, *, everywhere: bool
) -> Pause | None:
    """Lift a standing pause; None when there is none of that id."""
    statement = _END_PLATFORM if everywhere else _END_ONE
    found = await uow.conn.execute(statement, {"id": pause_id, "by": by, "now": uow.now, "reason": reason})
    row = found.one_or_none()
    return rows.pause(row) if row else None
