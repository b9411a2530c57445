"""JSON Schema of whole events: envelope and fact, as a consumer may rely on them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from soldwire_contracts.envelope import Event, Fact
from soldwire_contracts.topics import TOPICS

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_DECIMAL_SAID = {"type", "max_digits", "decimal_places", "ge", "ref", "metadata"}
"""What the pattern of a decimal string tells of a decimal."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def facts() -> dict[str, type[Fact]]:
    """Every event type of the topic table, such as `sale.detected.v1`, with its fact."""
    return {topic.fact.type: topic.fact for topic in TOPICS.values()}


def event_schema(fact: type[Fact]) -> dict[str, Json]:
    """Schema of one fact's event in structured JSON.

    A field with a default is not required: events said before the field was added stay valid.
    """
    schema = Event[fact].model_json_schema(schema_generator=_WireSchema)  # type: ignore[valid-type]
    properties = schema["properties"]
    del properties["traceparent"]
    properties["type"] = {"const": fact.type, "type": "string"}
    schema["required"] = [*schema["required"], "specversion"]
    head = {"$schema": DIALECT, "$id": f"urn:soldwire:event:{fact.type}", "title": fact.type}
    return {**head, "description": inspect.getdoc(fact) or "", **_without(schema, "title", "description")}


def _without(schema: JsonSchemaValue, *names: str) -> JsonSchemaValue:
    return {name: value for name, value in schema.items() if name not in names}


class _WireSchema(GenerateJsonSchema):
    """What is on the wire: money as decimal strings, and what the models' source says of each field."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        digits = {"max_digits", "decimal_places"} <= schema.keys()
        if not digits or schema.keys() - _DECIMAL_SAID or schema.get("ge", 0) != 0:
            raise TypeError(
                "a decimal says its digits, and of its range at most that it is not negative (ge=0)"
            )
        places = schema["decimal_places"]
        sign = "" if "ge" in schema else "-?"
        return {
            "type": "string",
            "pattern": rf"^{sign}\d{{1,{schema['max_digits'] - places}}}(\.\d{{1,{places}}})?$",
        }

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        docs = field_docs(model)
        for name, field in made.get("properties", {}).items():
            field.pop("title", None)
            if name in docs:
                field["description"] = docs[name]
        return made


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The string below each field of a model and of those it extends, by field name.

    Read when schemas are generated: asking pydantic for it would cost every service 50 ms at start.
    """
    docs: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each.__module__.startswith("soldwire_contracts") and issubclass(each, BaseModel):
            docs |= _docs_in_source(each)
    return docs


def _docs_in_source(model: type[BaseModel]) -> dict[str, str]:
    if "[" in model.__name__:  # Event[SaleDetected]: its source is that of Event
        return {}
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(found, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(doc.value.value)
        for field, doc in zip(found.body, found.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }
