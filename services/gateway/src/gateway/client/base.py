"""One call to an owner: address, signed token, deadline, and what can go wrong in words."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import httpx
from kit import tokens
from kit.errors import Refused
from kit.settings import ServiceSettings
from kit.tokens import Caller, Role
from pydantic import TypeAdapter, ValidationError

from gateway.client.files import File, OwnerAwayError, Room
from gateway.wire.base import Problem

T = TypeVar("T")
Value = str | int | bool | datetime | None
Query = Mapping[str, Value | Sequence[str]]
_AT_ONCE = 12
"""Calls to one owner under way: one that hangs shall not take the connections of all (httpx has 100 by default)."""
_FILES_AT_ONCE = 4
"""Files of one owner on their way, beside those, one of a tenant: each stays for as long as a browser takes it."""
_running: set[asyncio.Task[httpx.Response]] = set()


class Who(Protocol):
    """Whoever a call is made for: a visitor or an API key's holder."""

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def user_id(self) -> UUID: ...
    @property
    def role(self) -> Role: ...


class Owner:
    """Calls one service for a tenant's person. Raises OwnerAwayError, or Refused with the owner's own words."""

    def __init__(self, settings: ServiceSettings, http: httpx.AsyncClient, service: str) -> None:
        self._settings = settings
        self._http = http
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._files = Room(_FILES_AT_ONCE)
        self.service = service

    async def get(self, who: Who, path: str, shape: type[T], query: Query | None = None) -> T:
        """Read something."""
        return self._read(await self._send(who, "GET", path, query=query), shape)

    async def file(self, who: Who, path: str, *, patience: float, most: int) -> File:
        """Begin to read something that is passed on as it comes, of so many bytes. `patience`: seconds for each piece.

        One at a time for a tenant. Raises Refused for another.
        """
        try:
            asked = self._request(who, "GET", path, patience=patience)
            file = await _taken(self._open(who.tenant_id, asked, most))
        except (httpx.HTTPError, LookupError, TimeoutError) as error:
            raise OwnerAwayError(self.service, type(error).__name__) from error
        return file

    async def post(
        self, who: Who, path: str, shape: type[T], body: object = None, *, patience: float | None = None
    ) -> T:
        """Ask for a change. `patience`: seconds, where the owner itself has to ask a marketplace first."""
        return self._read(await self._send(who, "POST", path, body=body, patience=patience), shape)

    async def patch(self, who: Who, path: str, shape: type[T], body: object) -> T:
        """Change a part of something."""
        return self._read(await self._send(who, "PATCH", path, body=body), shape)

    async def delete(self, who: Who, path: str) -> None:
        """End something."""
        self._read(await self._send(who, "DELETE", path), type(None))

    async def _send(
        self,
        who: Who,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        patience: float | None = None,
    ) -> httpx.Response:
        try:
            asked = self._request(who, method, path, query=query, body=body, patience=patience)
            response = await _to_its_end(self._exchange(asked))
        except (httpx.HTTPError, LookupError, TimeoutError) as error:
            raise OwnerAwayError(self.service, type(error).__name__) from error
        self._check(response)
        return response

    def _request(
        self,
        who: Who,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        patience: float | None = None,
    ) -> httpx.Request:
        caller = Caller(who.tenant_id, who.user_id, who.role)
        token = tokens.sign(self._settings, caller, audience=self.service)
        return self._http.build_request(
            method,
            self._settings.url_of(self.service) + path,
            params=_params(query or {}),
            json=body,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(patience) if patience else self._http.timeout,
        )

    def _check(self, response: httpx.Response) -> None:
        """Raises OwnerAwayError, or Refused with the owner's own words."""
        if response.status_code >= 500:
            raise OwnerAwayError(self.service, f"answered {response.status_code}")
        if response.status_code >= 400:
            raise _refusal(response)

    async def _open(self, tenant_id: UUID, asked: httpx.Request, most: int) -> File:
        """Send it when there is room for a file; the room is free again when the file is closed."""
        give_back = await self._files.take(tenant_id, self._http.timeout.pool)
        try:
            response = await self._http.send(asked, stream=True)
        except BaseException:
            give_back()
            raise
        file = File(self.service, response, most, give_back)
        try:
            if response.status_code >= 400:
                await response.aread()
            self._check(response)
        except BaseException:
            file.close()
            raise
        return file

    async def _exchange(self, asked: httpx.Request) -> httpx.Response:
        """Send it when there is room; waits for that as long as the pool may let it wait."""
        async with asyncio.timeout(self._http.timeout.pool):
            await self._room.acquire()
        try:
            return await self._http.send(asked)
        finally:
            self._room.release()

    def _read(self, response: httpx.Response, shape: type[T]) -> T:
        try:
            return TypeAdapter(shape).validate_json(response.content or b"null")
        except ValidationError as error:
            raise OwnerAwayError(self.service, "answered in a shape we can't read") from error


async def _to_its_end(exchange: Coroutine[object, object, httpx.Response]) -> httpx.Response:
    """Nobody may wait any longer, but what was sent is answered or times out: httpx never gets back a connection of its
    pool whose exchange was cancelled, and when all are gone every later call waits for one in vain.
    """
    running = asyncio.create_task(exchange)
    _running.add(running)
    running.add_done_callback(_ended)
    return await asyncio.shield(running)


async def _taken(opening: Coroutine[object, object, File]) -> File:
    """A file that nobody waits for any longer is closed once it has begun, for the same reason."""
    running = asyncio.create_task(opening)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        running.add_done_callback(_unwanted)
        raise


def _unwanted(opening: asyncio.Task[File]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _ended(exchange: asyncio.Task[httpx.Response]) -> None:
    _running.discard(exchange)
    if not exchange.cancelled():
        exchange.exception()  # somebody heard of it, or nobody waits any longer


def _params(query: Query) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for key, value in query.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            found[key] = list(value)
        elif value not in (None, ""):
            found[key] = _param(value)
    return found


def _param(value: Value) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(response: httpx.Response) -> Refused:
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem()
    return Refused(problem.code, problem.message, status=response.status_code)
