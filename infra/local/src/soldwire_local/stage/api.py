"""Calls to the services as the gateway makes them: signed for one tenant, one user, one role."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any
from uuid import UUID, uuid4

import httpx
from kit import tokens
from kit.settings import ServiceSettings
from kit.tokens import Caller, Role

from soldwire_local import keys
from soldwire_local.errors import LocalError

Json = Any


class Services:
    """An async context over the services' HTTP, on behalf of one tenant."""

    def __init__(self, urls: Mapping[str, str], secret: bytes, tenant: UUID, role: Role = "seller") -> None:
        self._urls = urls
        self._caller = Caller(tenant, uuid4(), role)
        self._settings = ServiceSettings.model_validate(
            {"secret": keys.token_secret(secret), "postgres_bus": "unused"}
        )
        self._http = httpx.AsyncClient(timeout=30, trust_env=False)

    @property
    def tenant(self) -> UUID:
        """The tenant it speaks for."""
        return self._caller.tenant_id

    async def __aenter__(self) -> Services:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(
        self,
        method: str,
        service: str,
        path: str,
        body: Json = None,
        role: Role | None = None,
        **query: Any,
    ) -> Json:
        """Call a service; the parsed answer. Raises LocalError with the service's own words when it refuses."""
        token = self.token(service, role)
        params = {name: str(value) for name, value in query.items() if value is not None}
        headers = {"authorization": f"Bearer {token}"}
        try:
            answer = await self._http.request(
                method, f"{self._urls[service]}{path}", json=body, params=params, headers=headers
            )
        except httpx.HTTPError as error:
            raise LocalError(
                f"{service} does not answer {method} {path}: {error!r}", remedy=f"see logs/{service}.log"
            ) from error
        if not answer.is_success:
            raise LocalError(f"{service} refused {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def token(self, service: str, role: Role | None = None) -> str:
        """What a call to the service carries."""
        caller = self._caller if role is None else Caller(self.tenant, self._caller.user_id, role)
        return tokens.sign(self._settings, caller, audience=service)

    async def get(self, service: str, path: str, **query: Any) -> Json:
        """GET."""
        return await self.call("GET", service, path, **query)

    async def post(self, service: str, path: str, body: Json = None) -> Json:
        """POST."""
        return await self.call("POST", service, path, body if body is not None else {})

    async def plain(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:
        """A call that carries its own credentials, such as a browser's or a marketplace's."""
        return await self._http.request(method, f"{self._urls[service]}{path}", **options)
