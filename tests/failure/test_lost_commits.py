"""Answers to COMMIT and whole connections are lost between every service and PostgreSQL, in the middle of a run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from soldwire_local.environment import Environment
from soldwire_local.runtime import Runtime
from testkit.proxy import PostgresProxy

from tests.failure.storm import small_mix, storm

SALES = 300
PER_SECOND = 10

pytestmark = [pytest.mark.stack, pytest.mark.storm, pytest.mark.timeout(600)]


class Through(Runtime):
    """Its services reach PostgreSQL through a proxy."""

    def __init__(self, *given: Any, proxy: PostgresProxy, **named: Any) -> None:
        super().__init__(*given, **named)
        self._proxy = proxy
        proxy.target = self._server

    def _server(self) -> tuple[str, int]:
        found = urlsplit(self.postgres.dsn)
        return str(found.hostname), int(found.port or 5432)

    def environment(self) -> Environment:
        """Everything as it is, but for PostgreSQL's port."""
        found = super().environment()
        address = urlsplit(found.postgres)
        netloc = f"{address.netloc.rpartition('@')[0]}@127.0.0.1:{self._proxy.port}"
        return replace(found, postgres=urlunsplit(address._replace(netloc=netloc)))


async def test_answers_and_connections_are_lost(tmp_path: Path) -> None:
    async with PostgresProxy(lambda: ("127.0.0.1", 1)) as proxy:
        async with storm(tmp_path, make=partial(Through, proxy=proxy)) as made:
            await made.stock(small_mix(SALES))
            proxy.lose = 0.02
            cuts = 0

            async def cut() -> None:
                nonlocal cuts
                for _ in range(4):
                    cuts += proxy.cut()
                    await asyncio.sleep(4)

            await made.sell(PER_SECOND, meanwhile=cut)
            proxy.lose = 0
            took = await made.drained(240)
            found = await made.violations()
            made.say(f"{made.sold} sales, {proxy.lost} answers to COMMIT lost, {cuts} connections cut")
            made.say(f"{len(found)} violations, drained in {took:.1f} s")
        assert found == []
        assert proxy.lost >= 20
        assert cuts >= 20
