"""One trace through outboxes: what a batch handles is found from each of its events, and each says on in its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kit import telemetry
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from testkit.bus import emitted, record_of, run_batch

TRACES = ["11111111111111111111111111111111", "22222222222222222222222222222222"]


@pytest.fixture
def spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Spans as the file exporter writes them; read by calling."""
    exporter = telemetry.FileExporter(tmp_path / "traces.jsonl")
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    yield lambda: [json.loads(line) for line in (tmp_path / "traces.jsonl").read_text().splitlines()]
    provider.shutdown()


def record_in(mini, trace: str):
    record = record_of(mini.status(trace[:4]))
    headers = (("traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode()),)
    return type(record)(record.topic, record.partition, record.offset, record.key, record.value, headers)


async def test_each_event_of_a_batch_goes_on_in_its_own_trace(mini, spans) -> None:
    await run_batch(mini.router, "accounts", [record_in(mini, trace) for trace in TRACES], mini.database)
    said = {event.data.reason: event.traceparent for event in await emitted(mini.database)}
    assert {name: (trace or "")[3:35] for name, trace in said.items()} == {
        trace[:4]: trace for trace in TRACES
    }
    emits = [span for span in spans() if "emits" in span["name"]]
    assert sorted(span["trace_id"] for span in emits) == TRACES
    assert {span["parent_id"] for span in emits} == {"00f067aa0ba902b7"}


async def test_the_span_of_a_batch_is_linked_from_every_event_in_it(mini, spans) -> None:
    await run_batch(mini.router, "accounts", [record_in(mini, trace) for trace in TRACES], mini.database)
    (handled,) = [span for span in spans() if "handles" in span["name"]]
    assert handled["links"] == [f"{trace}-00f067aa0ba902b7" for trace in TRACES]


async def test_a_single_event_is_handled_in_its_own_trace(mini, spans) -> None:
    await run_batch(mini.router, "accounts", [record_in(mini, TRACES[0])], mini.database)
    (handled,) = [span for span in spans() if "handles" in span["name"]]
    assert (handled["trace_id"], handled["parent_id"]) == (TRACES[0], "00f067aa0ba902b7")


@pytest.mark.parametrize(
    "broken", [b"", b"\xff" * 55, b"0" * 55, b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01"]
)
async def test_a_broken_header_costs_the_trace_and_nothing_else(mini, spans, broken: bytes) -> None:
    record = record_of(mini.status("a"))
    spoiled = type(record)(
        record.topic, 0, record.offset, record.key, record.value, (("traceparent", broken),)
    )
    await run_batch(mini.router, "accounts", [spoiled], mini.database)
    assert await mini.effects() == ["a"]
