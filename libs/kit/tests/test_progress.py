"""The watchdog's idea of health: what is stuck, and what only waits."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kit.progress import Progress, why_stuck

AFTER = 60.0
PARTITION = TopicPartition("account.status", 0)


@dataclass
class Behind:
    """A consumer so many records behind; one whose `answers` is False can't say."""

    records: int
    answers: bool = True
    heard: float | None = None

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    def last_poll_timestamp(self, partition: TopicPartition) -> int | None:
        return None if self.heard is None else int(self.heard * 1000)

    def highwater(self, partition: TopicPartition) -> int:
        return self.records

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        if not self.answers:
            raise KafkaError
        return dict.fromkeys(partitions, self.records)

    async def position(self, partition: TopicPartition) -> int:
        return 0


def progress(records: int = 0, **changes: object) -> Progress:
    made = Progress("inventory.sales", consumer=Behind(records))  # type: ignore[arg-type]
    for name, value in changes.items():
        setattr(made, name, getattr(made, name) + value if isinstance(value, float) else value)
    return made


async def stuck(made: Progress, kafka_answers: bool = True) -> str:
    return await why_stuck(made, AFTER, kafka_answers) or ""


async def test_behind_and_reading_nothing_is_stuck() -> None:
    assert "3 records behind" in await stuck(progress(3, moved_at=-61.0))
    assert await stuck(progress(3, moved_at=-30.0)) == ""
    assert await stuck(progress(0, moved_at=-6100.0)) == ""


async def test_an_outage_of_kafka_is_no_fault_of_the_subscriber_nor_is_the_backlog_after_it() -> None:
    made = progress(500, moved_at=-600.0, turned_at=-600.0)
    assert await stuck(made, kafka_answers=False) == ""
    assert await stuck(made) == "", "Kafka has just come back"
    made.moved_at -= 61
    assert "500 records behind" in await stuck(made)


async def test_who_waits_is_not_stuck_while_it_tries_again() -> None:
    made = progress(500, moved_at=-6000.0)
    made.waits_for("ConnectionRefusedError")
    assert await stuck(made) == ""


@pytest.mark.parametrize(
    ("field", "reason"), [("waited_at", "500 records behind"), ("turned_at", "has not turned")]
)
async def test_a_pause_that_is_long_over_excuses_nothing(field: str, reason: str) -> None:
    """Paused for PostgreSQL, then never seen again: aiokafka hung, or the loop died."""
    made = progress(500, moved_at=-6000.0)
    made.waits_for("ConnectionRefusedError")
    setattr(made, field, getattr(made, field) - 61)
    assert reason in await stuck(made)


async def test_offsets_that_nobody_takes_are_noticed_and_one_taken_ends_it() -> None:
    """Two processes with one member id fail each other's commits for ever while both read on (traps.md)."""
    made = progress(0)
    made.not_committed()
    assert await stuck(made) == ""
    assert made.uncommitted_since is not None
    made.uncommitted_since -= 61
    made.not_committed()
    assert "no offset committed" in await stuck(made)
    made.committed()
    assert await stuck(made) == ""


async def test_a_consumer_that_gets_no_answer_is_stuck_only_once_it_reads_nothing() -> None:
    made = progress(0)
    made.consumer = Behind(0, answers=False)  # type: ignore[assignment]
    assert await stuck(made) == ""
    made.moved_at -= 61
    assert "no answer" in await stuck(made)


async def test_a_batch_in_hand_may_take_its_time_but_not_for_ever() -> None:
    made = progress(500, moved_at=-300.0, turned_at=-300.0)
    made.handling_since = made.turned_at
    assert await stuck(made) == ""
    made.handling_since -= 600
    assert "one batch for" in await stuck(made)


@pytest.mark.parametrize(("ago", "reason"), [(1.0, "3 records behind"), (60.0, "no answer")])
async def test_the_last_fetch_says_the_end_of_the_log_while_it_is_fresh(ago: float, reason: str) -> None:
    """A question would wait behind the open fetch, and costs a request per subscriber and look."""
    made = progress(0, moved_at=-61.0)
    made.consumer = Behind(3, answers=False, heard=time.time() - ago)  # type: ignore[assignment]
    assert reason in await stuck(made)
