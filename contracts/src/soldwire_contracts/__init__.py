"""What crosses the bus: every topic, event and envelope of Soldwire."""

from soldwire_contracts.envelope import Event, Fact, UnknownEventTypeError, decode, encode
from soldwire_contracts.topics import TOPICS, Topic, fact_of

__all__ = ["TOPICS", "Event", "Fact", "Topic", "UnknownEventTypeError", "decode", "encode", "fact_of"]
