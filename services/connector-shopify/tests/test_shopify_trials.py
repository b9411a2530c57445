"""Whoever types a shop's name: what comes of it neither slows nor stops the shop that is connected, and is told in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import shopify_signing_in as at
from connector_kit.circuit import FAILURES
from connector_shopify.config import Settings
from fastapi import Response
from shopify_gate import Asked, Gate
from shopify_signing_in import Seller
from testkit.connector import Bench

STRANGER_S = "shpat_of_a_stranger"


@pytest.fixture
async def shop(bench: Bench, gate: Gate) -> AsyncIterator[Bench]:
    """A connected shop; its connector calls through the gate."""
    assert isinstance(bench.settings, Settings)
    settings = at.settings_of(bench.settings, gate.url, shopify_client_secret="ours")
    async with at.seller_of(settings, bench.sandbox, bench.seller) as one:
        one.bench.connect_body = bench.connect_body
        await one.bench.connect()
        await one.asks_the_shop()  # so that it has a budget
        yield one.bench


async def _tries(shop: Bench) -> dict[str, Any]:
    """Somebody else tries to connect it with a token that is none."""
    mine, shop.tenant = shop.tenant, uuid4()
    answer = await Seller(shop).ask("/v1/accounts", {"shop": shop.seller, "access_token": STRANGER_S})
    shop.tenant = mine
    return {"status": answer.status_code, **answer.json()}


def _to_a_stranger(status: int, **headers: str) -> Any:
    async def answer(asked: Asked) -> Response | None:
        stranger = asked.headers.get("x-shopify-access-token") == STRANGER_S
        return Response("{}", status, headers=headers) if stranger else None

    return answer


async def _sale_comes_down(shop: Bench) -> None:
    listing, foreign = await shop.stocked("MEANWHILE-1", 1)
    await shop.take("targets", shop.target(listing, 1, 0))
    await shop.turn("intents")
    assert not (await shop.sandbox.shown(foreign))["buyable"], "at the first try"


async def test_trials_that_fail_do_not_open_the_circuit_of_the_connected_shop(
    shop: Bench, gate: Gate
) -> None:
    gate.step = _to_a_stranger(503)
    for _ in range(FAILURES + 1):
        assert (await _tries(shop))["status"] == 503
    asked = len(gate.asked)
    assert (await _tries(shop))["status"] == 503
    assert len(gate.asked) == asked, "the trials' own circuit is open"
    await _sale_comes_down(shop)


async def test_a_trial_that_is_told_to_slow_down_holds_up_nobody_else(shop: Bench, gate: Gate) -> None:
    gate.step = _to_a_stranger(429, **{"retry-after": "60"})
    told = await _tries(shop)
    assert (told["status"], told["code"]) == (503, "rate_limited")
    assert await shop.count(f"budgets where scope = 'shopify:{shop.seller}' and blocked_until is null") == 1
    await _sale_comes_down(shop)


async def test_trials_draw_from_a_budget_of_their_own_and_wait_for_it(shop: Bench, gate: Gate) -> None:
    gate.step = _to_a_stranger(401)
    before = await _points(shop, shop.seller)
    for _ in range(5):
        assert (await _tries(shop))["code"] == "token_refused"
    assert await _points(shop, shop.seller) == before
    trial = f"budgets where scope = 'shopify:trial:{shop.seller}' and capacity = 100 and per_second = 5"
    assert await shop.count(trial) == 1, "whatever the shop says of its own"
    gate.step = _to_a_stranger(429, **{"retry-after": "60"})
    await _tries(shop)
    gate.step, asked = None, len(gate.asked)
    assert (await _tries(shop))["code"] == "rate_limited"
    assert len(gate.asked) == asked, "none is sent before the shop may be asked again"
    await _sale_comes_down(shop)


async def _points(shop: Bench, name: str) -> object:
    async with shop.service.database.bus() as uow:
        found = await uow.conn.execute_sql(
            f"select tokens, refilled_at from budgets where scope = 'shopify:{name}'"
        )
        row = found.one()
    return row.tokens, row.refilled_at


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (503, "answer_lost", "Shopify can't be reached right now, and nothing is connected yet. Try again in a minute."),
        (429, "rate_limited", "Shopify asks to slow down, and nothing is connected yet. Try again in a minute."),
        (401, "token_refused", "does not accept this. Copy it again from Shopify."),
        (404, "no_such_shop", "Check the shop's … .myshopify.com name."),
        (410, "gone", "Check the shop's … .myshopify.com name."),
        (422, "refused", "Check the shop's name, and that the app is installed in it."),
        (402, "shop_frozen", "Settle that in Shopify"),
    ],
)  # fmt: skip
async def test_who_connects_a_shop_reads_what_to_do(
    shop: Bench, gate: Gate, status: int, code: str, words: str
) -> None:
    gate.step = _to_a_stranger(status)
    told = await _tries(shop)
    assert (told["status"], told["code"]) == (503 if status in (503, 429) else 422, code)
    assert words in told["message"]
    assert "listing" not in told["message"]
    assert "Soldwire tries again" not in told["message"]


@pytest.mark.parametrize("at_the_token", [True, False])
async def test_who_signed_in_reads_that_he_must_start_again(
    bench: Bench, gate: Gate, at_the_token: bool
) -> None:
    """The sign-in is used up, whatever the shop answered."""
    assert isinstance(bench.settings, Settings)
    await at.new_shop(bench.sandbox)

    async def away(asked: Asked) -> Response | None:
        return Response("", 503) if asked.for_tokens == at_the_token else None

    async with at.seller_of(at.settings_of(bench.settings, gate.url), bench.sandbox) as seller:
        query = await seller.agree()
        gate.step = away
        told = await seller.complete(query)
        assert (told.status_code, told.json()["code"]) == (503, "answer_lost")
        again = "Shopify can't be reached right now, and nothing is connected yet. Start connecting again in a minute."
        assert told.json()["message"] == again
        gate.step = None
        await seller.connect()
