"""Golden examples decode for ever, fit their JSON Schema and are never changed or removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from soldwire_contracts import TOPICS, decode, encode
from soldwire_contracts.envelope import Event, Fact, UnknownEventTypeError
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.release import fingerprints, recorded, tampered
from soldwire_contracts.schemas import facts

EXAMPLES = FOLDER / "examples"
ALL = sorted(EXAMPLES.glob("*/*.json"))
FORMATS = FormatChecker(["date-time", "uuid"])

every_example = pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.stem}")


def decoded(path: Path) -> Event[Fact]:
    return decode(facts()[path.parent.name], path.read_bytes())


def validator(type_: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"generated/schemas/{type_}.json").read_text())
    return Draft202012Validator(schema, format_checker=FORMATS)


def holds(now: object, then: object) -> bool:
    """Whether all that was said then is still said; what has been added since may stand beside it."""
    if isinstance(now, dict) and isinstance(then, dict):
        return all(name in now and holds(now[name], value) for name, value in then.items())
    if isinstance(now, list) and isinstance(then, list):
        return len(now) == len(then) and all(map(holds, now, then))
    return now == then


def test_every_type_has_an_example() -> None:
    assert {path.parent.name for path in ALL} == facts().keys()


@every_example
def test_example_decodes_and_encodes_to_itself(path: Path) -> None:
    event = decoded(path)
    again = encode(
        event.data, id=event.id, source=event.source, time=event.time, test=event.test, replay=event.replay
    )
    committed = json.loads(path.read_text())
    said = json.loads(again)
    assert holds(said["data"], committed["data"]), "a field of the example was lost"
    assert {**said, "data": None} == {**committed, "data": None}


@every_example
def test_example_fits_its_json_schema(path: Path) -> None:
    errors = validator(path.parent.name).iter_errors(json.loads(path.read_text()))
    assert [error.message for error in errors] == []


@every_example
def test_key_in_the_table_is_the_key_of_the_record(path: Path) -> None:
    event = decoded(path)
    parts = TOPICS[event.data.topic_name()].key.split(":")
    data = event.data.model_dump()
    assert event.data.key() == ":".join(str(data[f"{part}_id"]) for part in parts)
    assert event.subject == event.data.key()


@every_example
def test_the_source_of_an_example_is_a_producer_of_its_topic(path: Path) -> None:
    event = decoded(path)
    assert event.source.removeprefix("/") in TOPICS[event.data.topic_name()].producers


@pytest.mark.parametrize("type_", facts())
def test_a_field_of_tomorrow_is_ignored_and_one_that_is_missing_refused(type_: str) -> None:
    path = next(path for path in ALL if path.parent.name == type_)
    body = json.loads(path.read_text())
    body["data"]["added_tomorrow"] = {"any": "thing"}
    assert validator(type_).is_valid(body)
    assert decode(facts()[type_], json.dumps(body).encode()).data == decoded(path).data
    del body["data"]["tenant_id"]
    assert not validator(type_).is_valid(body)
    with pytest.raises(ValueError, match="tenant_id"):
        decode(facts()[type_], json.dumps(body).encode())


def test_another_type_is_said_as_such() -> None:
    body = json.loads((EXAMPLES / "tenant.erased.v1/01-replayed.json").read_text())
    body["type"] = "tenant.erased.v2"
    with pytest.raises(UnknownEventTypeError, match=r"tenant\.erased\.v2"):
        decode(facts()["tenant.erased.v1"], json.dumps(body).encode())


def test_released_examples_are_as_they_were_and_every_example_is_released() -> None:
    assert tampered(EXAMPLES) == []
    assert fingerprints(EXAMPLES).keys() == recorded(EXAMPLES).keys(), "run soldwire_contracts.release"


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda path: path.unlink(), "removed"),
        (lambda path: path.write_text(path.read_text().replace("GBP", "EUR")), "changed"),
    ],
    ids=["removed", "changed"],
)
def test_a_released_example_may_not_go_or_change(tmp_path: Path, damage, what: str) -> None:  # type: ignore[no-untyped-def]
    copy = shutil.copytree(EXAMPLES, tmp_path / "examples")
    name = "sale.paid.v1/01-consignor-paid.json"
    damage(copy / name)
    assert tampered(copy) == [f"{name}: {what} after its release"]
