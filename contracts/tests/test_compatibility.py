"""The compatibility gate accepts additions and refuses everything a reader or an old record would break on."""

from __future__ import annotations

import copy
import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, cast
from uuid import UUID

import pytest
from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, StringConstraints, create_model
from soldwire_contracts.compatibility import current
from soldwire_contracts.differences import differences
from soldwire_contracts.envelope import Fact, Value
from soldwire_contracts.schemas import event_schema, facts
from soldwire_contracts.unsaid import unsaid
from soldwire_contracts.values import Platform

NOW = current()


class Line(Value):
    """A part of the fact below."""

    sku: str
    quantity: int = Field(ge=1, le=50)


class Shelved(Fact):
    """An article was put on a shelf: the fact whose changes these tests judge."""

    topic: ClassVar[str] = "article.shelved"
    type: ClassVar[str] = "article.shelved.v1"

    article_id: UUID
    platform: Platform
    shelf: str
    note: str | None = None
    weight: int = Field(default=0, ge=0)
    lines: tuple[Line, ...] = ()
    at: AwareDatetime


def reasons(**fields: tuple[Any, Any]) -> list[str]:
    """What the gate says of Shelved with fields added or replaced; `without` removes one."""
    return list(differences(event_schema(Shelved), event_schema(changed(Shelved, **fields))))


def changed(model: type[Any], **fields: tuple[Any, Any]) -> type[Any]:
    without = fields.pop("without", (None, ""))[1]
    kept = {
        name: (field.annotation, field)
        for name, field in model.model_fields.items()
        if name != without and name not in fields
    }
    base = Fact if issubclass(model, Fact) else Value
    made = create_model(model.__name__, __base__=base, **{**kept, **fields})  # type: ignore[call-overload]
    if issubclass(model, Fact):
        for name in ("topic", "type"):
            setattr(made, name, getattr(model, name))
    return cast("type[Any]", made)


SmallerPlatform = StrEnum("SmallerPlatform", {"SHOPIFY": "shopify", "EBAY": "ebay"})
_WITH_ETSY = {**{each.name: each.value for each in Platform}, "ETSY": "etsy"}
LargerPlatform = StrEnum("LargerPlatform", _WITH_ETSY)  # type: ignore[misc]
ShortLine = changed(Line, without=(None, "sku"))
TightLine = changed(Line, quantity=(int, Field(ge=1, le=5)))
LongLine = changed(Line, colour=(str | None, None))
DemandingLine = changed(Line, colour=(str, Field()))

Parcel = Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
PositiveParcel = Annotated[Decimal, Field(max_digits=20, decimal_places=6, ge=0)]
LongParcel = Annotated[Decimal, Field(max_digits=30, decimal_places=6)]


class Cash(Value):
    """One of two ways to pay."""

    by: Literal["cash"] = "cash"
    till: int


class Card(Value):
    """The other."""

    by: Literal["card"] = "card"
    number: str


OddCard = changed(Card, number=(int, Field()))
Paid = Annotated[Cash | Card, Field(discriminator="by")]
OddlyPaid = Annotated[Cash | OddCard, Field(discriminator="by")]  # type: ignore[valid-type]

# Corners of JSON Schema that no contract uses yet: was, becomes, what the gate says.
CORNERS: dict[str, tuple[Any, Any, str]] = {
    "values of a map": (dict[str, int], dict[str, str], r"x\{\}: type changed from 'integer' to 'string'"),
    "a part in a map": (dict[str, Line], dict[str, ShortLine], r"x\{\}.sku: field removed"),  # type: ignore[valid-type]
    "a map of anything": (dict[str, int], dict[str, Any], "additionalProperties changed"),
    "one of a fixed few": (tuple[int, int], tuple[int, str], r"x\[1\]: type changed"),
    "a list made fixed": (tuple[int, ...], tuple[int, int], "items changed"),
    "a list without repeats": (tuple[int, ...], frozenset[int], "uniqueItems changed from None to True"),
    "one of several kinds": (Paid, OddlyPaid, r"x.number: type changed from 'string' to 'integer'"),
    "a multiple": (int, Annotated[int, Field(multiple_of=5)], "multipleOf changed from None to 5"),
    "a sign": (Parcel, PositiveParcel, "pattern changed"),
    "digits": (Parcel, LongParcel, "pattern changed"),
}

BREAKING = {
    "field removed": ({"without": (None, "shelf")}, "shelf: field removed"),
    "optional field removed": ({"without": (None, "note")}, "note: field removed"),
    "field renamed": ({"without": (None, "shelf"), "rack": (str, Field())}, r"\(renamed to rack\?\)"),
    "type changed": ({"shelf": (int, Field())}, "type changed from 'string' to 'integer'"),
    "format changed": ({"article_id": (str, Field())}, "format changed from 'uuid' to None"),
    "new required field": ({"rack": (str, Field())}, "rack: new required field"),
    "optional made required": ({"weight": (int, Field(ge=0))}, "weight: now required"),
    "required made optional": ({"shelf": (str, "A")}, "shelf: no longer required"),
    "made nullable": ({"shelf": (str | None, Field())}, "shelf: may now be null"),
    "no longer nullable": ({"note": (str, "")}, "note: may no longer be null"),
    "default changed": ({"weight": (int, Field(default=1, ge=0))}, "default changed from 0 to 1"),
    "lower bound narrowed": ({"weight": (int, Field(default=0, ge=1))}, "minimum narrowed from 0 to 1"),
    "lower bound loosened": ({"weight": (int, Field(default=0, ge=-1))}, "minimum loosened from 0 to -1"),
    "upper bound added": ({"weight": (int, Field(default=0, ge=0, le=9))}, "maximum narrowed from None to 9"),
    "pattern added": ({"shelf": (str, Field(pattern="^[A-Z]$"))}, "pattern changed from None"),
    "enum narrowed": ({"platform": (SmallerPlatform, Field())}, "enum narrowed: depop, elsewhere removed"),
    "enum in place of text": ({"shelf": (Platform, Field())}, "enum narrowed to a list"),
    "another alternative": ({"note": (str | int | None, None)}, "type changed from 1 alternatives to 2"),
    "field of a part removed": ({"lines": (tuple[ShortLine, ...], ())}, r"lines\[\].sku: field removed"),  # type: ignore[valid-type]
    "bound of a part narrowed": ({"lines": (tuple[TightLine, ...], ())}, "maximum narrowed from 50 to 5"),  # type: ignore[valid-type]
    "part demands a field": (
        {"lines": (tuple[DemandingLine, ...], ())},  # type: ignore[valid-type]
        r"lines\[\].colour: new required",
    ),
}
ADDITIVE: dict[str, dict[str, tuple[Any, Any]]] = {
    "nothing": {},
    "optional field": {"rack": (str | None, None)},
    "field with a default": {"height": (int, 0)},
    "optional field of a part": {"lines": (tuple[LongLine, ...], ())},  # type: ignore[valid-type]
    "another value of an enum": {"platform": (LargerPlatform, Field())},
}


@pytest.mark.parametrize(("fields", "reason"), BREAKING.values(), ids=BREAKING)
def test_refuses_breaking_models(fields: dict[str, tuple[Any, Any]], reason: str) -> None:
    said = reasons(**fields)
    assert said
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError("\n".join(said))


@pytest.mark.parametrize("fields", ADDITIVE.values(), ids=ADDITIVE)
def test_accepts_additive_models(fields: dict[str, tuple[Any, Any]]) -> None:
    assert reasons(**fields) == []


@pytest.mark.parametrize(("was", "becomes", "reason"), CORNERS.values(), ids=CORNERS)
def test_no_corner_of_a_schema_escapes(was: Any, becomes: Any, reason: str) -> None:
    old, new = (event_schema(changed(Shelved, x=(kind, Field()))) for kind in (was, becomes))
    assert re.search(reason, "\n".join(differences(old, new)))
    assert list(differences(old, old)) == []


def test_a_reader_that_refuses_what_it_does_not_know_is_a_breach() -> None:
    strict = changed(Shelved)
    strict.model_config = {**strict.model_config, "extra": "forbid"}
    strict.model_rebuild(force=True)
    said = list(differences(event_schema(Shelved), event_schema(strict)))
    assert said == ["event.data: additionalProperties changed from None to False"]


def test_a_decimal_must_say_its_digits() -> None:
    with pytest.raises(TypeError, match="digits"):
        event_schema(changed(Shelved, x=(Decimal, Field())))


HIDDEN: dict[str, tuple[Any, Any, str]] = {
    "validator": (Annotated[int, AfterValidator(abs)], Field(), "a validator"),
    "serializer": (Annotated[int, PlainSerializer(str)], Field(), "a serializer"),
    "strict": (int, Field(strict=True), "strict"),
    "naive time": (datetime, Field(), "a time without a zone"),
    "changed text": (Annotated[str, StringConstraints(to_lower=True)], Field(), "changes the text"),
    "made default": (tuple[int, ...], Field(default_factory=tuple), "a default that is made"),
    "not written": (int, Field(default=0, exclude=True), "not written"),
    "written under another name": (int, Field(serialization_alias="y"), "another name"),
    "read under another name": (int, Field(validation_alias="y"), "another name"),
}


@pytest.mark.parametrize(("kind", "field", "what"), HIDDEN.values(), ids=HIDDEN)
def test_what_no_schema_tells_of_is_refused(kind: Any, field: Any, what: str) -> None:
    """The gate compares schemas: what they don't say could change unseen."""
    (said,) = unsaid(changed(Shelved, x=(kind, field)))
    assert said.startswith("data.x: ")
    assert what in said
    inside = changed(Line, x=(kind, field))
    (said,) = unsaid(changed(Shelved, lines=(tuple[inside, ...], ())))  # type: ignore[valid-type]
    assert said.startswith("data.lines[].x: ")


def test_the_contracts_of_today_say_all_they_mean() -> None:
    assert {type_: found for type_, fact in facts().items() if (found := unsaid(fact))} == {}


def test_every_field_of_every_event_is_guarded() -> None:
    """Removing any one property anywhere in any schema is refused, so no corner escapes the walk."""
    for type_, schema in NOW["schemas"].items():
        for path in _property_paths(schema):
            damaged = copy.deepcopy(schema)
            _at(damaged, path[:-1]).pop(path[-1])
            assert list(differences(schema, damaged)), f"{type_}: {'.'.join(path)}"


def _property_paths(schema: dict[str, Any]) -> list[tuple[str, ...]]:
    own = [("properties", name) for name in schema["properties"]]
    definitions = schema["$defs"].items()
    inner = [("$defs", d, "properties", n) for d, node in definitions for n in node.get("properties", {})]
    return [*own, *inner]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
