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


async def send(brokers: str, bodies: list[bytes]) -> list[str]:
    """Send in order to one partition; the place of each record as the example names it."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all")
    await producer.start()
    try:
        sent = [await producer.send_and_wait("sale.recorded", body, key=b"one sale") for body in bodies]
    finally:
        await producer.stop()
    return [f"{record.topic}[{record.partition}]@{record.offset}" for record in sent]


async def said_of(places: list[str], brokers: str, group: str) -> list[str]:
    """What the example, run as the guide says, prints of these records; the topic holds other tests' records too."""
    program = EXAMPLE.read_text().replace("example.sales", group)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, brokers, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said: dict[str, str] = {}
    try:
        async with asyncio.timeout(PATIENCE):
            while not said.keys() >= set(places):
                line = await process.stdout.readline()
                assert line, "the example ended"
                place, _, rest = line.decode().strip().partition(" ")
                said[place] = rest
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    return [said[place] for place in places]


async def test_repeats_and_old_states_change_nothing_and_bad_records_stop_nothing(topics_ready: str) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    group = f"example.sales-{uuid.uuid4().hex[:8]}"
    newer, older = recorded(1_000_002, second), recorded(1_000_001, first)
    places = await send(topics_ready, [b'{"not": "an event"}', newer, newer, older])
    bad, *rest = await said_of(places, topics_ready, group)
    assert bad.startswith("set aside")
    assert "revision 1000002" in rest[0]
    assert rest[1:] == ["nothing new", "nothing new"]
