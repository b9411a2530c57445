"""Structured logs: one JSON object a line, with the trace it belongs to."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping

import structlog
from opentelemetry import trace


def _add_trace(_: object, __: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def configure(service: str, level: str = "INFO") -> None:
    """Send structlog and the standard library's logging to stderr as JSON, each line naming the service."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.contextvars.bind_contextvars(service=service)
    logging.getLogger("aiokafka.cluster").setLevel(logging.CRITICAL)
    for noisy in ("aiokafka", "faststream", "httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A structured logger; pass facts as keywords, never inside the message."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return bound
