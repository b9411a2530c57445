"""The owners' HTTP contracts, as their own programs print them, and whether a question or an answer keeps to one."""

from __future__ import annotations

import copy
import importlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs, unquote

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from kit.service import NOWHERE

from gateway_fixtures.shop import Json


def printed_by(service: str) -> Contract:
    """What `python -m <service> openapi` prints, without the seconds a process takes to import everything again."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NOWHERE.items():
            patch.setenv(name, value)
        app = importlib.import_module(f"{service.replace('-', '_')}.app").build().app()
    return Contract(service, app.openapi())


@dataclass(frozen=True)
class Contract:
    """One owner's OpenAPI document."""

    service: str
    document: Json

    def operation(self, method: str, path: str) -> Operation:
        """What an address leads to; of several the one with the most said in words. Raises AssertionError."""
        found = [
            (template.count("{"), template)
            for template, verbs in self.document["paths"].items()
            if method.lower() in verbs and _matched(template, path) is not None
        ]
        assert found, f"{self.service} has no {method} {path}"
        template = min(found)[1]
        return Operation(self, template, self.document["paths"][template][method.lower()])

    def wrong(self, value: object, schema: Json, where: str) -> list[str]:
        """Why a value is none of the schema's. Fields the schema does not name are wrong too."""
        root = {**copy.deepcopy(schema), "components": copy.deepcopy(self.document["components"])}
        _close(root)
        checker = Draft202012Validator(root, format_checker=FormatChecker())
        return [
            f"{where}{error.json_path.removeprefix('$')}: {error.message}"
            for error in checker.iter_errors(value)
        ]


@dataclass(frozen=True)
class Operation:
    """One address of an owner under one method."""

    contract: Contract
    path: str
    said: Json

    @cached_property
    def status(self) -> int:
        """What it answers when all is well."""
        return next(int(status) for status in self.said["responses"] if status.startswith("2"))

    @property
    def answer(self) -> Json:
        """The schema of that answer."""
        content = self.said["responses"][str(self.status)].get("content")
        schema: Json = content["application/json"]["schema"] if content else {"type": "null"}
        return schema

    def wrong_question(self, request: httpx.Request, body: object) -> list[str]:
        """What of a request the owner would refuse or overlook."""
        return [*self._wrong_parameters(request), *self._wrong_body(body)]

    def wrong_answer(self, response: httpx.Response) -> list[str]:
        """What of an answer the owner would not give."""
        wrong = [] if response.status_code == self.status else [f"{response.status_code}, not {self.status}"]
        return wrong + self.contract.wrong(json.loads(response.content or b"null"), self.answer, "answer")

    def _wrong_parameters(self, request: httpx.Request) -> Iterator[str]:
        taken = {(one["in"], one["name"]): one for one in self.said.get("parameters", ())}
        given = {("query", name): values for name, values in parse_qs(request.url.query.decode()).items()}
        given |= {
            ("path", name): [value] for name, value in (_matched(self.path, request.url.path) or {}).items()
        }
        yield from (
            f"{name} is not taken in the {place}" for place, name in given if (place, name) not in taken
        )
        yield from (
            f"{key[1]} is missing" for key, one in taken.items() if one["required"] and key not in given
        )
        for key, values in given.items():
            if key in taken:
                schema = taken[key]["schema"]
                yield from self.contract.wrong(_typed(values, schema), schema, key[1])

    def _wrong_body(self, body: object) -> list[str]:
        said = self.said.get("requestBody")
        if said is None:
            return [] if body is None else ["it takes no body"]
        return self.contract.wrong(body, said["content"]["application/json"]["schema"], "body")


def _matched(template: str, path: str) -> dict[str, str] | None:
    """The parts of a path that a template leaves open; None when it is another's."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.fullmatch(pattern, path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def _typed(values: Sequence[str], schema: Json) -> object:
    """Words of an address as the types a parameter's schema names."""
    types = {one.get("type") for one in schema.get("anyOf", [schema])}
    if "array" in types:
        return list(values)
    [value] = values
    if "integer" in types:
        return int(value)
    return value == "true" if "boolean" in types and value in ("true", "false") else value


def _close(schema: object) -> None:
    """Let every object have the fields it names and no other."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for inner in schema.values():
            _close(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _close(inner)
