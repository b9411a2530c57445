"""What a person of operations asks services, over their HTTP, with a token of that role."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
import httpx
from kit import tokens
from kit.settings import ServiceSettings
from kit.tokens import Caller
from pydantic import BaseModel, SecretStr, TypeAdapter

from soldwire_local import keys, provision, running, services
from soldwire_local.environment import Environment
from soldwire_local.errors import LocalError

T = TypeVar("T")

NO_TENANT = UUID(int=0)


class Problem(BaseModel):
    """RFC 9457, as services answer it."""

    code: str = "refused"
    message: str = "It was refused without a word."


class Refusal(LocalError):
    """A service's own words on why it did not do it."""

    def __init__(self, service: str, status: int, problem: Problem) -> None:
        super().__init__(f"{service}: {problem.message}")
        self.status = status
        self.code = problem.code


class Operations:
    """Calls to the services of one environment. Raises Refusal, or LocalError when a service can't be reached."""

    def __init__(self, environment: Environment) -> None:
        self._urls = environment.urls
        self._settings = ServiceSettings(
            postgres_bus="", secret=SecretStr(keys.token_secret(environment.secret))
        )
        self._http = httpx.Client(timeout=10, trust_env=False)
        self._person = uuid5(NAMESPACE_URL, f"operator:{_user()}@{socket.gethostname()}")

    def services(self) -> list[str]:
        """Names of the services that have an address here."""
        return [service.name for service in services.discover() if service.name in self._urls]

    def get(self, service: str, path: str, kind: type[T], *, tenant: UUID = NO_TENANT, **query: object) -> T:
        """Read something as the type wanted."""
        return self._send("GET", service, path, kind, tenant, params=_said(query))

    def post(
        self,
        service: str,
        path: str,
        kind: type[T],
        body: Mapping[str, object] | None = None,
        *,
        tenant: UUID = NO_TENANT,
        **query: object,
    ) -> T:
        """Change something; the answer as the type wanted."""
        return self._send("POST", service, path, kind, tenant, params=_said(query), json=_said(body or {}))

    def _send(
        self,
        method: str,
        service: str,
        path: str,
        kind: type[T],
        tenant: UUID,
        *,
        params: dict[str, str],
        json: dict[str, str] | None = None,
    ) -> T:
        token = tokens.sign(self._settings, Caller(tenant, self._person, "operations"), audience=service)
        headers = {"authorization": f"Bearer {token}"}
        url = f"{self._address(service)}{path}"
        try:
            answer = self._http.request(method, url, params=params, json=json, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LocalError(
                f"{service} does not answer at {url}: {type(error).__name__}",
                remedy="see its log, or `soldwire doctor`; SOLDWIRE_URL_* name another address",
            ) from error
        if not answer.is_success:
            raise Refusal(service, answer.status_code, _problem(answer))
        try:
            return TypeAdapter(kind).validate_json(answer.content)
        except ValueError as error:
            raise LocalError(
                f"{service} at {url} did not answer as it should", remedy="is it another program, or version?"
            ) from error

    def _address(self, service: str) -> str:
        try:
            return self._urls[service].rstrip("/")
        except KeyError:
            raise LocalError(f"no address of {service} is known", remedy="is it running?") from None


def _said(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _problem(answer: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(answer.content)
    except ValueError:
        return Problem(message=f"HTTP {answer.status_code} {answer.text[:200]}")


def connect() -> Operations:
    """Calls to what runs here, or to the addresses in SOLDWIRE_URL_*; raises LocalError when nothing does."""
    return Operations(running.environment())


async def tenants() -> list[UUID]:
    """Every tenant a person signs in to.

    Operations belongs to no tenant, and services answer for one at a time: this reads the gateway's directory with
    the administrator's credentials, which only operations has. Raises LocalError when it can't be read.
    """
    environment = running.environment()
    directory = provision.service_database(environment.postgres, environment.secret, "gateway")
    try:
        return await _tenants(directory.bus)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LocalError(
            f"the gateway's directory of tenants can't be read: {error}", remedy="name one with --tenant"
        ) from error


async def _tenants(dsn: str) -> list[UUID]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        rows = await connection.fetch("select distinct tenant_id from logins order by tenant_id")
    finally:
        await connection.close()
    return [row["tenant_id"] for row in rows]


def each_service(operations: Operations, only: str | None) -> list[str]:
    """The one service named, else all that have an address; raises LocalError when none has."""
    names = [only] if only else operations.services()
    if not names:
        raise LocalError(
            "no address of any service is known", remedy="start them, or set SOLDWIRE_URL_<SERVICE>"
        )
    return names


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())
