"""How one JSON Schema breaks another: the rules of the compatibility gate.

Records of the old schema stay on the bus, and readers of the old schema stay up during an upgrade, so neither
side may be surprised. Allowed are new optional fields, and new values of an enum: a reader that does not know
the value yet sets the record aside, and redrives it once upgraded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from soldwire_contracts.schemas import Json

Node: TypeAlias = "dict[str, Json]"

_MISSING = object()
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SEVERAL = ("anyOf", "oneOf")
_WORDS = ("title", "description", "examples", "$id", "$schema", "$defs")
"""What binds nobody."""
_WALKED = (*_LOWER, *_UPPER, *_SEVERAL, "default", "enum", "properties", "required", "prefixItems")
"""What has a rule of its own below; every other keyword must stay as it was."""


@dataclass(frozen=True)
class _Side:
    """One schema node with the document its references point into."""

    node: Node
    document: Node

    def resolved(self) -> _Side:
        node = self.node
        while isinstance(reference := node.get("$ref"), str):
            beside = {name: value for name, value in node.items() if name != "$ref"}
            node = {**self._target(reference), **beside}
        return _Side(node, self.document)

    def _target(self, reference: str) -> Node:
        found: Json = self.document
        for step in reference.removeprefix("#/").split("/"):
            found = _node(found)[step]
        return _node(found)

    def child(self, node: Json) -> _Side:
        return _Side(_node(node), self.document)

    def fields(self) -> Node:
        return _node(self.node.get("properties", {}))

    def required(self) -> set[str]:
        return {str(name) for name in _list(self.node.get("required", []))}

    def variants(self) -> list[_Side]:
        """What the value may be beside null."""
        listed = next((_list(self.node[name]) for name in _SEVERAL if name in self.node), [self.node])
        sides = (self.child(each).resolved() for each in listed)
        return [side for side in sides if side.node.get("type") != "null"]

    def nullable(self) -> bool:
        return any(_node(each).get("type") == "null" for each in _list(self.node.get("anyOf", [])))


def differences(old: Node, new: Node) -> Iterator[str]:
    """Each way `new` breaks `old`, with the path of the field and what happened to it."""
    return _compare(_Side(old, old), _Side(new, new), "event")


def _compare(old: _Side, new: _Side, path: str) -> Iterator[str]:
    old, new = old.resolved(), new.resolved()
    if old.nullable() != new.nullable():
        yield f"{path}: {'may now be null' if new.nullable() else 'may no longer be null'}"
    if old.node.get("default", _MISSING) != new.node.get("default", _MISSING):
        yield f"{path}: default changed from {_shown(old, 'default')} to {_shown(new, 'default')}"
    before, after = old.variants(), new.variants()
    if len(before) != len(after):
        yield f"{path}: type changed from {len(before)} alternatives to {len(after)}"
        return
    for was, now in zip(before, after, strict=True):
        yield from _compare_value(was, now, path)


def _compare_value(old: _Side, new: _Side, path: str) -> Iterator[str]:
    for rule in _RULES:
        yield from (f"{path}: {reason}" for reason in rule(old.node, new.node))
    yield from _fields(old, new, path)
    for keyword, mark in _INSIDE.items():
        was, now = old.node.get(keyword), new.node.get(keyword)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _compare(old.child(was), new.child(now), f"{path}{mark}")
    fixed = zip(_list(old.node.get("prefixItems", [])), _list(new.node.get("prefixItems", [])), strict=False)
    for place, (was, now) in enumerate(fixed):
        yield from _compare(old.child(was), new.child(now), f"{path}[{place}]")


_INSIDE = {"items": "[]", "additionalProperties": "{}"}
"""Keywords that hold a schema, and how a path goes on into it."""


def _fields(old: _Side, new: _Side, path: str) -> Iterator[str]:
    before, after = old.fields(), new.fields()
    for name in before:
        if name not in after:
            yield f"{path}.{name}: field removed{_perhaps_renamed(old, new, name)}"
            continue
        yield from _compare(old.child(before[name]), new.child(after[name]), f"{path}.{name}")
    for name in sorted(new.required() - old.required()):
        yield f"{path}.{name}: {'now required' if name in before else 'new required field'}"
    for name in sorted((old.required() - new.required()) & after.keys()):
        yield f"{path}.{name}: no longer required"


def _perhaps_renamed(old: _Side, new: _Side, name: str) -> str:
    added = new.fields().keys() - old.fields().keys()
    alike = sorted(each for each in added if new.fields()[each] == old.fields()[name])
    return f" (renamed to {' or '.join(alike)}?)" if alike else ""


def _exact(old: Node, new: Node) -> Iterator[str]:
    for keyword in sorted((old.keys() | new.keys()) - {*_WORDS, *_WALKED}):
        was, now = old.get(keyword), new.get(keyword)
        inside = keyword in _INSIDE and isinstance(was, Mapping) and isinstance(now, Mapping)
        if was != now and not inside:
            yield f"{keyword} changed from {was!r} to {now!r}"


def _bounds(old: Node, new: Node) -> Iterator[str]:
    for keyword in (*_LOWER, *_UPPER):
        was, now = old.get(keyword), new.get(keyword)
        if was != now:
            yield f"{keyword} {_direction(keyword, was, now)} from {was} to {now}"


def _direction(keyword: str, was: Json, now: Json) -> str:
    if was is None or now is None:
        return "narrowed" if was is None else "loosened"
    raised = float(str(now)) > float(str(was))
    return "narrowed" if raised == (keyword in _LOWER) else "loosened"


def _values(old: Node, new: Node) -> Iterator[str]:
    if ("enum" in old) != ("enum" in new):
        yield "enum narrowed to a list" if "enum" in new else "enum loosened to anything"
        return
    kept = _list(new.get("enum", []))
    gone = [str(value) for value in _list(old.get("enum", [])) if value not in kept]
    if gone:
        yield f"enum narrowed: {', '.join(gone)} removed"


_RULES: tuple[Callable[[Node, Node], Iterator[str]], ...] = (_exact, _bounds, _values)


def _node(value: Json) -> Node:
    if not isinstance(value, Mapping):
        raise TypeError(f"not an object in a schema: {value!r}")
    return dict(value)


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"not a list in a schema: {value!r}")
    return value


def _shown(side: _Side, keyword: str) -> str:
    return repr(side.node[keyword]) if keyword in side.node else "none"
