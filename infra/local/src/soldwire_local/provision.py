"""A database and three roles per service, created from one administrator's address; safe to repeat and to race."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from soldwire_local import keys
from soldwire_local.errors import LocalError

ROLES = ("owner", "bus", "request")
ROLE_RIGHTS = "login nocreatedb nocreaterole"
# Only a superuser may name these, even to deny them; so they are named only when somebody granted them.
FORBIDDEN = ("superuser", "bypassrls", "replication")
PROVISION_LOCK = 7_365_001  # any number, the same for every provisioner of a server
NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class ServiceDatabase:
    """One database under a service's three roles: owner migrates, bus is the process's own, request serves people."""

    service: str
    name: str
    owner: str
    bus: str
    request: str

    def environment(self) -> dict[str, str]:
        """What kit's settings read."""
        return {
            "SOLDWIRE_POSTGRES_OWNER": self.owner,
            "SOLDWIRE_POSTGRES_BUS": self.bus,
            "SOLDWIRE_POSTGRES_REQUEST": self.request,
        }


def role_name(service: str, role: str) -> str:
    """`inventory_bus`; raises ValueError for a name that isn't a service's."""
    if not NAME.fullmatch(service):
        raise ValueError(f"{service!r} is no service name (letters, digits and hyphens)")
    return f"{service.replace('-', '_')}_{role}"


def database_name(service: str) -> str:
    """`soldwire_inventory`."""
    return "soldwire_" + role_name(service, "").rstrip("_")


def service_database(admin_dsn: str, secret: bytes, service: str, database: str = "") -> ServiceDatabase:
    """The addresses of a service's three roles on the administrator's server, in its own database unless named."""
    name = database or database_name(service)
    owner, bus, request = (_as_role(admin_dsn, secret, role_name(service, role), name) for role in ROLES)
    return ServiceDatabase(service, name, owner, bus, request)


def _as_role(admin_dsn: str, secret: bytes, role: str, database: str) -> str:
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{role}:{keys.password(secret, role)}@{host}"
    return urlunsplit(parts._replace(netloc=netloc, path="/" + quote(database)))


async def provision(admin_dsn: str, secret: bytes, services: Iterable[str]) -> None:
    """Bring every service's roles and database to what they should be; raises LocalError when the server refuses."""
    try:
        connection = await asyncpg.connect(admin_dsn, timeout=15)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise LocalError(
            f"PostgreSQL can't be reached as administrator: {error}",
            remedy="check SOLDWIRE_POSTGRES (postgresql://user:password@host:port/database)",
        ) from error
    try:
        await connection.execute("select pg_advisory_lock($1)", PROVISION_LOCK)
        for service in services:
            await create_roles(connection, secret, service)
            await create_database(connection, database_name(service), role_name(service, "owner"))
            await _close_to_others(connection, service)
    except asyncpg.InsufficientPrivilegeError as error:
        raise LocalError(
            f"the administrator of SOLDWIRE_POSTGRES may not create roles and databases: {error}",
            remedy="give it CREATEDB and CREATEROLE, or name another user",
        ) from error
    finally:
        await connection.close()  # ends the session, and the lock with it


async def create_roles(connection: Connection, secret: bytes, service: str) -> None:
    """Create or correct the three roles of a service: log in, own nothing of the cluster, bound by policies."""
    for role in (role_name(service, role) for role in ROLES):
        held = await connection.fetchrow(
            "select rolsuper, rolbypassrls, rolreplication from pg_roles where rolname = $1", role
        )
        if held is None:
            await connection.execute(f'create role "{role}"')
        taken = " ".join(f"no{right}" for right, has in zip(FORBIDDEN, held or (), strict=False) if has)
        password = keys.password(secret, role)
        await connection.execute(f"alter role \"{role}\" {ROLE_RIGHTS} {taken} password '{password}'")


async def create_database(connection: Connection, name: str, owner: str, template: str = "template1") -> None:
    """Create the database unless it is there; the administrator joins the owner's role when it must (no superuser)."""
    if await connection.fetchval("select 1 from pg_database where datname = $1", name):
        return
    if not await connection.fetchval("select pg_has_role($1, 'SET')", owner):
        await connection.execute(f'grant "{owner}" to current_user')
    await connection.execute(f'create database "{name}" owner "{owner}" template "{template}"')


async def _close_to_others(connection: Connection, service: str) -> None:
    """Only its own three roles may connect: a service never reads another's tables."""
    database = database_name(service)
    members = ", ".join(f'"{role_name(service, role)}"' for role in ROLES)
    await connection.execute(f'revoke all on database "{database}" from public')
    await connection.execute(f'grant connect on database "{database}" to {members}')
