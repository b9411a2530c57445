"""The connector suite: what every marketplace's connector must do, against the sandbox and real PostgreSQL.

A connector's tests subclass `ConnectorSuite` and give it a `bench` fixture; nothing else is needed.
"""

from __future__ import annotations

import pytest

from testkit.connector.bench import Bench
from testkit.connector.faults import FaultsSuite
from testkit.connector.sales import SalesSuite
from testkit.connector.targets import TargetsSuite

__all__ = ["Bench", "ConnectorSuite"]


class ConnectorSuite(SalesSuite, TargetsSuite, FaultsSuite):
    """Subclass it in a connector's tests and define the `bench` fixture, connected or not; the suite connects."""

    @pytest.fixture
    async def bench(self) -> Bench:
        raise NotImplementedError("a connector's suite defines its bench")

    @pytest.fixture
    async def connected(self, bench: Bench) -> Bench:
        await bench.connect()
        return bench
