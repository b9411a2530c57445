"""A fresh, migrated database per test: each service is migrated once and then cloned from that template."""

from __future__ import annotations

import asyncio
import base64
import itertools
import subprocess
from concurrent.futures import Future

import asyncpg
from soldwire_local import provision, services
from soldwire_local.environment import for_process
from soldwire_local.errors import LocalError
from soldwire_local.provision import ServiceDatabase
from soldwire_local.services import Service

from testkit.infra import Background
from testkit.services import TEST_SECRET

TEST_SETTINGS = {
    "SOLDWIRE_SECRET": TEST_SECRET,
    "SOLDWIRE_SEAL_KEYS": f"test:{base64.b64encode(bytes(32)).decode()}",
    "SOLDWIRE_ENV": "test",
    "SOLDWIRE_KAFKA": "127.0.0.1:1",
}


class Databases:
    """Makes and drops databases on one server. Blocking, callable inside and outside an event loop."""

    def __init__(self, admin_dsn: str, secret: bytes) -> None:
        self.admin_dsn = admin_dsn
        self._secret = secret
        self._numbers = itertools.count(1)
        self._templates: dict[tuple[str, bool], str] = {}
        self._next: dict[str, Future[str]] = {}
        self._drops: list[Future[None]] = []
        self._background = Background()
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def fresh(self, service: str, *, migrate: bool = True) -> ServiceDatabase:
        """A new database with the service's three roles, its tables in it unless `migrate` is False.

        The next one of the kind is made meanwhile. Raises LocalError with the output when the migrations fail.
        """
        template = self._template(service, migrate)
        ready = self._next.pop(template, None) or self._begin(service, template)
        name = ready.result()
        self._next[template] = self._begin(service, template)
        return self._address(service, name)

    def drop(self, database: ServiceDatabase) -> None:
        """Remove it meanwhile, whoever is still connected; what goes wrong is raised by the next drop or `close`."""
        for done in [drop for drop in self._drops if drop.done()]:
            self._drops.remove(done)
            done.result()
        self._drops.append(self._background.begin(self._drop(database.name)))

    def close(self) -> None:
        """Wait for what is being made and dropped, and leave the server; unused databases stay there."""
        for made in self._next.values():
            made.result()
        for dropped in self._drops:
            dropped.result()
        self._background.begin(self._leave()).result()
        self._background.close()

    def _begin(self, service: str, template: str) -> Future[str]:
        name = f"test_{service.replace('-', '_')}_{next(self._numbers)}"
        return self._background.begin(self._clone(service, name, template))

    def _template(self, service: str, migrate: bool) -> str:
        key = (service, migrate)
        if key not in self._templates:
            name = f"template_{service.replace('-', '_')}" + ("" if migrate else "_empty")
            self._background.begin(self._create(service, name)).result()
            if migrate:
                self._migrate(service, name)
            self._templates[key] = name
        return self._templates[key]

    def _migrate(self, service: str, name: str) -> None:
        variables = for_process({**TEST_SETTINGS, **self._address(service, name).environment()})
        command = _service(service).command("migrate")
        done = subprocess.run(
            command, env=variables, check=False, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise LocalError(f"{service} could not be migrated:\n{done.stdout}{done.stderr}")

    def _address(self, service: str, name: str) -> ServiceDatabase:
        return provision.service_database(self.admin_dsn, self._secret, service, name)

    async def _create(self, service: str, name: str) -> None:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await provision.create_roles(connection, self._secret, service)
            await provision.create_database(connection, name, provision.role_name(service, "owner"))
        finally:
            await connection.close()

    async def _clone(self, service: str, name: str, template: str) -> str:
        """By copying files, which takes PostgreSQL half the time of writing every page to its log as well."""
        owner = provision.role_name(service, "owner")
        await self._execute(
            f'create database "{name}" owner "{owner}" template "{template}" strategy file_copy'
        )
        return name

    async def _drop(self, name: str) -> None:
        await self._execute(f'drop database if exists "{name}" with (force)')

    async def _leave(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _execute(self, statement: str) -> None:
        """One at a time on a connection that stays: half of what a database costs would be connecting."""
        async with self._turn:
            if self._connection is None:
                self._connection = await asyncpg.connect(self.admin_dsn)
            await self._connection.execute(statement)


def _service(name: str) -> Service:
    """The service as its service.yaml says, else as its folder's name says."""
    found = (service for service in services.discover() if service.name == name)
    return next(found, Service(name, name.replace("-", "_")))
