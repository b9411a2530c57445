"""A seller's thousand articles and sales on their way through three services, as the bus and people would take them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from kit.service import Service
from kit.tokens import Caller, sign
from soldwire_contracts import Fact
from soldwire_contracts.listings import ListingTarget
from soldwire_local.provision import ServiceDatabase
from testkit.bus import emitted, run_batch

from tests.lists import facts
from tests.lists.seller import CODES, PLATFORMS, Item, Seller, code_of

LEDGER, INVENTORY, ORCHESTRATOR = "sales-ledger", "inventory", "delist-orchestrator"
_HELD_BY_A_PAUSE, _ASKED_FIRST = 20, 60
"""So many of the last sales."""
_CONFIRMED, _PAID, _APPROVED, _DRAWN = 0.9, 0.7, 0.75, 0.8
"""Shares of the consigned sales."""


@dataclass(frozen=True)
class Made:
    """One service on its database."""

    name: str
    service: Service
    database: ServiceDatabase

    @cached_property
    def app(self) -> FastAPI:
        """Made once: the first request of an application is dear."""
        return self.service.app()

    async def hears(self, subscriber: str, said: Iterable[Fact]) -> None:
        """Have a subscriber told."""
        for batch in facts.batches(said):
            await run_batch(self.service.routers[0], subscriber, batch, self.service.database)

    async def said(self, *topics: str) -> list[Fact]:
        """What it has said so far on these topics, or on all."""
        return [event.data for event in await emitted(self.service.database, *topics)]


Services = Mapping[str, Made]


@asynccontextmanager
async def calling(made: Made, seller: Seller, app: Any = None) -> AsyncIterator[httpx.AsyncClient]:
    """The service's HTTP API as the gateway calls it for the seller: with a token for each request."""
    caller = Caller(seller.tenant, uuid4(), "seller")

    async def signed(request: httpx.Request) -> None:
        token = sign(made.service.settings, caller, audience=made.name)
        request.headers["Authorization"] = f"Bearer {token}"

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app or made.app),
        base_url=f"http://{made.name}",
        event_hooks={"request": [signed]},
        timeout=120,
    ) as client:
        yield client


async def call(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    """A person's command, and its answer. Raises AssertionError for a refusal."""
    sent: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body}
    answer = await client.request(method, path, **sent)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json() if answer.content else None


@dataclass(frozen=True)
class Told:
    """What was made on the way, by name."""

    consignors: list[UUID]
    import_id: UUID


async def say_originals(seller: Seller, made: Services) -> Told:
    """All that a seller's thousand articles and sales bring with them."""
    consignors = await _house(seller, made)
    import_id = await _shelves(seller, made)
    oldest_first = [facts.sale(seller, item) for item in reversed(seller.items)]
    changed = [fact for item in reversed(seller.items) for fact in facts.later(seller, item)]
    await made[INVENTORY].hears("sales", [*oldest_first, *changed])
    await made[LEDGER].hears("sales", [*oldest_first, *changed])
    await made[LEDGER].hears("stock", await made[INVENTORY].said("listing.sold", "stock.oversold"))
    await _take_down(seller, made)
    await made[LEDGER].hears("delists", await made[ORCHESTRATOR].said("delist.progress", "delist.completed"))
    await made[LEDGER].hears("payouts", facts.payouts(seller))
    await _decide(seller, made[LEDGER])
    return Told(consignors, import_id)


async def _house(seller: Seller, made: Services) -> list[UUID]:
    """Consignors and what was agreed with them; inventory hears of them and gets its owner rules."""
    async with calling(made[LEDGER], seller) as ledger:
        terms = {"rate": {"kind": "fixed", "percent": "40"}, "return_days": 0, "from_the_beginning": True}
        await call(ledger, "POST", "/v1/terms", terms)
        await call(ledger, "POST", "/v1/terms", {"rate": {"kind": "fixed", "percent": "42"}})
        found = []
        for number in range(CODES):
            profile = {
                "code": code_of(number),
                "name": f"Anna {number} Novak",
                "email": f"a{number}@home.test",
            }
            found.append(UUID((await call(ledger, "POST", "/v1/consignors", profile))["consignor_id"]))
            if number % 5 == 0:
                own = {"rate": {"kind": "fixed", "percent": str(30 + number % 20)}, "return_days": 0}
                await call(ledger, "POST", f"/v1/consignors/{found[-1]}/terms", own)
                await call(ledger, "POST", f"/v1/consignors/{found[-1]}/terms", own)
    await made[INVENTORY].hears("consignors", await made[LEDGER].said("consignor.changed"))
    return found


async def _shelves(seller: Seller, made: Services) -> UUID:
    """Owner rules, the seller's own file of articles, then their listings."""
    rules = [
        {"kind": "sku_prefix", "value": f"{code}-", "owner": {"kind": "consigned", "consignor": code}}
        for code in map(code_of, range(CODES))
    ]
    async with calling(made[INVENTORY], seller) as inventory:
        await call(inventory, "PUT", "/v1/owner-rules", {"rules": rules})
        checked = await call(inventory, "POST", "/v1/imports", seller.sheet())
        await call(inventory, "POST", f"/v1/imports/{checked['id']}/apply")
    await made[INVENTORY].hears(
        "listings", (fact for item in seller.items for fact in facts.seen(seller, item))
    )
    doubts = (fact for item in seller.items for fact in facts.doubted(seller, item))
    await made[INVENTORY].hears("listings", doubts)
    return UUID(checked["id"])


async def _take_down(seller: Seller, made: Services) -> None:
    """What sold comes down, but what waits for the seller's yes or for the end of a pause."""
    said = await made[INVENTORY].said("listing.sold", "stock.changed")
    orchestrator = made[ORCHESTRATOR]
    await orchestrator.hears("stock", said[:-_ASKED_FIRST])
    async with calling(orchestrator, seller) as client:
        await call(client, "PUT", f"/v1/policies/{PLATFORMS[1]}", {"mode": "ask"})
        await orchestrator.hears("stock", said[-_ASKED_FIRST:-_HELD_BY_A_PAUSE])
        await call(client, "PUT", f"/v1/policies/{PLATFORMS[1]}", {"mode": "at_once"})
        pause = {"scope": "account", "account_id": str(seller.account(PLATFORMS[0])), "reason": "Holiday."}
        await call(client, "POST", "/v1/pauses", pause)
    await orchestrator.hears("stock", said[-_HELD_BY_A_PAUSE:])
    targets = [fact for fact in await orchestrator.said() if isinstance(fact, ListingTarget)]
    ended = list(facts.outcomes(targets, seller))
    await orchestrator.hears("outcomes", ended)
    await made[INVENTORY].hears("outcomes", ended)


async def _decide(seller: Seller, ledger: Made) -> None:
    """Consigned sales are confirmed, most of them paid; wrong ones are removed."""
    consigned = [item for item in seller.items if item.consignor is not None and not item.is_alone]
    async with calling(ledger, seller) as client:
        confirmed = _ids(seller, consigned[round(len(consigned) * (1 - _CONFIRMED)) :])
        await call(client, "POST", "/v1/sales/confirm", {"sale_ids": confirmed})
        wrong = [item for item in seller.items if item.number % 70 == 4]
        await call(client, "POST", "/v1/sales/remove", {"sale_ids": _ids(seller, wrong)})
        bounds = [round(len(confirmed) * share) for share in (_PAID, _APPROVED, _DRAWN)]
        paid, approved, drawn = (
            confirmed[-bounds[0] :],
            confirmed[-bounds[1] : -bounds[0]],
            confirmed[-bounds[2] : -bounds[1]],
        )
        for sales, moves in ((paid, ("approve", "pay")), (approved, ("approve",)), (drawn, ())):
            await _run(client, sales, moves)


async def _run(client: httpx.AsyncClient, sales: list[str], moves: Iterable[str]) -> None:
    run = await call(client, "POST", "/v1/payout-runs", {"currency": "GBP", "sale_ids": sales})
    for move in moves:
        body = {"method": "bank transfer", "reference": "R1"} if move == "pay" else {}
        await call(client, "POST", f"/v1/payout-runs/{run['run_id']}/{move}", body)


def _ids(seller: Seller, items: Iterable[Item]) -> list[str]:
    return [str(seller.sale_id(item)) for item in items]
