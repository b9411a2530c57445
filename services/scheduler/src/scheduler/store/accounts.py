"""SQL of accounts and their plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import or_, select

from scheduler import tables
from scheduler.domain import Account, Interval, Plan, Scope

_accounts, _plans = tables.accounts, tables.plans


async def lock_accounts(
    uow: UnitOfWork,
    ids: Collection[UUID],
    *,
    of_runs: Collection[UUID] = (),
    skip_locked: bool = False,
) -> dict[UUID, Account]:
    """The accounts of these that exist, and those that `of_runs` read, locked in id order until the commit.

    Who needs accounts and runs locks all its accounts before any run: a refresh and the end of a run wait for each
    other then, instead of PostgreSQL ending one of them as a deadlock.
    """
    read = select(tables.runs.c.account_id).where(tables.runs.c.run_id.in_(of_runs))
    wanted = or_(_accounts.c.account_id.in_(ids), _accounts.c.account_id.in_(read))
    query = select(_accounts).where(wanted).order_by(_accounts.c.account_id)
    rows = await uow.conn.execute(query.with_for_update(skip_locked=skip_locked))
    return {row.account_id: _account(row) for row in rows}


async def load_accounts(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Account]:
    """The accounts of these that exist."""
    rows = await uow.conn.execute(select(_accounts).where(_accounts.c.account_id.in_(ids)))
    return {row.account_id: _account(row) for row in rows}


async def accounts_of(uow: UnitOfWork, tenant_id: UUID) -> Sequence[Account]:
    """A tenant's accounts, by platform and name."""
    query = select(_accounts).where(_accounts.c.tenant_id == tenant_id)
    rows = await uow.conn.execute(query.order_by(_accounts.c.platform, _accounts.c.name))
    return [_account(row) for row in rows]


async def save_account(uow: UnitOfWork, account: Account) -> None:
    """Insert or overwrite."""
    columns = {
        "account_id": account.account_id,
        "tenant_id": account.tenant_id,
        "platform": account.platform,
        "name": account.name,
        "connected": account.connected,
        "revision": account.revision,
        "connected_at": account.connected_at,
        "watermark": account.watermark,
    }
    await bulk.upsert(uow.conn, _accounts, [columns])


async def load_plans(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Plan]:
    """The plans of these accounts."""
    rows = await uow.conn.execute(select(_plans).where(_plans.c.account_id.in_(ids)))
    return {row.account_id: _plan(row) for row in rows}


async def load_plan(uow: UnitOfWork, account_id: UUID) -> Plan | None:
    """One account's plan, if it has one."""
    return (await load_plans(uow, {account_id})).get(account_id)


async def save_plan(uow: UnitOfWork, plan: Plan) -> None:
    """Insert or overwrite."""
    columns = {
        "account_id": plan.account_id,
        "tenant_id": plan.tenant_id,
        "interval": plan.interval.value,
        "scope": plan.scope.value,
        "start_from": plan.start_from,
    }
    await bulk.upsert(uow.conn, _plans, [columns])


def _account(row: Row) -> Account:
    return Account(
        account_id=row.account_id,
        tenant_id=row.tenant_id,
        platform=row.platform,
        name=row.name,
        connected=row.connected,
        revision=row.revision,
        connected_at=row.connected_at,
        watermark=row.watermark,
    )


def _plan(row: Row) -> Plan:
    return Plan(
        account_id=row.account_id,
        tenant_id=row.tenant_id,
        interval=Interval(row.interval),
        scope=Scope(row.scope),
        start_from=row.start_from,
    )
