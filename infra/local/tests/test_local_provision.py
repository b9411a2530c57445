"""Provisioning: repeatable, safe to race, and closed between services."""

import asyncio

import asyncpg
import pytest
from soldwire_local.errors import LocalError
from soldwire_local.provision import ServiceDatabase, database_name, provision, role_name, service_database

pytestmark = pytest.mark.bus
SECRET = b"a secret of these tests"
SERVICES = ["first-shop", "second-shop"]


def of(dsn: str, service: str, database: str = "") -> ServiceDatabase:
    return service_database(dsn, SECRET, service, database)


async def test_racing_provisioners_agree_and_data_stays(own_postgres: str) -> None:
    await asyncio.gather(*(provision(own_postgres, SECRET, SERVICES) for _ in range(3)))
    owner = await asyncpg.connect(of(own_postgres, "first-shop").owner)
    await owner.execute("create table if not exists kept (x int)")
    await owner.close()
    await provision(own_postgres, SECRET, SERVICES)
    owner = await asyncpg.connect(of(own_postgres, "first-shop").owner)
    assert await owner.fetchval("select to_regclass('kept')::text") == "kept"
    await owner.close()


async def test_a_service_cannot_enter_anothers_database(own_postgres: str) -> None:
    await provision(own_postgres, SECRET, SERVICES)
    for role in ("owner", "bus", "request"):
        dsn = getattr(of(own_postgres, "second-shop", database_name("first-shop")), role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(dsn)


async def test_a_role_with_too_many_rights_loses_them(own_postgres: str) -> None:
    await provision(own_postgres, SECRET, SERVICES)
    admin = await asyncpg.connect(own_postgres)
    await admin.execute("alter role first_shop_bus superuser bypassrls createdb")
    await provision(own_postgres, SECRET, SERVICES)
    rights = await admin.fetchrow(
        "select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = 'first_shop_bus'"
    )
    await admin.close()
    assert rights is not None
    assert tuple(rights) == (False, False, False)


async def test_an_administrator_without_superuser_is_enough(own_postgres: str) -> None:
    admin = await asyncpg.connect(own_postgres)
    await admin.execute("drop role if exists modest")
    await admin.execute("create role modest login createdb createrole password 'modest'")
    await admin.close()
    modest = own_postgres.replace(own_postgres.split("//")[1].split("@")[0], "modest:modest")
    await provision(modest, SECRET, ["third-shop"])
    bus = await asyncpg.connect(of(own_postgres, "third-shop").bus)
    assert await bus.fetchval("select current_user") == "third_shop_bus"
    await bus.close()


async def test_a_wrong_address_says_what_helps() -> None:
    with pytest.raises(LocalError, match="SOLDWIRE_POSTGRES"):
        await provision("postgresql://a:b@127.0.0.1:1/x", SECRET, SERVICES)


@pytest.mark.parametrize("name", ["", "Shop", "a b", 'x"; drop', "1st"])
def test_a_name_that_is_no_services_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="service name"):
        role_name(name, "bus")


def test_addresses_keep_host_and_options() -> None:
    found = of("postgresql://admin:pw@db.example:6432/postgres?sslmode=require", "first-shop")
    assert found.bus.startswith("postgresql://first_shop_bus:")
    assert found.bus.endswith("@db.example:6432/soldwire_first_shop?sslmode=require")
