"""Every route that people and programs call: what its contract allows, changed into what it doesn't, and sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from kit import tokens
from kit.settings import ServiceSettings
from kit.tokens import Caller, Role
from schemathesis import Case, GenerationMode
from soldwire_local import keys

from tests.failure.fuzz import Fuzz, Known
from tests.failure.invariants import SERVICES, Databases
from tests.failure.storm import Storm

Json = Any
Send = Callable[[Fuzz], Awaitable[httpx.Response]]
ELSEWHERE = ("/hooks", "/ingest", "/live", "/ready", "/metrics")
"""Doors of marketplaces and browsers (`doors.py`), and health, which takes nothing."""
SAYS_ALL = "/admin/outbox/replay"
"""Each call of it would say everything again: it is called where it is meant (`test_kafka_lost.py`)."""
TYPES = ("text/plain", "application/xml", "multipart/form-data; boundary=x", "multipart/form-data", "", "ü")
ADMIN = "/admin"
"""The same in every service (`kit.http`): called in the first."""
NAMED = {
    "article_id": ("inventory", "select id::text from articles"),
    "listing_id": ("inventory", "select id::text from listings"),
    "question_id": ("inventory", "select id::text from questions"),
    "import_id": ("inventory", "select id::text from imports"),
    "batch_id": ("inventory", "select id::text from link_batches"),
    "sale_id": ("sales-ledger", "select sale_id::text from sales"),
    "run_id": ("scheduler", "select run_id::text from runs"),
    "account_id": ("scheduler", "select account_id::text from accounts"),
    "pairing_id": ("connector-depop-ingest", "select pairing_id::text from pairings"),
    "pause_id": ("delist-orchestrator", "select id::text from pauses"),
}
"""By parameter, the tables that know real values of it."""
MANY = 20
"""Drawn calls from which on those that a contract forbids are worth the time it takes to draw them."""


@dataclass(frozen=True)
class Operation:
    """A route and verb, with calls that its contract allows or, for some of them, does not."""

    service: str
    method: str
    path: str
    cases: Sequence[Json]

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.service} {self.method} {self.path}"


def operations(service: str, contract: Json, count: int) -> Iterator[Operation]:
    """Each operation of an OpenAPI contract with that many drawn calls of each kind there is."""
    for found in schemathesis.openapi.from_dict(contract).get_all_operations():
        operation = found.ok()
        others = operation.path.startswith(ADMIN) and service != SERVICES[0]
        if operation.path.startswith(ELSEWHERE) or operation.path == SAYS_ALL or others:
            continue
        forbidden = count >= MANY and bool(operation.body or operation.query or operation.path_parameters)
        modes = [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if forbidden else [])]
        cases = [case for mode in modes for case in _drawn(operation, mode, count)]
        yield Operation(service, operation.method.upper(), operation.path, cases)


def _drawn(
    operation: schemathesis.APIOperation[Any, Any, Any], mode: GenerationMode, count: int
) -> list[Json]:
    cases: list[Json] = []

    @seed(1)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode))
    def draw(case: Case) -> None:
        body = case.body if isinstance(case.body, dict | list | str | int | float | bytes | None) else {}
        cases.append({"path": dict(case.path_parameters), "query": dict(case.query), "body": body})

    with suppress(Unsatisfiable):  # some contracts forbid nothing that can be drawn
        draw()
    assert cases or mode is GenerationMode.NEGATIVE, operation.label
    return cases


class Callers:
    """Who calls: mostly one with every right, else one without, of another tenant, or nobody."""

    def __init__(self, made: Storm) -> None:
        secret = keys.token_secret(made.runtime.secret)
        self._settings = ServiceSettings.model_validate({"secret": secret, "postgres_bus": "unused"})
        self._tenant = made.shop.services.tenant

    def token(self, fuzz: Fuzz, service: str, path: str) -> str:
        """What stands in the `Authorization` header."""
        role: Role = "operations" if "/operations" in path or path.startswith("/admin") else "seller"
        luck = fuzz.chance.random()
        if luck < 0.9:
            return self._signed(self._tenant, role, service)
        if luck < 0.92:
            return self._signed(uuid4(), role, service)
        if luck < 0.94:
            return self._signed(self._tenant, "viewer", service)
        wrong = ("", "Bearer", "Basic x", "Bearer " + "x" * 9000, "Bearer a.b.c", "Bearer \u00ff")
        return fuzz.chance.choice([*wrong, self._signed(self._tenant, role, "nobody")])

    def _signed(self, tenant: UUID, role: Role, service: str) -> str:
        caller = Caller(tenant, uuid4(), role)
        return f"Bearer {tokens.sign(self._settings, caller, audience=service)}"


async def known(made: Storm) -> Known:
    """What there really is of a seller, under the names that routes have for it."""
    databases, tenant = Databases(made.runtime.postgres.dsn), made.shop.services.tenant
    found: dict[str, list[str]] = {}
    for name, (service, query) in NAMED.items():
        rows = await databases.rows(service, f"{query} where tenant_id = '{tenant}' limit 200")
        found[name] = [str(next(iter(row.values()))) for row in rows]
    return {**found, "sale_ids": found["sale_id"], "sale": found["sale_id"]}


def calling(made: Storm, http: httpx.AsyncClient, one: Operation, callers: Callers, real: Known) -> Send:
    """Calls of a service's operation, as the gateway makes them."""
    base = made.runtime.url(one.service)

    async def send(fuzz: Fuzz) -> httpx.Response:
        asked = made_of(fuzz, one, real)
        headers = {"authorization": callers.token(fuzz, one.service, one.path).encode("latin-1")}
        headers["content-type"] = kind(fuzz, "application/json").encode("latin-1")
        return await answered(http, one.method, base + asked.address, headers, asked.body)

    return send


@dataclass(frozen=True)
class Made:
    address: str
    sample: Json
    body: bytes


def made_of(fuzz: Fuzz, one: Operation, real: Known) -> Made:
    """One call: drawn, with what is really there put in, and changed."""
    drawn = fuzz.chance.choice(one.cases)
    case = fuzz.anew({name: part for name, part in drawn.items() if not isinstance(part, bytes)}, known=real)
    where = fuzz.changed(case["path"]) if case["path"] and fuzz.chance.random() < 0.2 else case["path"]
    query = fuzz.changed(case["query"]) if fuzz.chance.random() < 0.5 else case["query"]
    sample = case.get("body", drawn["body"])
    path = one.path
    for name in case["path"]:
        text = str(where.get(name, "")) if isinstance(where, dict) else ""
        safe = "%" if "%" in text else ""  # what was drawn is encoded already
        path = path.replace(f"{{{name}}}", quote(text, safe=safe, errors="surrogatepass"))
    pairs = encoded(query) if isinstance(query, dict) else ""
    body = sample if isinstance(sample, bytes) else fuzz.body([sample])
    return Made(f"{path}?{pairs}" if pairs else path, sample, body)


def encoded(values: Mapping[str, Json]) -> str:
    pairs = [
        (name, str(one))
        for name, value in values.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs, errors="surrogatepass")


def kind(fuzz: Fuzz, right: str) -> str:
    return right if fuzz.chance.random() < 0.95 else fuzz.chance.choice(TYPES)


async def answered(
    http: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, bytes], body: bytes
) -> httpx.Response:
    """The whole answer, or the beginning of one that never ends."""
    async with http.stream(method, url, content=body, headers=headers) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            assert await anext(answer.aiter_raw())
        else:
            await answer.aread()
    return answer


def is_explained(answer: httpx.Response) -> bool:
    """Whether a refusal says why: a problem for programs, a page or a note for people, a redirect to the sign-in."""
    if answer.status_code < 400:
        return True
    said_as = answer.headers.get("content-type", "")
    if said_as == "application/problem+json":
        said = answer.json()
        return bool(said["code"] and said["message"])
    return "hx-trigger" in answer.headers or bool(answer.content.strip())
