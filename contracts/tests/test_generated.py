"""The generated artefacts are what the models say, and the drift gate refuses anything else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from asyncapi3.models.asyncapi import AsyncAPI3
from jsonschema import Draft202012Validator
from soldwire_contracts import TOPICS, asyncapi, generate
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.schemas import Json, event_schema, facts
from soldwire_contracts.subscriptions import SUBSCRIPTIONS, subscriptions_of

GENERATED = FOLDER / "generated"


@pytest.fixture(scope="module")
def wanted() -> dict[str, str]:
    """What the models say, said once."""
    return generate.artefacts()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(GENERATED, tmp_path / "generated")


def test_committed_artefacts_are_what_the_models_say(wanted: dict[str, str]) -> None:
    assert generate.drift(GENERATED, wanted) == []
    assert generate.main(["--check"]) == 0


def test_drift_gate_refuses_a_file_changed_by_hand(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = copy / "schemas/stock.oversold.v1.json"
    schema.write_text(schema.read_text().replace('"minItems": 1', '"minItems": 0'))
    assert generate.main(["--check", "--folder", str(copy)]) == 1
    said = capsys.readouterr().err
    assert "schemas/stock.oversold.v1.json: differs" in said
    assert '-          "minItems": 0' in said
    assert '+          "minItems": 1' in said


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "topics.md").unlink(), "topics.md: missing"),
        (
            lambda folder: (folder / "schemas/sale.guessed.v1.json").write_text("{}"),
            "schemas/sale.guessed.v1.json: no contract makes it any more",
        ),
    ],
    ids=["missing", "left over"],
)
def test_drift_gate_refuses_missing_and_left_over_files(
    copy: Path, damage, reason: str, wanted: dict[str, str]
) -> None:  # type: ignore[no-untyped-def]
    damage(copy)
    assert generate.drift(copy, wanted) == [reason]
    assert generate.main(["--check", "--folder", str(copy)]) == 1


def test_drift_is_told_in_a_few_lines_however_long_it_is(copy: Path, wanted: dict[str, str]) -> None:
    (copy / "asyncapi.yaml").write_text("asyncapi: 2.6.0\n")
    (told,) = generate.drift(copy, wanted)
    assert told.count("\n") < 20
    assert "more lines" in told


def test_writing_leaves_no_drift_and_nothing_left_over(copy: Path, wanted: dict[str, str]) -> None:
    (copy / "schemas/sale.guessed.v1.json").write_text("{}")
    (copy / "topics.md").unlink()
    assert generate.main(["--folder", str(copy)]) == 0
    assert generate.drift(copy, wanted) == []


@pytest.mark.parametrize("type_", facts())
def test_schemas_are_valid_and_say_what_every_field_is(type_: str) -> None:
    schema = event_schema(facts()[type_])
    Draft202012Validator.check_schema(schema)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert properties["type"] == {"const": type_, "type": "string"}
    assert "traceparent" not in properties, "trace context travels in headers"


def test_money_is_a_decimal_string_in_schemas() -> None:
    schema = event_schema(facts()["sale.detected.v1"])
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    money = definitions["Money"]
    event = {"amount": 64.1, "currency": "GBP"}
    validator = Draft202012Validator(money)  # type: ignore[arg-type]
    assert not validator.is_valid(event)
    assert validator.is_valid(event | {"amount": "64.10"})
    assert not validator.is_valid(event | {"amount": "64,10"})


def test_asyncapi_document_is_valid() -> None:
    document = yaml.safe_load((GENERATED / "asyncapi.yaml").read_text())
    parsed = AsyncAPI3.model_validate(document)
    assert parsed.asyncapi == "3.0.0"


def test_asyncapi_references_lead_somewhere() -> None:
    document = asyncapi.document()
    references = list(_references(document))
    assert len(references) > len(TOPICS)
    for reference in references:
        if reference.startswith("./"):
            assert (GENERATED / reference).is_file(), reference
        else:
            assert _resolve(document, reference), reference


def _references(value: Json) -> list[str]:
    if isinstance(value, dict):
        here = [str(value["$ref"])] if "$ref" in value else []
        return here + [found for child in value.values() for found in _references(child)]
    return [found for child in value for found in _references(child)] if isinstance(value, list) else []


def _resolve(document: Json, reference: str) -> Json:
    for step in reference.removeprefix("#/").split("/"):
        assert isinstance(document, dict)
        assert step in document, reference
        document = document[step]
    return document


def test_asyncapi_says_every_topic_and_who_sends_and_receives_it() -> None:
    document = yaml.safe_load((GENERATED / "asyncapi.yaml").read_text())
    channels = {channel["address"]: channel for channel in document["channels"].values()}
    assert channels.keys() == TOPICS.keys()
    operations = document["operations"].values()
    sent = [each for each in operations if each["action"] == "send"]
    received = [each for each in operations if each["action"] == "receive"]
    assert len(sent) == sum(len(topic.producers) for topic in TOPICS.values())
    assert len(received) == sum(len(each.topics) for each in SUBSCRIPTIONS)
    groups = {each["bindings"]["kafka"]["groupId"]["enum"][0] for each in received if "bindings" in each}
    assert groups == {each.group for each in SUBSCRIPTIONS if each.group}


def test_subscriptions_name_topics_that_exist_and_groups_are_one_each() -> None:
    assert {name for each in SUBSCRIPTIONS for name in each.topics} <= TOPICS.keys()
    groups = [each.group for each in SUBSCRIPTIONS if each.group]
    assert len(groups) == len(set(groups))
    with pytest.raises(KeyError):
        subscriptions_of("sale.guessed")


def test_everybody_forgets_an_erased_tenant() -> None:
    producers = {producer for topic in TOPICS.values() for producer in topic.producers}
    assert {each.service for each in subscriptions_of("tenant.erased")} == producers
