"""A fresh, migrated database per test: each service is migrated once and then cloned from that template."""

from __future__ import annotations

import base64
import itertools
import subprocess

import asyncpg
from soldwire_local import provision, services
from soldwire_local.environment import for_process
from soldwire_local.errors import LocalError
from soldwire_local.provision import ServiceDatabase
from soldwire_local.services import Service

from testkit.infra import blocking
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

    def fresh(self, service: str, *, migrate: bool = True) -> ServiceDatabase:
        """A new database with the service's three roles, its tables in it unless `migrate` is False.

        Raises LocalError with the output when the service's migrations fail.
        """
        template = self._template(service, migrate)
        name = f"test_{service.replace('-', '_')}_{next(self._numbers)}"
        blocking(lambda: self._clone(service, name, template))
        return self._address(service, name)

    def drop(self, database: ServiceDatabase) -> None:
        """Remove it, whoever is still connected."""
        blocking(lambda: self._drop(database.name))

    def _template(self, service: str, migrate: bool) -> str:
        key = (service, migrate)
        if key not in self._templates:
            name = f"template_{service.replace('-', '_')}" + ("" if migrate else "_empty")
            blocking(lambda: self._clone(service, name, "template1"))
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

    async def _clone(self, service: str, name: str, template: str) -> None:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await provision.create_roles(connection, self._secret, service)
            await provision.create_database(connection, name, provision.role_name(service, "owner"), template)
        finally:
            await connection.close()

    async def _drop(self, name: str) -> None:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await connection.execute(f'drop database if exists "{name}" with (force)')
        finally:
            await connection.close()


def _service(name: str) -> Service:
    """The service as its service.yaml says, else as its folder's name says."""
    found = (service for service in services.discover() if service.name == name)
    return next(found, Service(name, name.replace("-", "_")))
