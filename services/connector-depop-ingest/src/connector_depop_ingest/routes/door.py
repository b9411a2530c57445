"""Lets a browser's request in: by its token, within its rate."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from connector_kit.store import borrow
from fastapi import Request
from kit.database import Database
from kit.errors import Refused, Unauthorized
from kit.unit_of_work import UnitOfWork
from pydantic import SecretStr

from connector_depop_ingest import usecases
from connector_depop_ingest.usecases import Session


@dataclass(frozen=True)
class Limits:
    """What one token, one address and one upload may ask for, and how long a task is leased."""

    task_lease: timedelta
    token_burst: float
    token_requests_per_second: float
    pair_tries_per_minute: float
    upload_bytes: int


@dataclass(frozen=True)
class Door:
    """Lets a request in: by its token, within its rate."""

    secret: SecretStr
    limits: Limits
    database: Database

    @asynccontextmanager
    async def session(self, request: Request) -> AsyncIterator[tuple[UnitOfWork, Session]]:
        """A transaction of the token's tenant. Raises Unauthorized, or Refused (429)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("no_token", "Pair this browser first.")
        async with self.database.bus() as uow:
            session = await usecases.enter_session(uow, self.secret, token.strip())
            await self._within(
                uow,
                f"pairing:{session.pairing_id}",
                self.limits.token_burst,
                self.limits.token_requests_per_second,
            )
            yield uow, session

    async def may_try(self, request: Request) -> None:
        """Raises Refused (429) when an address tries too many codes."""
        address = request.client.host if request.client else ""
        scope = f"pair:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
        tries = self.limits.pair_tries_per_minute
        async with self.database.bus() as uow:
            await self._within(uow, scope, tries, tries / 60)

    async def _within(self, uow: UnitOfWork, scope: str, capacity: float, per_second: float) -> None:
        grant = await borrow(
            uow, scope, capacity=capacity, per_second=per_second, least=1, most=1, reserve=0.0
        )
        if grant.points < 1:
            raise Refused("too_many_requests", "Slow down and try again.", status=429, retry_after=grant.wait)
