"""Whether what one side reads is in what the other side may say: two JSON Schemas held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway_fixtures.shop import Json


@dataclass(frozen=True)
class Part:
    """A schema and the document its references point into."""

    schema: Json
    document: Json = field(repr=False)

    def alternatives(self) -> list[Part]:
        """What it may be, references followed."""
        if "$ref" in self.schema:
            return self._at(self.schema["$ref"]).alternatives()
        if "anyOf" in self.schema:
            return [part for one in self.schema["anyOf"] for part in self._of(one).alternatives()]
        return [self]

    def inner(self, *names: str) -> Part:
        """A schema within it."""
        schema = self.schema
        for name in names:
            schema = schema[name]
        return self._of(schema)

    @property
    def fields(self) -> dict[str, Part]:
        """Of an object, by name."""
        return {name: self._of(schema) for name, schema in self.schema.get("properties", {}).items()}

    def always_has(self, name: str) -> bool:
        """Whether an object never comes without this field."""
        return name in self.schema.get("required", ())

    def _at(self, reference: str) -> Part:
        found = self.document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        return self._of(found)

    def _of(self, schema: Json) -> Part:
        return Part(schema, self.document)


@dataclass
class Difference:
    """What the reader can't read of what may be said, and what it looks for that is never said."""

    unreadable: list[str] = field(default_factory=list)
    never_said: set[str] = field(default_factory=set)

    @classmethod
    def between(cls, read: Part, said: Part) -> Difference:
        """Compare a reader's schema with its source's."""
        found = cls()
        found.unreadable += found._parts(read, said, "")
        return found

    def _parts(self, read: Part, said: Part, where: str) -> Iterator[str]:
        """Everything that may be said must be one of the things that are read."""
        for may in said.alternatives():
            tries = [list(self._one(can, may, where)) for can in read.alternatives()]
            if all(tries):
                yield from min(tries, key=len)

    def _one(self, read: Part, said: Part, where: str) -> Iterator[str]:
        wanted, given = read.schema.get("type"), said.schema.get("type")
        if wanted is None:
            return
        if given != wanted and (given, wanted) != ("integer", "number"):
            yield f"{where or 'it'} may be {given}, {wanted} is read"
        elif wanted == "object":
            yield from self._fields(read, said, where)
        elif wanted == "array":
            yield from self._parts(read.inner("items"), said.inner("items"), where)
        elif read.schema.get("format", given_format := said.schema.get("format")) != given_format:
            yield f"{where} is {given_format or 'any string'}, {read.schema['format']} is read"
        elif "enum" in read.schema and not set(said.schema.get("enum", [None])) <= set(read.schema["enum"]):
            yield f"{where} may be {said.schema.get('enum', 'any string')}, {read.schema['enum']} is read"

    def _fields(self, read: Part, said: Part, where: str) -> Iterator[str]:
        for name, part in read.fields.items():
            inside = f"{where}.{name}".removeprefix(".")
            if name in said.fields:
                yield from self._parts(part, said.fields[name], inside)
            else:
                self.never_said.add(inside)
            if read.always_has(name) and not said.always_has(name):
                yield f"{inside} is needed and may be missing"
