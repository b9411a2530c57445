"""Tokens that expire: renewed by one, on record before they are used, and no crash or race loses a shop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shopify_signing_in as at
from connector_kit import store
from connector_kit.sealing import Sealer
from connector_shopify.client import Tokens
from connector_shopify.config import Settings
from fastapi import Response
from kit import failpoints
from prometheus_client import REGISTRY
from shopify_gate import Asked, Gate, gated
from shopify_signing_in import SHOP, Seller
from testkit.sandbox import Sandbox

RENEWED = {"platform": "shopify", "outcome": "renewed"}


async def expire(seller: Seller) -> None:
    """The access token on record is good no more, at the shop and by our record of it."""
    held = await seller.held()
    assert held.expires_at is not None
    over = {**held.kept(), "expires_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    await keep(seller, over)


async def keep(seller: Seller, credentials: dict[str, str]) -> None:
    """Put other credentials on record, as a login or another process would."""
    settings = seller.bench.settings
    assert isinstance(settings, Settings)
    sealer = Sealer(settings.seal_keys.get_secret_value())
    async with seller.bench.service.database.bus([seller.bench.tenant]) as uow:
        (account,) = (await store.load_accounts(uow, [seller.bench.account])).values()
        await store.save_account(uow, account, sealer.seal(account.tenant_id, credentials))


async def due(seller: Seller) -> None:
    await seller.bench.execute(
        "update due_chores set due_at = now(), lease_until = null where kind = 'token'"
    )


async def renew(seller: Seller) -> None:
    """The job's turn when the token is due."""
    await due(seller)
    await seller.bench.turn("token")


async def works(seller: Seller) -> bool:
    """Whether a connector started anew can call the shop with what is on record."""
    settings = seller.bench.settings
    assert isinstance(settings, Settings)
    async with at.seller_of(settings, seller.bench.sandbox) as fresh:
        fresh.bench.tenant, fresh.bench.account = seller.bench.tenant, seller.bench.account
        return await fresh.asks_the_shop() == 0


async def test_the_job_renews_at_four_fifths_of_the_life(seller: Seller) -> None:
    before, bench = await seller.held(), seller.bench
    due_at = "due_chores where kind = 'token' and due_at between now() + interval '47 minutes' and now() + interval '48 minutes'"
    assert await bench.count(due_at) == 1
    await bench.turn("token")
    assert await seller.held() == before, "it is not due"
    await renew(seller)
    after = await seller.held()
    assert (after.access_token, after.refresh_token) != (before.access_token, before.refresh_token)
    assert after.previous == before.refresh_token
    assert await bench.count(due_at) == 1
    assert await seller.asks_the_shop() == 0
    for _ in range(5):
        await renew(seller)
    assert await works(seller)


async def test_a_call_that_finds_its_token_over_renews_it_first(settings: Settings, sandbox: Sandbox) -> None:
    """The shop's tokens live for six seconds, so each is over at once by our reckoning."""
    await at.new_shop(sandbox, token_ttl=6)
    async with (
        gated(sandbox.url) as gate,
        at.seller_of(at.settings_of(settings, gate.url), sandbox) as seller,
    ):
        await seller.connect()
        first, asked = await seller.held(), gate.token_requests
        assert first.expires_at is not None
        await asyncio.sleep(max(0.0, (first.expires_at - datetime.now(UTC)).total_seconds() - 4.9))
        assert await seller.asks_the_shop() == 0
        assert gate.token_requests == asked + 1
        assert (await seller.held()).access_token != first.access_token
        assert 401 not in {c["status"] for c in await sandbox.calls(account=SHOP)}


async def test_a_call_of_an_account_in_hand_for_hours_goes_out_again_with_the_newer_token(
    seller: Seller, gate: Gate
) -> None:
    """Another process has renewed it; the one in hand is refused, and did nothing."""
    bench = seller.bench
    await seller.asks_the_shop()
    settings = bench.settings
    assert isinstance(settings, Settings)
    async with at.seller_of(settings, bench.sandbox) as other:
        other.bench.tenant, other.bench.account = bench.tenant, bench.account
        await renew(other)
    newest = (await seller.held()).access_token

    async def only_the_newest(asked: Asked) -> Response | None:
        token = asked.headers.get("x-shopify-access-token", newest)
        return Response("{}", 401) if token != newest else None

    gate.step, asked = only_the_newest, gate.token_requests
    assert await seller.asks_the_shop() == 0
    assert gate.token_requests == asked, "it is read, not renewed"


async def test_a_refused_token_is_renewed_and_the_call_sent_once_more(seller: Seller, gate: Gate) -> None:
    bench, refused = seller.bench, (await seller.held()).access_token

    async def refuse(asked: Asked) -> Response | None:
        return (
            Response('{"errors": "no"}', 401)
            if asked.headers.get("x-shopify-access-token") == refused
            else None
        )

    gate.step = refuse
    asked = gate.token_requests
    listing, foreign = await bench.stocked("ONCE-1", 1)
    assert gate.token_requests == asked + 1
    await bench.take("targets", bench.target(listing, 1, 0))
    await bench.settled()
    assert len(await bench.changes(foreign)) == 1
    assert (await seller.held()).access_token != refused


async def test_a_shop_that_refuses_the_newest_token_too_needs_a_login(seller: Seller, gate: Gate) -> None:
    async def refuse(asked: Asked) -> Response | None:
        return None if asked.for_tokens else Response('{"errors": "no"}', 401)

    gate.step = refuse
    asked = gate.token_requests
    assert await seller.asks_the_shop() == 1
    assert gate.token_requests == asked + 1
    assert await seller.asks_the_shop() == 1
    assert gate.token_requests == asked + 1, "only its seller can help now"
    gate.step = None
    await seller.connect()
    assert await seller.asks_the_shop() == 0


async def test_two_processes_that_find_a_token_over_renew_it_once(seller: Seller, gate: Gate) -> None:
    settings = seller.bench.settings
    assert isinstance(settings, Settings)
    await expire(seller)
    asked = gate.token_requests
    async with at.seller_of(settings, seller.bench.sandbox) as other:
        both = [seller, other]
        held = await asyncio.gather(*(token_for_a_call(one, seller) for one in both for _ in range(10)))
    assert len(set(held)) == 1
    assert gate.token_requests == asked + 1
    assert (await seller.held()).access_token == held[0]


async def token_for_a_call(of: Seller, seller: Seller) -> str:
    """What a call of a process would go out with, as its clients ask for it."""
    settings = of.bench.settings
    assert isinstance(settings, Settings)
    sealer = Sealer(settings.seal_keys.get_secret_value())
    async with of.bench.service.database.bus([seller.bench.tenant]) as uow:
        (account,) = (await store.load_accounts(uow, [seller.bench.account], sealer)).values()
    return await tokens_of(of).of(account)


def tokens_of(seller: Seller) -> Tokens:
    return next(one for one in seller.bench.service.lifespan if isinstance(one, Tokens))


async def test_a_refresh_whose_answer_is_lost_is_asked_for_again(seller: Seller, gate: Gate) -> None:
    """The pair that came and was never used dies; the one on record works."""

    async def lose(asked: Asked) -> Response | None:
        return Response("upstream", 502) if asked.for_tokens else None

    gate.after = lose
    before = await seller.held()
    await renew(seller)
    assert await seller.held() == before
    assert (
        await seller.bench.count("due_chores where kind = 'token' and failures = 1 and due_at > now()") == 1
    )
    gate.after = None
    await renew(seller)
    assert await works(seller)
    assert await seller.bench.count("due_chores where kind = 'token' and failures = 0") == 1


async def test_a_token_that_is_still_good_is_used_while_it_can_t_be_renewed(
    seller: Seller, gate: Gate
) -> None:
    async def away(asked: Asked) -> Response | None:
        return Response("", 503) if asked.for_tokens else None

    gate.step = away
    held = await seller.held()
    nearly = {**held.kept(), "expires_at": (datetime.now(UTC) + timedelta(seconds=3)).isoformat()}
    await keep(seller, nearly)
    settings = seller.bench.settings
    assert isinstance(settings, Settings)
    async with at.seller_of(settings, seller.bench.sandbox) as fresh:
        assert await token_for_a_call(fresh, seller) == held.access_token
    assert await seller.asks_the_shop() == 0


@pytest.mark.parametrize(
    "answer", [(400, "<html>Bad Request</html>"), (403, "{}"), (429, ""), (200, "ok"), (200, "{}")]
)
async def test_an_odd_answer_signs_nobody_out(seller: Seller, gate: Gate, answer: tuple[int, str]) -> None:
    async def odd(asked: Asked) -> Response | None:
        return Response(answer[1], answer[0]) if asked.for_tokens else None

    gate.step, before = odd, await seller.held()
    await renew(seller)
    assert await seller.held() == before
    assert await seller.bench.count("accounts where state = 'connected'") == 1
    gate.step = None
    await renew(seller)
    assert await works(seller)


async def test_our_own_keys_that_are_wrong_sign_nobody_out(seller: Seller) -> None:
    """It is for operations to mend; the account waits."""
    bench = seller.bench
    settings = at.settings_of(bench.settings, bench.sandbox.url, shopify_client_secret="shpss_wrong")  # type: ignore[arg-type]
    async with at.seller_of(settings, bench.sandbox) as wrong:
        wrong.bench.tenant, wrong.bench.account = seller.bench.tenant, seller.bench.account
        await renew(wrong)
    assert await seller.bench.count("accounts where state = 'connected'") == 1
    await renew(seller)
    assert await works(seller)


async def test_a_dead_refresh_token_signs_out_only_when_nobody_has_another(
    seller: Seller, gate: Gate
) -> None:
    """While the refusal was on its way the seller connected again."""
    bench, old = seller.bench, await seller.held()
    holding, go = asyncio.Event(), asyncio.Event()

    async def refuse_late(asked: Asked) -> Response | None:
        if not asked.for_tokens or old.refresh_token not in asked.body.decode():
            return None
        holding.set()
        await go.wait()
        return Response('{"error": "invalid_request"}', 400)

    gate.step = refuse_late
    await due(seller)
    renewing = asyncio.create_task(bench.turn("token"))
    await asyncio.wait_for(holding.wait(), 10)
    await seller.connect()
    new = await seller.held()
    go.set()
    await renewing
    assert new.refresh_token in ((held := await seller.held()).refresh_token, held.previous)
    assert await bench.count("accounts where state = 'connected'") == 1
    assert await bench.count("due_chores where kind = 'token'") == 1

    async def refuse(asked: Asked) -> Response | None:
        return Response('{"error": "invalid_request"}', 400) if asked.for_tokens else None

    gate.step = refuse
    await renew(seller)
    assert (
        await bench.count("accounts where state = 'needs_login' and reason like '%Connect the shop again%'")
        == 1
    )
    assert await bench.count("due_chores where kind = 'token'") == 0


async def test_one_who_stood_still_past_its_lease_takes_nobody_s_token_away(
    seller: Seller, gate: Gate
) -> None:
    """Its late request makes a third pair, by which the second, on record and unused, dies at the shop."""
    bench, first = seller.bench, await seller.held()
    holding, go, held = asyncio.Event(), asyncio.Event(), []

    async def hold_the_first(asked: Asked) -> Response | None:
        if asked.for_tokens and not held:
            held.append(asked)
            holding.set()
            await go.wait()
        return None

    gate.step = hold_the_first
    await due(seller)
    zombie = asyncio.create_task(bench.turn("token"))
    await asyncio.wait_for(holding.wait(), 10)
    settings = bench.settings
    assert isinstance(settings, Settings)
    async with at.seller_of(settings, bench.sandbox) as other:
        other.bench.tenant, other.bench.account = bench.tenant, bench.account
        await renew(other)
    second = await seller.held()
    assert second.previous == first.refresh_token
    go.set()
    await zombie
    assert await seller.held() == second, "the zombie's pair is not kept"
    assert await works(seller)
    assert await bench.count("accounts where state = 'connected'") == 1


async def test_uninstalling_wipes_the_tokens_and_connecting_again_is_the_same_account(seller: Seller) -> None:
    bench, first = seller.bench, seller.bench.account
    await seller.asks_the_shop()
    assert await at.tell(bench, "app/uninstalled", {"id": 1}) == 200
    await bench.turn("webhooks")
    held = await seller.held()
    assert held.kept() == {"access_token": "", "grant": "token"}
    assert await bench.count("due_chores") == 0
    assert await bench.count("accounts where state = 'revoked'") == 1
    assert await seller.connect() == first
    assert (await seller.held()).renewable
    assert await bench.count("due_chores where kind in ('token', 'scopes')") == 2
    assert await seller.asks_the_shop() == 0
    await renew(seller)
    assert await works(seller)


async def test_disconnecting_wipes_the_tokens_too(seller: Seller) -> None:
    await seller.bench.disconnect()
    assert (await seller.held()).secrets() == []
    assert await seller.bench.count("due_chores where kind <> 'leaving'") == 0


async def test_renewals_are_counted(seller: Seller) -> None:
    before = REGISTRY.get_sample_value("soldwire_tokens_renewed_total", RENEWED) or 0.0
    await renew(seller)
    assert REGISTRY.get_sample_value("soldwire_tokens_renewed_total", RENEWED) == before + 1


PROGRAM = """
import asyncio, json, os, sys
from kit import failpoints
from connector_shopify.app import NAME, build
from connector_shopify.client import Tokens
from connector_shopify.config import Settings
from testkit.services import opened

async def renew():
    async with opened(build(Settings())) as service:
        for job in service.jobs:
            if job.name == "token":
                await job.run()

failpoints.enable(NAME)
asyncio.run(renew())
print("lived")
"""


@pytest.mark.parametrize("point", ["token.leased", "token.granted", "token.kept"])
async def test_a_crash_at_any_instant_leaves_tokens_that_work(
    seller: Seller, tmp_path: Path, point: str
) -> None:
    """A process of its own dies there as by kill -9; whoever comes next goes on with what is on record."""
    before = await seller.held()
    armed = tmp_path / "connector-shopify" / point
    armed.parent.mkdir()
    armed.touch()
    for _ in range(2):
        await due(seller)
        died = await asyncio.to_thread(_renew_elsewhere, seller.bench.settings, tmp_path)
        assert (died.returncode, died.stdout) == (-signal.SIGKILL, ""), died.stderr
        (armed.parent / next(x.name for x in armed.parent.iterdir())).rename(armed)
    assert ((await seller.held()) != before) == (point == "token.kept")
    assert await works(seller)
    armed.unlink()
    await due(seller)
    lived = await asyncio.to_thread(_renew_elsewhere, seller.bench.settings, tmp_path)
    assert lived.stdout == "lived\n", lived.stderr
    assert (await seller.held()) != before
    assert await works(seller)


def _renew_elsewhere(settings: object, folder: Path) -> subprocess.CompletedProcess[str]:
    assert isinstance(settings, Settings)
    told = {
        f"SOLDWIRE_{name.upper()}": _plain(value)
        for name, value in settings.model_dump().items()
        if value is not None
    }
    environment = {**os.environ, **told, failpoints.VARIABLE: str(folder)}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _plain(value: object) -> str:
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if reveal else value)


@pytest.mark.parametrize("at_request", range(4))
async def test_a_renewal_that_is_cancelled_leaves_tokens_that_work(
    seller: Seller, gate: Gate, at_request: int
) -> None:
    """While the shop is asked, or after it has answered; 0 and 1 before, 2 and 3 after it granted."""
    reached, never = asyncio.Event(), asyncio.Event()

    async def hold(asked: Asked) -> Response | None:
        if asked.for_tokens:
            reached.set()
            await never.wait()
        return None

    gate.step, gate.after = (hold, None) if at_request < 2 else (None, hold)
    await due(seller)
    renewing = asyncio.create_task(seller.bench.turn("token"))
    await asyncio.wait_for(reached.wait(), 10)
    renewing.cancel()
    await asyncio.gather(renewing, return_exceptions=True)
    gate.step = gate.after = None
    never.set()
    if at_request % 2:
        await renew(seller)
    assert await works(seller)
