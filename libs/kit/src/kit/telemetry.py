"""OpenTelemetry: one trace from the webhook to the marketplace call, through outboxes and intents."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("soldwire")


class FileExporter(SpanExporter):
    """Appends spans as JSON lines, for machines without a collector and for tests."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write one line a span."""
        lines = "".join(json.dumps(_as_line(span)) + "\n" for span in spans)
        with self._lock:
            self._file.write(lines)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        self._file.close()


def _as_line(span: ReadableSpan) -> dict[str, object]:
    context = span.get_span_context()
    return {
        "service": span.resource.attributes.get("service.name"),
        "name": span.name,
        "trace_id": f"{context.trace_id:032x}" if context else None,
        "span_id": f"{context.span_id:016x}" if context else None,
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "links": [f"{link.context.trace_id:032x}-{link.context.span_id:016x}" for link in span.links],
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "attributes": {key: str(value) for key, value in (span.attributes or {}).items()},
    }


def configure(service: str, *, otlp: str | None = None, traces_file: Path | None = None) -> None:
    """Start exporting spans to a collector (OTLP over HTTP), a file, both, or nowhere.

    Without an exporter no span is recorded, but the caller's trace context still passes through.
    """
    exporters: list[SpanExporter] = []
    if traces_file is not None:
        exporters.append(FileExporter(traces_file))
    if otlp is not None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporters.append(OTLPSpanExporter(endpoint=f"{otlp.rstrip('/')}/v1/traces"))
    if not exporters:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    trace.set_tracer_provider(provider)


def flush() -> None:
    """Send what is buffered; called once at the end of a process."""
    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if shutdown is not None:
        shutdown()


def current_traceparent() -> str | None:
    """The ambient span as a W3C `traceparent`, to store beside work that goes on later."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def _context_of(traceparent: str | None) -> Context | None:
    return _propagator.extract({"traceparent": traceparent}) if traceparent else None


@contextmanager
def continued(
    traceparent: str | None, name: str, *, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int
) -> Iterator[Span]:
    """A span that continues the trace it was handed, ambient while the block runs."""
    context = _context_of(traceparent)
    with _tracer.start_as_current_span(
        name, context=context, kind=kind, attributes=attributes or None
    ) as span:
        yield span


@contextmanager
def batch(name: str, traceparents: Sequence[str | None]) -> Iterator[Span]:
    """A span for several records at once: it continues the trace of a single one, and links several."""
    known = [t for t in traceparents if t]
    if len(traceparents) == 1:
        with continued(traceparents[0], name, kind=SpanKind.CONSUMER) as span:
            yield span
        return
    links = [Link(trace.get_current_span(_context_of(t)).get_span_context()) for t in known[:128]]
    with _tracer.start_as_current_span(name, kind=SpanKind.CONSUMER, links=links) as span:
        span.set_attribute("messaging.batch.message_count", len(traceparents))
        yield span


def child_of(traceparent: str | None, name: str) -> str | None:
    """Record a point span under the given parent and return it as the parent of what follows."""
    if traceparent is None:
        return None
    span = _tracer.start_span(name, context=_context_of(traceparent), kind=SpanKind.PRODUCER)
    span.end()
    context = span.get_span_context()
    if not context.is_valid:
        return traceparent
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
