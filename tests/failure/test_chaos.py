"""A short form of `make chaos`: everything but its length, and fewer faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.failure import chaos
from tests.failure.faults import Fault
from tests.failure.storm import storm

SALES = 500
PER_SECOND = 30
PLAN = (
    Fault(0.15, "SIGKILL", "kafka"),
    Fault(0.45, "kill -9", "delist-orchestrator"),
    Fault(0.70, "immediate stop", "postgres"),
)

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


async def test_500_sales_while_kafka_postgresql_and_a_service_die(tmp_path: Path) -> None:
    """How many double sells there was time to prevent depends on the machine: `make chaos` holds it to none."""
    async with storm(tmp_path) as made:
        outcome = await chaos.run(made, SALES, PER_SECOND, PLAN)
    print("\n".join(outcome.lines()))
    assert outcome.violations == []
    assert outcome.figures.orders >= SALES
    assert outcome.figures.still_exposed == 0
    assert outcome.figures.drained <= chaos.DRAIN_WITHIN
    assert outcome.struck == {"SIGKILL": 1, "kill -9": 1, "immediate stop": 1}


ZOMBIES = (
    Fault(0.10, "freeze", "connector-shopify"),
    Fault(0.30, "freeze", "inventory"),
    Fault(0.50, "freeze", "connector-ebay"),
    Fault(0.70, "freeze", "delist-orchestrator"),
)


@pytest.mark.storm
async def test_services_that_stand_still_past_kafkas_session_and_their_leases_wake_up(tmp_path: Path) -> None:
    """Each is one process, so that what is sold again meanwhile could have been prevented only by a second one."""
    async with storm(tmp_path) as made:
        outcome = await chaos.run(made, 4 * SALES, 20, ZOMBIES, freeze_seconds=8)
    print("\n".join(outcome.lines()))
    assert outcome.violations == []
    assert outcome.figures.still_exposed == 0
    assert outcome.figures.drained <= chaos.DRAIN_WITHIN
    assert outcome.struck == {"freeze": len(ZOMBIES)}
