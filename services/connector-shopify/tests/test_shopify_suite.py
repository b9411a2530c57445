"""The connector suite, run by the Shopify connector."""

from __future__ import annotations

import pytest
from testkit.connector import Bench, ConnectorSuite


class TestShopify(ConnectorSuite):
    @pytest.fixture
    async def bench(self, bench: Bench) -> Bench:
        return bench
