"""Schema migrations: Alembic driven by each service's `migrations/`, with the product's grants and policies."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, Table, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from kit import tables

_POLICY = """
create policy tenant_only on {table} using (
  tenant_id = any ((select string_to_array(nullif(current_setting('app.tenants', true), ''), ','))::uuid[])
)
"""
# A day is a day in UTC, whatever zone the session is in; replicas take turns.
_MAINTAIN = """
create or replace function soldwire_maintain_outbox() returns void language plpgsql security definer
set search_path = public set timezone = 'UTC' as $$
declare
  day date;
  part record;
begin
  perform pg_advisory_xact_lock(7306);
  for day in select generate_series(current_date - 1, current_date + 7, interval '1 day')::date loop
    execute format(
      'create table if not exists %I partition of outbox for values from (%L) to (%L)',
      'outbox_' || to_char(day, 'YYYYMMDD'), day::timestamptz, (day + 1)::timestamptz);
  end loop;
  for part in
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'outbox'::regclass and c.relname ~ '^outbox_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 30
  loop
    if not soldwire_has_unpublished(part.name) then
      execute format('drop table %I', part.name);
    end if;
  end loop;
end $$
"""
_HAS_UNPUBLISHED = """
create or replace function soldwire_has_unpublished(part text) returns boolean language plpgsql
set search_path = public as $$
declare found_one boolean;
begin
  execute format('select exists (select 1 from %I where published_at is null)', part) into found_one;
  return found_one;
end $$
"""
# Requests can't read erased_tenants, so their deletes fail here as well.
_APPEND_ONLY = """
create function {table}_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if exists (select 1 from erased_tenants where tenant_id = old.tenant_id) then
      return old;
    end if;
  end if;
  raise exception 'the {words} is append-only';
end $$
"""
_GUARD = """
create trigger append_only before update or delete on {table}
for each row execute function {table}_is_append_only()
"""


def upgrade(folder: Path, owner_dsn: str) -> None:
    """Bring the database to the newest revision in `folder`, its outbox ready for today.

    One migrator at a time, by advisory lock.
    """
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["dsn"] = owner_dsn
    command.upgrade(config, "head")


def run_env() -> None:
    """What each service's `migrations/env.py` calls."""
    asyncio.run(_run(context.config.attributes["dsn"]))


async def _run(dsn: str) -> None:
    engine = create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=pool.NullPool
    )
    async with engine.connect() as conn:
        await conn.run_sync(_migrate)
    await engine.dispose()


def _migrate(conn: Connection) -> None:
    conn.execute(text("select pg_advisory_lock(7305)"))
    conn.commit()
    context.configure(connection=conn, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    _maintain(conn)
    conn.execute(text("select pg_advisory_unlock(7305)"))
    conn.commit()


def _maintain(conn: Connection) -> None:
    """Bring the outbox's functions and partitions up to date: after a long absence there is none for today."""
    if conn.dialect.has_table(conn, "outbox"):
        for statement in (_HAS_UNPUBLISHED, _MAINTAIN, "select soldwire_maintain_outbox()"):
            conn.exec_driver_sql(statement)
        conn.commit()


def _service_role(kind: str) -> str:
    """`<service>_bus` beside `<service>_owner`, the role that migrates."""
    owner = op.get_bind().execute(text("select current_user")).scalar_one()
    return str(owner).removesuffix("_owner") + f"_{kind}"


def _create(table: Table) -> None:
    table.create(op.get_bind())


def _grant(verbs: str, on: str, kind: str) -> None:
    op.execute(f'grant {verbs} on {on} to "{_service_role(kind)}"')


def create_plumbing() -> None:
    """Create inbox, outbox (partitioned by day) and dead letters, with the grants of both roles."""
    for table in (tables.inbox, tables.outbox, tables.dead_letters):
        _create(table)
        _grant("select, insert, update, delete", table.name, "bus")
    op.execute(_HAS_UNPUBLISHED)
    op.execute(_MAINTAIN)
    op.execute("select soldwire_maintain_outbox()")
    op.execute("revoke all on function soldwire_maintain_outbox() from public")
    _grant("execute", "function soldwire_maintain_outbox()", "bus")
    _grant("insert", "outbox", "request")


def create_tenant_table(table: Table) -> None:
    """Create a business table: forced row-level security by `tenant_id`, open to both roles."""
    if "tenant_id" not in table.c:
        raise ValueError(f"{table.name} has no tenant_id: use create_bus_table, or add the column")
    _create(table)
    op.execute(f'alter table "{table.name}" enable row level security')
    op.execute(f'alter table "{table.name}" force row level security')
    op.execute(_POLICY.format(table=f'"{table.name}"'))
    for kind in ("bus", "request"):
        _grant("select, insert, update, delete", f'"{table.name}"', kind)


def create_bus_table(table: Table) -> None:
    """Create a table of the process's own (work queue, directory, budget): no policy, bus role only."""
    _create(table)
    _grant("select, insert, update, delete", f'"{table.name}"', "bus")


def make_append_only(table: Table) -> None:
    """Let nothing change or leave a tenant's table, except with its whole tenant, once `erased_tenants` says that it went."""
    words = table.name.replace("_", " ")
    for statement in (_APPEND_ONLY, _GUARD):
        op.execute(statement.format(table=table.name, words=words))


__all__ = [
    "create_bus_table",
    "create_plumbing",
    "create_tenant_table",
    "make_append_only",
    "run_env",
    "upgrade",
]
