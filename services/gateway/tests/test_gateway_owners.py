"""The gateway and its owners: what it asks, what it reads and what stands in for them keep to the owners' contracts."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from gateway import client
from gateway.client.base import Owner, Query, Who
from gateway.config import Settings
from gateway.domain import words
from gateway_fixtures.contracts import Contract, Operation, printed_by
from gateway_fixtures.day import busy_shop
from gateway_fixtures.owners import Owners
from gateway_fixtures.shapes import Difference, Part
from gateway_fixtures.shop import Json, Shop
from kit.tokens import Caller
from pydantic import SecretStr, TypeAdapter
from soldwire_contracts.topics import CONNECTED
from soldwire_contracts.values import Platform
from testkit.services import TEST_SECRET

T = TypeVar("T")
SERVICES = ("sales-ledger", "delist-orchestrator", "scheduler", *CONNECTED.values())
SHOP = "new-shop.myshopify.com"
FILLED_IN = {"accounts.listed": {"platform"}, "accounts.change": {"platform"}}
"""What no owner says: each connector knows its own platform only, and the client that asks it adds the name."""
_NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Watched(Owner):
    """A client of an owner that notes which shape it reads."""

    shapes: list[Any]

    async def get(self, who: Who, path: str, shape: type[T], query: Query | None = None) -> T:
        self.shapes.append(shape)
        return await super().get(who, path, shape, query)

    async def post(
        self, who: Who, path: str, shape: type[T], body: object = None, *, patience: float | None = None
    ) -> T:
        self.shapes.append(shape)
        return await super().post(who, path, shape, body, patience=patience)

    async def patch(self, who: Who, path: str, shape: type[T], body: object) -> T:
        self.shapes.append(shape)
        return await super().patch(who, path, shape, body)

    async def delete(self, who: Who, path: str) -> None:
        self.shapes.append(type(None))
        await super().delete(who, path)


@dataclass(frozen=True)
class World:
    """The gateway's clients over stand-ins, and a shop that has one of everything to ask for."""

    who: Who
    clients: client.Owners
    shop: Shop
    owners: Owners
    shapes: list[Any]
    """What the clients read, newest last."""

    @property
    def sale(self) -> UUID:
        """A sale whose other listings are under way."""
        return UUID(self.shop.sales[1]["sale_id"])

    def account(self, platform: str) -> UUID:
        """The account there."""
        return UUID(self.shop.account(platform)["account_id"])

    async def disconnect_all(self) -> None:
        """Of every connector one."""
        for platform in CONNECTED:
            await self.clients.accounts.disconnect(self.who, platform, self.account(platform))

    @property
    def failed(self) -> tuple[UUID, int]:
        """A listing that could not be taken down."""
        steps = [step for sale in self.shop.sales for step in sale["steps"] if step["state"] == "failed"]
        return UUID(steps[0]["listing_id"]), steps[0]["version"]


CALLS: dict[str, Callable[[World], Awaitable[object]]] = {
    "ledger.sales": lambda w: w.clients.ledger.sales(w.who, {"limit": 50}),
    "ledger.sale": lambda w: w.clients.ledger.sale(w.who, w.sale),
    "ledger.timeline": lambda w: w.clients.ledger.timeline(w.who, w.sale),
    "ledger.totals": lambda w: w.clients.ledger.totals(w.who, _NOW),
    "ledger.by_day": lambda w: w.clients.ledger.by_day(w.who, _NOW),
    "ledger.balances": lambda w: w.clients.ledger.balances(w.who),
    "ledger.give_fees": lambda w: w.clients.ledger.give_fees(w.who, [w.sale], Decimal("1.25")),
    "delists.listed": lambda w: w.clients.delists.listed(w.who, {"limit": 100}),
    "delists.counts": lambda w: w.clients.delists.counts(w.who, _NOW),
    "delists.exposure": lambda w: w.clients.delists.exposure(w.who, _NOW),
    "delists.of_sale": lambda w: w.clients.delists.of_sale(w.who, w.sale),
    "delists.pauses": lambda w: w.clients.delists.pauses(w.who),
    "delists.command": lambda w: w.clients.delists.command(w.who, "retry", *w.failed),
    "delists.command_sales": lambda w: w.clients.delists.command_sales(w.who, "approve", [w.sale]),
    "delists.resume": lambda w: w.clients.delists.resume(w.who, UUID(w.shop.pauses[0]["id"])),
    "accounts.listed": lambda w: w.clients.accounts.listed(w.who),
    "accounts.change": lambda w: w.clients.accounts.change(
        w.who, "shopify", w.account("shopify"), stock_master=False, sold_out="draft"
    ),
    "accounts.test": lambda w: w.clients.accounts.test(w.who, "shopify", w.account("shopify")),
    "accounts.disconnect": lambda w: w.disconnect_all(),
    "shops.connect": lambda w: w.clients.shops.connect(
        w.who, {"shop": SHOP, "access_token": "shpat_of_a_test", "stock_master": False}
    ),
    "shops.start": lambda w: w.clients.shops.start(w.who, SHOP, "s" * 64, stock_master=False),
    "shops.open_app": lambda w: w.clients.shops.open_app(
        w.who, f"hmac=00&shop={SHOP}", "s" * 64, datetime.now(UTC)
    ),
    "shops.complete": lambda w: w.clients.shops.complete(w.who, f"code=1&shop={SHOP}", "s" * 64),
    "shops.data_requests": lambda w: w.clients.shops.data_requests(w.who),
    "runs.listed": lambda w: w.clients.runs.listed(w.who),
    "runs.visible": lambda w: w.clients.runs.visible(w.who),
    "runs.plans": lambda w: w.clients.runs.plans(w.who),
    "runs.refresh": lambda w: w.clients.runs.refresh(w.who, "sales"),
    "runs.cancel": lambda w: w.clients.runs.cancel(w.who, UUID(w.shop.runs[0]["run_id"])),
}
FILES = {"shops.data_of"}
"""Passed on as they come."""
every_call = pytest.mark.parametrize("call", CALLS)


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    """Every owner's."""
    return {service: printed_by(service) for service in SERVICES}


@pytest.fixture
async def world(addresses: None) -> AsyncIterator[World]:
    """No database: the clients sign their tokens themselves."""
    settings = Settings(postgres_bus="unused", secret=SecretStr(TEST_SECRET))
    shop = busy_shop(datetime.now(UTC))
    shop.pause("ebay", "Stock check.")
    shop.refresh("sales")
    shop.ask_for_data("shopify")
    owners, shapes = Owners(settings, shop), list[Any]()
    async with owners.client() as http:

        def watched(service: str) -> Owner:
            owner = Watched(settings, http, service)
            owner.shapes = shapes
            return owner

        clients = client.Owners(
            client.Ledger(watched("sales-ledger")),
            client.Delists(watched("delist-orchestrator")),
            client.Accounts({platform: watched(name) for platform, name in CONNECTED.items()}),
            client.Runs(watched("scheduler")),
            client.Shops(watched(CONNECTED[Platform.SHOPIFY])),
        )
        yield World(Caller(shop.tenant_id, uuid4(), "seller"), clients, shop, owners, shapes)


def operation_of(contracts: dict[str, Contract], answer: httpx.Response) -> Operation:
    """What the owner calls the address of a request."""
    url = answer.request.url
    return contracts[url.host.removesuffix(".test")].operation(answer.request.method, url.path)


def wrong_questions(contracts: dict[str, Contract], answers: list[httpx.Response]) -> list[str]:
    """Of every request, what its owner would refuse or overlook."""
    return [
        f"{answer.request.method} {answer.request.url}: {wrong}"
        for answer in answers
        for wrong in operation_of(contracts, answer).wrong_question(
            answer.request, json.loads(answer.request.content or b"null")
        )
    ]


def test_every_call_of_the_clients_is_held_against_its_owner() -> None:
    clients = {part.name: getattr(client, part.name.capitalize()) for part in fields(client.Owners)}
    assert set(CALLS) | FILES == {
        f"{part}.{name}"
        for part, kind in clients.items()
        for name, _ in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }


@every_call
async def test_the_owner_takes_what_is_asked(world: World, contracts: dict[str, Contract], call: str) -> None:
    await CALLS[call](world)
    assert wrong_questions(contracts, world.owners.answered) == []


@every_call
async def test_what_is_read_is_what_the_owner_says(
    world: World, contracts: dict[str, Contract], call: str
) -> None:
    """Every field that is read is one of the owner's, and holds nothing the gateway could not read."""
    await CALLS[call](world)
    read = TypeAdapter(world.shapes[0]).json_schema()
    differences = [
        Difference.between(Part(read, read), Part(operation.answer, operation.contract.document))
        for operation in (operation_of(contracts, answer) for answer in world.owners.answered)
    ]
    assert [wrong for difference in differences for wrong in difference.unreadable] == []
    never_said = set.intersection(*(difference.never_said for difference in differences))
    assert never_said == FILLED_IN.get(call, set())


@every_call
async def test_a_stand_in_answers_as_its_owner_does(
    world: World, contracts: dict[str, Contract], call: str
) -> None:
    await CALLS[call](world)
    wrong = [
        f"{answer.request.method} {answer.request.url.path}: {wrong}"
        for answer in world.owners.answered
        for wrong in operation_of(contracts, answer).wrong_answer(answer)
    ]
    assert wrong == []


async def test_nothing_stands_in_for_what_is_never_asked(world: World) -> None:
    for call in CALLS.values():
        await call(world)
    await world.clients.shops.data_of(world.who, UUID(world.shop.asked[0]["request_id"]))
    asked = {(a.request.url.host.removesuffix(".test"), a.request.url.path) for a in world.owners.answered}
    never = {
        (service, route.path)
        for service, route in world.owners.routes()
        if not any(name == service and route.path_regex.match(path) for name, path in asked)
    }
    assert never == set()


async def test_pages_and_programs_ask_what_owners_take(
    signed_in: httpx.AsyncClient, key: str, owners: Owners, contracts: dict[str, Contract]
) -> None:
    """With every filter and page there is: an owner overlooks a parameter it does not know, and so all would match."""
    every = {"status": "not_paid", "platform": "ebay", "owner": "consigned", "q": "coat", "cursor": "50"}
    every |= {"since": "2026-11-20", "until": "2026-11-21"}
    groups = dict.fromkeys(("waiting", "running", "failed", "done"), "50")
    for path in (
        "/",
        f"/automations/sync?{urlencode({**every, 'delist': 'open'})}",
        f"/automations/sync?{urlencode({**every, 'delist': 'waiting'})}",
        f"/automations/delist?{urlencode(groups)}",
        f"/sales/{owners.shop.sales[0]['sale_id']}",
    ):
        assert (await signed_in.get(path)).status_code == 200
    query = {"status": "paid", "platform": "ebay", "since": _NOW.isoformat(), "until": _NOW.isoformat()}
    bearer = {"authorization": f"Bearer {key}"}
    answer = await signed_in.get("/api/v1/sales", params={**query, "cursor": "50"}, headers=bearer)
    assert answer.status_code == 200
    assert len(owners.answered) >= 20
    assert wrong_questions(contracts, owners.answered) == []


@pytest.mark.parametrize(
    ("service", "states", "named"),
    [
        ("sales-ledger", "Status", words.SALE_STATUS),
        ("sales-ledger", "OwnerKind", words.OWNER),
        ("delist-orchestrator", "StepState", words.STEP_STATE),
        ("delist-orchestrator", "StepState", words.STEP_SHORT),
        ("scheduler", "Interval", words.INTERVAL),
        ("scheduler", "Scope", words.SCOPES),
    ],
)
def test_every_state_an_owner_knows_has_a_word(
    contracts: dict[str, Contract], service: str, states: str, named: Collection[str]
) -> None:
    assert set(contracts[service].document["components"]["schemas"][states]["enum"]) == set(named)


_TIME = {"type": "string", "format": "date-time"}
_NAME = {"type": "string"}
_MAYBE = {"anyOf": [_NAME, {"type": "null"}]}


@pytest.mark.parametrize(
    ("read", "said", "told"),
    [
        (_NAME, _NAME, None),
        (_MAYBE, _NAME, None),
        (_NAME, {"type": "string", "enum": ["a", "b"]}, None),
        ({"type": "number"}, {"type": "integer"}, None),
        ({}, _MAYBE, None),
        (_NAME, _MAYBE, "at may be null, string is read"),
        (_TIME, _NAME, "at is any string, date-time is read"),
        ({"type": "integer"}, {"type": "number"}, "at may be number, integer is read"),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a", "b"]}, "at may be ['a', 'b'], ['a'] is read"),
        ({"type": "array", "items": _NAME}, {"type": "array", "items": _MAYBE}, "at may be null, string is read"),
    ],
)  # fmt: skip
def test_what_could_not_be_read_is_seen(read: Json, said: Json, told: str | None) -> None:
    found = Difference.between(of_object(at=read), of_object(at=said))
    assert found.unreadable == ([] if told is None else [told])
    assert found.never_said == set()


def test_what_is_not_said_or_not_always_is_seen() -> None:
    lacking = Difference.between(of_object(at=_TIME, name=_NAME), of_object(name=_NAME))
    assert (lacking.never_said, lacking.unreadable) == ({"at"}, ["at is needed and may be missing"])
    sometimes = Part({**of_object(name=_NAME).schema, "required": []}, {})
    assert Difference.between(of_object(name=_NAME), sometimes).unreadable == [
        "name is needed and may be missing"
    ]


def of_object(**fields: Json) -> Part:
    """An object that always has these fields."""
    return Part({"type": "object", "properties": fields, "required": list(fields)}, {})
