"""What a contract demands or does without its schema telling of it, where the compatibility gate would see no change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from soldwire_contracts.envelope import Event, Fact

# A node of pydantic's core schema, whose shape pydantic does not promise: every value is looked at before it is used.
_Core: TypeAlias = "Mapping[str, object]"

_IN_HEADER = "traceparent"
"""The one field that is not written into the body: it travels as a Kafka header."""

_NO_CHILDREN = ("metadata", "serialization", "config", "cls", "definitions")

_HIDDEN: tuple[tuple[Callable[[_Core], object], str], ...] = (
    (lambda node: str(node.get("type", "")).startswith("function-"), "a validator"),
    (lambda node: "serialization" in node, "a serializer"),
    (lambda node: node.get("computed_fields"), "a computed field"),
    (lambda node: node.get("strict"), "strict"),
    (
        lambda node: node.get("type") == "datetime" and node.get("tz_constraint") != "aware",
        "a time without a zone",
    ),
    (lambda node: node.get("now_op"), "a time compared with now"),
    (
        lambda node: any(node.get(f"{way}") for way in ("strip_whitespace", "to_lower", "to_upper")),
        "changes the text",
    ),
    (lambda node: "default_factory" in node, "a default that is made"),
    (lambda node: node.get("serialization_exclude"), "not written"),
    (
        lambda node: "serialization_alias" in node or "validation_alias" in node,
        "read or written under another name",
    ),
)


def unsaid(fact: type[Fact]) -> list[str]:
    """Each such thing in an event of this fact, with the path of its field; a contract has none."""
    schema = Event[fact].__pydantic_core_schema__  # type: ignore[valid-type]
    return sorted(set(_Walk(schema).found(schema, "")))


class _Walk:
    """One pass over a core schema; shared models are looked up where they are referred to."""

    def __init__(self, schema: _Core) -> None:
        shared = schema.get("definitions")
        listed = shared if isinstance(shared, list) else []
        self._shared = {each["ref"]: each for each in listed}

    def found(self, node: _Core, path: str) -> Iterator[str]:
        if node.get("type") == "definition-ref":
            yield from self.found(self._shared[node["schema_ref"]], path)
            return
        if path != f".{_IN_HEADER}":
            yield from (f"{path[1:]}: {what}" for hides, what in _HIDDEN if hides(node))
        for name, child in node.items():
            if name not in _NO_CHILDREN:
                yield from self._inside(name, child, path)

    def _inside(self, name: str, child: object, path: str) -> Iterator[str]:
        if isinstance(child, list):
            for each in child:
                yield from self._inside("item", each, f"{path}[]" if name == "items_schema" else path)
        elif name == "fields" and isinstance(child, Mapping):
            for field, schema in child.items():
                yield from self.found(schema, f"{path}.{field}")
        elif isinstance(child, Mapping):
            yield from self.found(child, f"{path}[]" if name == "items_schema" else path)
