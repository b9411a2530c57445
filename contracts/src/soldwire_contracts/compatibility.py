"""Refuses a contract that readers or records of a released one would break on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from soldwire_contracts.differences import Node, differences
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.schemas import Json, event_schema, facts
from soldwire_contracts.topics import TOPICS, Topic
from soldwire_contracts.unsaid import unsaid

_BROKEN = "A breaking change is a new topic `<topic>.v2` beside the old one."
_HIDDEN = "What no schema tells of could change unseen: say it in the schema, or let the reader decide."
_PENDING = "Run `python -m soldwire_contracts.release`: until then nothing guards it."


class TopicPromise(TypedDict):
    """What a release promises of a topic."""

    type: str
    key: str
    partitions: int
    retention_days: int | None
    compacted: bool
    visibility: str


class Release(TypedDict):
    """The topics and schemas that were new or changed in one release; what was released once is promised for ever."""

    topics: dict[str, TopicPromise]
    schemas: dict[str, Node]


def current() -> Release:
    """The contracts as the models and tables of this build say them."""
    return {
        "topics": {topic.name: _promise(topic) for topic in TOPICS.values()},
        "schemas": {type_: dict(event_schema(fact)) for type_, fact in facts().items()},
    }


def _promise(topic: Topic) -> TopicPromise:
    return {
        "type": topic.fact.type,
        "key": topic.key,
        "partitions": topic.partitions,
        "retention_days": topic.retention_days,
        "compacted": topic.compacted,
        "visibility": topic.visibility,
    }


def releases(folder: Path) -> Iterator[tuple[str, Release]]:
    """What each release put on record, oldest first."""
    for path in sorted(folder.glob("[0-9]*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def newest(baselines: Iterable[Release]) -> Release:
    """What all releases together promise: the last word on each topic and schema."""
    promised: Release = {"topics": {}, "schemas": {}}
    for each in baselines:
        promised["topics"].update(each["topics"])
        promised["schemas"].update(each["schemas"])
    return promised


def unreleased(promised: Release, now: Release) -> Release:
    """Topics and schemas that are new since, or not what they were; words that bind nobody don't count."""
    known = promised["schemas"]
    return {
        "topics": {
            name: each for name, each in now["topics"].items() if promised["topics"].get(name) != each
        },
        "schemas": {
            type_: schema
            for type_, schema in now["schemas"].items()
            if type_ not in known or _bare(schema) != _bare(known[type_])
        },
    }


def _bare(value: Json) -> Json:
    """A schema without its descriptions and titles; a field of that name is an object, so it stays."""
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _bare(each)
        for name, each in value.items()
        if not (name in ("description", "title") and isinstance(each, str))
    }


def breaches(released: Release, now: Release) -> list[str]:
    """Each way in which `now` breaks the release, one sentence each."""
    return [*_topic_breaches(released["topics"], now["topics"]), *_schema_breaches(released, now)]


def _topic_breaches(released: dict[str, TopicPromise], now: dict[str, TopicPromise]) -> Iterator[str]:
    for name, promised in released.items():
        if name not in now:
            yield f"{name}: topic removed"
            continue
        yield from (f"{name}: {reason}" for reason in _broken_promises(promised, now[name]))


def _broken_promises(promised: TopicPromise, now: TopicPromise) -> Iterator[str]:
    if now["type"] != promised["type"]:
        yield f"type changed from {promised['type']} to {now['type']}; a new type is a new topic"
    if now["key"] != promised["key"]:
        yield f"key changed from {promised['key']} to {now['key']}; the order readers rely on is gone"
    if now["partitions"] < promised["partitions"]:
        yield f"partitions decreased from {promised['partitions']} to {now['partitions']}"
    if _days(now) < _days(promised):
        yield f"retention cut from {promised['retention_days']} to {now['retention_days']} days"
    if now["compacted"] != promised["compacted"]:
        yield "compaction changed; readers rely on every record, or on the last of each key"
    if (promised["visibility"], now["visibility"]) == ("public", "internal"):
        yield "public topic made internal"


def _days(promise: TopicPromise) -> float:
    return float("inf") if promise["retention_days"] is None else promise["retention_days"]


def _schema_breaches(released: Release, now: Release) -> Iterator[str]:
    for type_, schema in released["schemas"].items():
        if type_ not in now["schemas"]:
            yield f"{type_}: event type removed"
            continue
        yield from (f"{type_}: {reason}" for reason in differences(schema, now["schemas"][type_]))


def main(arguments: list[str] | None = None) -> int:
    """Command line: prints each breach of each release and returns 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m soldwire_contracts.compatibility", description=__doc__)
    parser.add_argument("--released", type=Path, default=FOLDER / "released")
    chosen = parser.parse_args(arguments)
    baselines = list(releases(chosen.released))
    if not baselines:
        print(f"No release in {chosen.released} to compare with.", file=sys.stderr)
        return 1
    now = current()
    broken = [f"release {name}: {breach}" for name, release in baselines for breach in breaches(release, now)]
    hidden = [f"{type_}: {each}" for type_, fact in facts().items() for each in unsaid(fact)]
    new = unreleased(newest(release for _, release in baselines), now)
    pending = [f"{name}: said by no release yet" for name in (*new["topics"], *new["schemas"])]
    for found, help_ in ((broken, _BROKEN), (hidden, _HIDDEN), (pending, _PENDING)):
        print("".join(f"{line}\n" for line in (*found, help_)) if found else "", end="", file=sys.stderr)
    return 1 if broken or hidden or pending else 0


if __name__ == "__main__":
    sys.exit(main())
