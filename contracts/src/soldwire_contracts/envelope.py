"""CloudEvents 1.0 in structured JSON: the envelope every record on the bus has."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from soldwire_contracts.values import Platform

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"


class Value(BaseModel):
    """An immutable part of a fact; fields a consumer does not know are ignored, so additions are compatible."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Value):
    """The data of one event: what happened, self-contained, without personal data."""

    topic: ClassVar[str]
    type: ClassVar[str]

    tenant_id: UUID

    def topic_name(self) -> str:
        """Name of the Kafka topic this fact belongs on."""
        return self.topic

    def key(self) -> str:
        """Partition key: records of one key keep their order on the bus (design.md §3)."""
        raise TypeError(f"{type(self).__name__} is not published by itself")


class PlatformFact(Fact):
    """A fact whose topic is split by platform, so that each connector reads its own only."""

    platform: Platform

    def topic_name(self) -> str:
        """`<topic>.<platform>`, such as `listing.target.ebay`."""
        return f"{self.topic}.{self.platform}"


F_co = TypeVar("F_co", bound=Fact, covariant=True)


class Event(BaseModel, Generic[F_co]):
    """One fact in its envelope, as a consumer receives it.

    `id` is unique and stable over redelivery and replay: dedupe on it. `traceparent` (W3C) travels in the
    Kafka header of that name, never in the body.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    time: AwareDatetime
    subject: str | None = None
    test: bool = False
    replay: bool = False
    data: F_co
    traceparent: str | None = Field(default=None, exclude=True)


class UnknownEventTypeError(ValueError):
    """The record's `type` is none this build knows for its topic; set it aside, an upgrade may know it."""


class _Head(BaseModel):
    type: str


def encode(
    fact: Fact, *, id: UUID, source: str, time: datetime, test: bool = False, replay: bool = False
) -> bytes:
    """Serialise a fact in its envelope: UTF-8 JSON, times ISO 8601, money as decimal strings."""
    event = _event_model(type(fact))(
        id=id,
        source=source,
        type=fact.type,
        time=time,
        subject=fact.key(),
        test=test,
        replay=replay,
        data=fact,
    )
    return event.model_dump_json().encode()


@cache
def _event_model(fact: type[Fact]) -> type[Event[Fact]]:
    return Event[fact]  # type: ignore[valid-type]


def decode(fact: type[Fact], body: bytes, traceparent: str | None = None) -> Event[Fact]:
    """Parse a record's value into an event of the given fact.

    Raises UnknownEventTypeError for another `type`, pydantic.ValidationError for a body that is not what its
    contract says. Neither may be retried: the same bytes fail again.
    """
    model = _event_model(fact)
    try:
        event = model.model_validate_json(body)
    except ValueError:
        _refuse_other_type(fact, body)
        raise
    if event.type != fact.type:
        raise UnknownEventTypeError(f"type {event.type!r} on a topic of {fact.type!r}")
    return event if traceparent is None else event.model_copy(update={"traceparent": traceparent})


def _refuse_other_type(fact: type[Fact], body: bytes) -> None:
    try:
        head = _Head.model_validate_json(body)
    except ValueError:
        return
    if head.type != fact.type:
        raise UnknownEventTypeError(f"type {head.type!r} on a topic of {fact.type!r}")
