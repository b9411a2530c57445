"""An account its shop refused goes on by itself once the shop takes its token again; nothing is sent without a token."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import shopify_signing_in as at
from connector_kit import store
from connector_kit.domain import Account
from connector_kit.errors import CallFailed
from connector_kit.sealing import Sealer
from connector_kit.usecases import keep_credentials
from connector_shopify.client import Tokens
from connector_shopify.client.tokens import NOBODY
from connector_shopify.config import Settings
from fastapi import Response
from shopify_gate import Asked, Gate
from shopify_signing_in import Seller
from testkit.connector import Bench

SCOPES, TOKEN = "due_chores where kind = 'scopes'", "due_chores where kind = 'token'"
SIGNED_OUT = "accounts where state = 'needs_login'"
WORKS = "accounts where state = 'connected' and reason is null"


async def _poll(bench: Bench) -> None:
    await bench.execute("update due_polls set due_at = now(), lease_until = null")
    await bench.turn("polls", "health")


async def _signed_out(bench: Bench) -> None:
    """Its orders are polled until its shop has refused that; on a slow machine a call may time out before."""
    async with asyncio.timeout(20):
        while not await bench.count(SIGNED_OUT):
            await _poll(bench)


async def _look_at_scopes(bench: Bench) -> None:
    await bench.execute("update due_chores set due_at = now(), lease_until = null where kind = 'scopes'")
    await bench.turn("scopes")


async def _refuse(asked: Asked) -> Response | None:
    return None if asked.for_tokens else Response('{"errors": "no"}', 401)


async def test_one_stray_refusal_ends_by_itself_and_what_waited_is_done(bench: Bench) -> None:
    await bench.connect()
    listing, foreign = await bench.stocked("STRAY-1", 1)
    await bench.turn("health")
    assert await bench.count(f"{SCOPES} and due_at > now() + interval '50 minutes'") == 1
    await bench.sandbox.fault("shopify", "orders", "status", status=401, count=1)
    await _signed_out(bench)
    soon = f"{SCOPES} and due_at <= now() + interval '1 minute'"
    assert await bench.count(soon) == 1, "it is looked at soon, not in an hour"
    await bench.take("targets", bench.target(listing, 1, 0))
    await bench.turn("intents")
    assert await bench.outcomes() == []
    await _look_at_scopes(bench)
    assert await bench.count(WORKS) == 1
    states = [event.data.state for event in await bench.said("account.status")]  # type: ignore[attr-defined]
    assert states == ["connected", "needs_login", "connected"]
    await bench.settled()
    assert not (await bench.sandbox.shown(foreign))["buyable"]
    await _poll(bench)
    assert await bench.count(WORKS) == 1


async def test_a_shop_that_goes_on_refusing_is_asked_every_few_minutes(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.fault("shopify", "orders", "status", status=401, count=1)
    await _signed_out(bench)
    await bench.sandbox.fault("shopify", "currentAppInstallation", "status", status=401, count=2)
    for _ in range(2):
        await _look_at_scopes(bench)
        await bench.turn("health")
        assert await bench.count(SIGNED_OUT) == 1
        minutes = "between now() + interval '4 minutes' and now() + interval '5 minutes'"
        assert await bench.count(f"{SCOPES} and due_at {minutes}") == 1
    await _look_at_scopes(bench)
    assert await bench.count(WORKS) == 1


async def test_a_sign_in_that_was_refused_for_a_while_renews_its_tokens_and_comes_back(
    seller: Seller, gate: Gate
) -> None:
    """Meanwhile its access token ended: the look at its scopes needs a newer one first."""
    bench = seller.bench
    gate.step = _refuse
    await _signed_out(bench)
    gate.step = None
    held = await seller.held()
    over = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    await _keep(seller, {**held.kept(), "expires_at": over})
    async with at.seller_of(
        _settings(bench), bench.sandbox
    ) as later:  # a process that has no newer one in memory
        later.bench.tenant, later.bench.account = bench.tenant, bench.account
        await _look_at_scopes(later.bench)
    assert await bench.count(WORKS) == 1
    assert await bench.count(TOKEN) == 1, "and goes on being renewed"
    assert (await seller.held()).access_token != held.access_token


@pytest.mark.parametrize("refused_before", [False, True])
async def test_one_that_gets_no_tokens_any_more_waits_for_its_seller_though_the_last_still_works(
    seller: Seller, gate: Gate, refused_before: bool
) -> None:
    async def no_more(asked: Asked) -> Response | None:
        return Response('{"error": "invalid_request"}', 400) if asked.for_tokens else None

    bench = seller.bench
    if refused_before:
        gate.step = _refuse
        await _signed_out(bench)
        assert await bench.count(f"{SIGNED_OUT} and reason like 'The marketplace%'") == 1
    gate.step = no_more
    await bench.execute("update due_chores set due_at = now(), lease_until = null where kind = 'token'")
    await bench.turn("token")
    assert await bench.count(f"{SIGNED_OUT} and reason like 'Shopify no longer accepts%'") == 1
    asked = len(gate.asked)
    await _look_at_scopes(bench)
    assert await bench.count(SIGNED_OUT) == 1
    assert len(gate.asked) == asked, "there is nothing to ask"
    gate.step = None
    await seller.connect()
    await _look_at_scopes(bench)
    assert await bench.count(WORKS) == 1


async def test_without_a_token_nothing_is_sent(seller: Seller, gate: Gate) -> None:
    """Its credentials were erased, and somebody still takes it for connected."""
    await _keep(seller, {})
    asked = len(gate.asked)
    assert await seller.asks_the_shop() == 1
    assert len(gate.asked) == asked
    for account_id in (seller.bench.account, NOBODY):
        wiped = Account(account_id, seller.bench.tenant, "shopify", "1", at.SHOP, "Shop", datetime.now(UTC))
        with pytest.raises(CallFailed) as caught:
            await Tokens().of(wiped)
        assert caught.value.problem.login


def _settings(bench: Bench) -> Settings:
    assert isinstance(bench.settings, Settings)
    return bench.settings


async def _keep(seller: Seller, credentials: dict[str, str]) -> None:
    """Put other credentials on record, as another process would."""
    sealer = Sealer(_settings(seller.bench).seal_keys.get_secret_value())
    async with seller.bench.service.database.bus([seller.bench.tenant]) as uow:
        (account,) = (await store.load_accounts(uow, [seller.bench.account])).values()
        await keep_credentials(uow, sealer, account, credentials)
