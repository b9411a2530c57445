"""A test of a shop's connection, whenever a person asks for it."""

from __future__ import annotations

import time
from collections import deque
from uuid import UUID

from connector_kit.connector import Connector
from fastapi import APIRouter
from kit.errors import Refused
from kit.http import WriterDep
from pydantic import BaseModel

from connector_shopify import usecases
from connector_shopify.client import Checks

MOST, WITHIN = 6, 60.0
"""Tests of one account, and the seconds they count for."""


class StepView(BaseModel):
    """What one part of the shop said; `ms` is how long that took."""

    name: str
    ok: bool
    words: str
    ms: float


class TestView(BaseModel):
    """Whether everything works, and each step."""

    ok: bool
    steps: list[StepView]


class _Pace:
    """When each account was last tested, in this process."""

    def __init__(self) -> None:
        self._tested: dict[UUID, deque[float]] = {}

    def take(self, account_id: UUID) -> None:
        """Count a test. Raises Refused (429) with the seconds to wait."""
        now = time.monotonic()
        self._tested = {key: times for key, times in self._tested.items() if now - times[-1] < WITHIN}
        times = self._tested.setdefault(account_id, deque(maxlen=MOST))
        if len(times) == MOST and now - times[0] < WITHIN:
            wait = int(WITHIN - (now - times[0])) + 1
            message = f"This shop was tested {MOST} times within a minute. Wait {wait} s."
            raise Refused("too_fast", message, status=429, retry_after=wait)
        times.append(now)


def testing_router(connector: Connector, checks: Checks) -> APIRouter:
    """`POST /v1/accounts/{id}/test`."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
    pace = _Pace()

    @router.post("/{account_id}/test")
    async def test(caller: WriterDep, account_id: UUID) -> TestView:
        """Ask the shop now and say what it found, step by step; changes nothing.

        404 no_such_account; 409 disconnected: there is no access to test, sign_in_closed: it can't be opened here; 429
        too_fast: six a minute.
        """
        async with connector.database.request(caller.tenant_id) as uow:
            known = await usecases.shop(uow, connector.sealer, account_id)
            if known.account.state == "revoked":
                message = f"{known.account.name} is disconnected. Connect it again first."
                raise Refused("disconnected", message)
            account = await usecases.shop_with_keys(uow, connector.sealer, account_id)
        pace.take(account_id)
        health = known.health
        unverified = health.sentence if health.state == "webhooks_unverified" else None
        steps = await checks.run(account, known.row.payouts_error, unverified)
        views = [StepView(name=s.name, ok=s.ok, words=s.words, ms=s.ms) for s in steps]
        return TestView(ok=all(step.ok for step in steps), steps=views)

    return router
