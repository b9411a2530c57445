"""From a raw Kafka record to an event, or to the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError
from soldwire_contracts import Event, Fact, UnknownEventTypeError, decode


class Record(Protocol):
    """What we use of an aiokafka ConsumerRecord: key, value and headers as bytes."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A record with its event, or with the reason and error that refused it."""

    record: Record
    event: Event[Fact] | None = None
    reason: str = ""
    error: str = ""


def receive(record: Record, facts: Mapping[str, type[Fact]]) -> Received:
    """Decode one record; never raises: what can't be read comes back with its reason."""
    try:
        event = decode(facts[record.topic], record.value or b"", _traceparent(record.headers))
    except UnknownEventTypeError as error:
        return Received(record, reason="unknown_type", error=str(error))
    except ValidationError as error:
        return Received(record, reason="not_the_contract", error=_summary(error))
    except (ValueError, RecursionError) as error:
        return Received(record, reason="not_the_contract", error=f"{type(error).__name__}: {error}")
    if (belongs := event.data.topic_name()) != record.topic:
        return Received(record, reason="not_the_contract", error=f"this fact belongs on {belongs}")
    return Received(record, event)


def _traceparent(headers: tuple[tuple[str, bytes], ...]) -> str | None:
    for name, value in headers or ():
        if name == "traceparent" and value:
            text = value.decode("ascii", "ignore")
            return text if len(text) == 55 else None
    return None


def _summary(error: ValidationError) -> str:
    """Where and what, without the offending input: it may hold what must not go into logs."""
    found = [
        f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors(include_input=False)[:8]
    ]
    return "; ".join(found)
