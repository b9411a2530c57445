"""What a transaction says, and what its errors do not say."""

from __future__ import annotations

import pytest
from kit.unit_of_work import LARGEST_FACT, FactTooLargeError
from sqlalchemy import text
from testkit.bus import emitted, run_batch


async def test_a_fact_that_kafka_would_not_take_is_its_sayers_error(mini) -> None:
    """In the outbox it would stop every fact behind it for ever."""
    with pytest.raises(FactTooLargeError, match=r"account\.status"):
        async with mini.database.bus() as uow:
            uow.emit(mini.status("x" * LARGEST_FACT))
    large = mini.status("x" * (LARGEST_FACT - 10))
    await run_batch(mini.router, "accounts", [mini.status("a"), large], mini.database, expect_dead=1)
    assert [event.data.reason for event in await emitted(mini.database)] == ["a"]


async def test_a_database_error_does_not_repeat_what_was_to_be_stored(mini) -> None:
    """Errors go into logs and dead letters; a webhook's body holds its buyer's address."""
    with pytest.raises(Exception, match="invalid input syntax") as failed:
        async with mini.database.bus() as uow:
            await uow.conn.execute(
                text("select cast(:name as text), cast(:n || '' as integer)"),
                {"name": "12 Elm Row", "n": "x"},
            )
    assert "Elm Row" not in str(failed.value)
