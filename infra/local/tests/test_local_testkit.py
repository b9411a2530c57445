"""The session's fixtures give real servers, and a database per test that only its own roles' policies open."""

import asyncpg
import pytest
from soldwire_local import kafka as broker
from soldwire_local.provision import ROLES
from testkit.plugin import FreshDatabase

pytestmark = pytest.mark.bus


async def test_the_broker_answers(kafka: str) -> None:
    assert await broker.answers(kafka)


async def test_every_database_is_fresh(database: FreshDatabase) -> None:
    first, second = database("inventory", migrate=False), database("inventory", migrate=False)
    owner = await asyncpg.connect(first.owner)
    await owner.execute("create table here (x int)")
    await owner.close()
    other = await asyncpg.connect(second.owner)
    assert await other.fetchval("select to_regclass('here')") is None
    await other.close()
    assert first.name != second.name


async def test_the_request_role_is_held_by_policies(database: FreshDatabase) -> None:
    fresh = database("inventory", migrate=False)
    owner = await asyncpg.connect(fresh.owner)
    await owner.execute(
        """
        create table things (tenant text);
        alter table things enable row level security;
        alter table things force row level security;
        create policy own on things using (tenant = nullif(current_setting('app.tenant', true), ''));
        grant select on things to inventory_bus, inventory_request;
        set app.tenant = 'a';
        insert into things values ('a');
        """
    )
    await owner.close()
    for dsn in (fresh.bus, fresh.request, fresh.owner):
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("select count(*) from things") == 0
        await connection.execute("set app.tenant = 'a'")
        assert await connection.fetchval("select count(*) from things") == 1
        await connection.close()


async def test_no_role_can_lift_the_policies(database: FreshDatabase) -> None:
    fresh = database("sales-ledger", migrate=False)
    for role in (fresh.bus, fresh.request):
        connection = await asyncpg.connect(role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create table mine (x int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("alter role sales_ledger_bus bypassrls")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("set role sales_ledger_owner")
        await connection.close()
    rights = await _rights(fresh.owner, "sales_ledger")
    assert rights == {f"sales_ledger_{role}": (False, False, False, False) for role in ROLES}


async def _rights(dsn: str, prefix: str) -> dict[str, tuple[bool, ...]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like $1",
        prefix.replace("_", r"\_") + r"\_%",
    )
    await connection.close()
    return {row[0]: tuple(row[1:]) for row in rows}
