"""The example of docs/guides/subscribing-to-events.md runs on real Kafka and does what the guide says."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "guides" / "consume_sales.py"
PATIENCE = 60

pytestmark = pytest.mark.bus


def recorded(revision: int, event_id: str) -> bytes:
    example = ROOT / "contracts" / "examples" / "sale.recorded.v1" / "03-own-stock-complete.json"
    event: dict[str, Any] = json.loads(example.read_text())
    event["id"] = event_id
    event["data"]["revision"] = revision
    return json.dumps(event).encode()


async def send(brokers: str, bodies: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all")
    await producer.start()
    try:
        for body in bodies:
            await producer.send_and_wait("sale.recorded", body, key=b"one sale")
    finally:
        await producer.stop()


async def lines_of(brokers: str, group: str, number: int) -> list[str]:
    """What the example prints, run as the guide says, until so many lines have come."""
    program = EXAMPLE.read_text().replace("example.sales", group)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, brokers, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            return [(await process.stdout.readline()).decode().strip() for _ in range(number)]
    finally:
        process.terminate()
        await process.wait()


async def test_repeats_and_old_states_change_nothing_and_bad_records_stop_nothing(topics_ready: str) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    group = f"example.sales-{uuid.uuid4().hex[:8]}"
    newer, older = recorded(1_000_002, second), recorded(1_000_001, first)
    marks = [b'{"not": "an event"}', newer, newer, older]
    await send(topics_ready, marks)
    lines = await lines_of(topics_ready, group, len(marks))
    assert [line.split(" ")[0] for line in lines[:1]] == ["set"]
    assert "revision 1000002" in lines[1]
    assert lines[2:] == ["nothing new", "nothing new"]
