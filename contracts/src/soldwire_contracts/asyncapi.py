"""The AsyncAPI 3.0 document of the bus, from the topic and subscription tables."""

from __future__ import annotations

from soldwire_contracts.envelope import CONTENT_TYPE, Fact
from soldwire_contracts.schemas import Json, facts
from soldwire_contracts.subscriptions import SUBSCRIPTIONS, Subscription
from soldwire_contracts.topics import TOPICS, Topic

BINDING = "0.5.0"
_DAY_MS = 86_400_000
_ABOUT = (
    "Facts of Soldwire's services on Kafka: CloudEvents 1.0 in structured JSON, without personal data. "
    "Dedupe on the event id; a lower or equal revision of what you hold is old news."
)


def document() -> dict[str, Json]:
    """The whole document, ready to be written as YAML; schemas are referred to beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Soldwire bus", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": CONTENT_TYPE,
        "servers": {"bus": _server()},
        "channels": {_id(topic.name): _channel(topic) for topic in TOPICS.values()},
        "operations": {**_sends(), **_receives()},
        "components": {
            "messages": {_id(type_): _message(fact) for type_, fact in facts().items()},
            "messageTraits": {"traced": _trace_headers()},
        },
    }


def _id(name: str) -> str:
    return name.replace(".", "-")


def _server() -> Json:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Addresses come from SOLDWIRE_KAFKA.",
        "variables": {"bootstrap": {"default": "localhost:9092"}},
    }


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "description": topic.says,
        "messages": {_id(topic.fact.type): _ref("components", "messages", _id(topic.fact.type))},
        "bindings": {"kafka": _topic_binding(topic)},
        "x-key": topic.key,
        "x-owner": topic.owner,
        "x-visibility": topic.visibility,
        "x-lane": topic.lane.name.lower(),
    }


def _topic_binding(topic: Topic) -> Json:
    kept = -1 if topic.retention_days is None else topic.retention_days * _DAY_MS
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": {
            "cleanup.policy": ["compact" if topic.compacted else "delete"],
            "retention.ms": kept,
        },
        "bindingVersion": BINDING,
    }


def _message(fact: type[Fact]) -> Json:
    key = next(topic.key for topic in TOPICS.values() if topic.fact is fact)
    return {
        "name": fact.type,
        "title": fact.__name__,
        "summary": (fact.__doc__ or "").split("\n")[0],
        "contentType": CONTENT_TYPE,
        "traits": [_ref("components", "messageTraits", "traced")],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{fact.type}.json"},
        },
        "bindings": {
            "kafka": {"key": {"type": "string", "description": key}, "bindingVersion": BINDING},
        },
    }


def _trace_headers() -> Json:
    traceparent: Json = {
        "type": "string",
        "description": "W3C trace context of the transaction that said it.",
    }
    return {"headers": {"type": "object", "properties": {"traceparent": traceparent}}}


def _sends() -> dict[str, Json]:
    return {
        f"{producer}-sends-{_id(topic.name)}": {
            "action": "send",
            "channel": _ref("channels", _id(topic.name)),
            "messages": [_message_on(topic)],
            "tags": [{"name": producer}],
        }
        for topic in TOPICS.values()
        for producer in topic.producers
    }


def _receives() -> dict[str, Json]:
    return {
        f"{reader.service}-{reader.subscriber or 'stream'}-receives-{_id(name)}": _receive(
            reader, TOPICS[name]
        )
        for reader in SUBSCRIPTIONS
        for name in reader.topics
    }


def _receive(reader: Subscription, topic: Topic) -> Json:
    operation: dict[str, Json] = {
        "action": "receive",
        "channel": _ref("channels", _id(topic.name)),
        "messages": [_message_on(topic)],
        "tags": [{"name": reader.service}],
    }
    if reader.group is not None:
        group: Json = {"type": "string", "enum": [reader.group]}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
    return operation


def _message_on(topic: Topic) -> Json:
    return _ref("channels", _id(topic.name), "messages", _id(topic.fact.type))


def _ref(*path: str) -> dict[str, Json]:
    return {"$ref": "#/" + "/".join(path)}
