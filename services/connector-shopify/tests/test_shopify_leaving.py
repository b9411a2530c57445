"""A shop that is disconnected in Soldwire is told at Shopify, its token is kept for that alone, and connecting it again wins."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import shopify_signing_in as at
from connector_kit import store
from connector_kit.sealing import Sealer
from connector_kit.usecases import keep_credentials
from connector_shopify.app import build
from connector_shopify.config import Settings
from connector_shopify.jobs.leaving import MOST_TRIES
from fastapi import Response
from shopify_gate import Asked, Gate
from shopify_signing_in import SHOP, Seller
from soldwire_contracts.sync import AccountStatus
from testkit.connector import Bench
from testkit.services import opened

PENDING = "due_chores where kind = 'leaving'"


async def shop_of(bench: Bench) -> dict[str, Any]:
    return await bench.sandbox.get(f"shopify/accounts/{bench.seller}")


async def kept_by(bench: Bench) -> dict[str, str]:
    """Everything that is sealed of the account."""
    assert isinstance(bench.settings, Settings)
    async with bench.service.database.bus([bench.tenant]) as uow:
        sealer = Sealer(bench.settings.seal_keys.get_secret_value())
        (account,) = (await store.load_accounts(uow, [bench.account], sealer)).values()
    return dict(account.credentials)


async def reason_of(bench: Bench) -> str:
    """As its seller reads it, which others are told too."""
    seller = Seller(bench)
    shown = (await seller.ask(f"/v1/accounts/{bench.account}", {}, method="GET")).json()
    told = [e.data for e in await bench.said("account.status") if isinstance(e.data, AccountStatus)]
    said = [one for one in told if one.account_id == bench.account]
    assert said[-1].reason == shown["reason"] == shown["health"]["sentence"]
    return str(shown["reason"])


async def told(bench: Bench, operation: str = "appUninstall") -> int:
    return len(await bench.sandbox.calls(platform="shopify", account=bench.seller, operation=operation))


async def tell_now(bench: Bench) -> None:
    await bench.execute("update due_chores set due_at = now() where kind = 'leaving' and lease_until is null")
    await bench.turn("leaving")


async def test_our_app_is_removed_from_the_shop_and_its_token_is_gone_then(seller: Seller) -> None:
    bench = seller.bench
    await bench.disconnect()
    held = await seller.held()
    assert held.secrets() == [], "nothing else finds a token of an account that left"
    assert "is being removed from the shop's apps" in await reason_of(bench)
    await bench.disconnect()
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is False
    assert await kept_by(bench) == {}
    assert await bench.count(PENDING) == 0
    assert (await reason_of(bench)).endswith("Soldwire was removed from the shop's apps at Shopify.")
    assert await told(bench) == 1
    assert (await seller.connect()) == bench.account


async def test_while_shopify_is_away_it_is_tried_again_and_the_token_stays_sealed(seller: Seller) -> None:
    bench, before = seller.bench, (await seller.held()).access_token
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503)
    await bench.disconnect()
    await bench.turn("leaving")
    assert (await shop_of(bench))["installed"] is True
    assert before in str(await kept_by(bench))
    assert (await seller.held()).secrets() == []
    assert await bench.count(f"{PENDING} and failures = 1 and due_at > now()") == 1
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is False
    assert await kept_by(bench) == {}


async def test_it_is_given_up_in_the_end_and_the_seller_reads_what_he_has_to_do(seller: Seller) -> None:
    bench = seller.bench
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503, count=3)
    await bench.disconnect()
    await bench.execute(f"update due_chores set failures = {MOST_TRIES - 2} where kind = 'leaving'")
    await bench.turn("leaving")
    assert await bench.count(f"{PENDING} and due_at > now() + interval '50 minutes'") == 1
    await tell_now(bench)
    assert await bench.count(PENDING) == 0
    assert await kept_by(bench) == {}
    assert "could not be reached" in await reason_of(bench)
    assert "Settings, then Apps and sales channels in Shopify" in await reason_of(bench)


@pytest.mark.parametrize("how", ["the seller did it himself", "the answer was lost"])
async def test_a_shop_that_takes_the_token_no_more_needs_no_telling(seller: Seller, how: str) -> None:
    bench = seller.bench
    if how == "the answer was lost":
        await bench.sandbox.fault("shopify", "appUninstall", "lose_reply")
        await bench.disconnect()
        await bench.turn("leaving")
        assert await bench.count(PENDING) == 1
    else:
        await bench.sandbox.post(f"shopify/accounts/{SHOP}/uninstall")
        await bench.disconnect()
    await tell_now(bench)
    assert await bench.count(PENDING) == 0
    assert await kept_by(bench) == {}
    assert "If it is still among the shop's apps" in await reason_of(bench)


async def test_a_token_that_is_over_is_renewed_for_that_and_on_record_before_it_is_used(
    bench: Bench, gate: Gate
) -> None:
    assert isinstance(bench.settings, Settings)
    await at.new_shop(bench.sandbox, token_ttl=6)
    kept: list[str] = []
    async with at.seller_of(at.settings_of(bench.settings, gate.url), bench.sandbox) as seller:
        await seller.connect()
        await seller.bench.disconnect()

        async def look(asked: Asked) -> Response | None:
            if b"appUninstall" in asked.body:
                kept.append(str(await kept_by(seller.bench)))
                assert asked.headers["x-shopify-access-token"] in kept[-1]
                return Response(status_code=503) if len(kept) == 1 else None
            return None

        gate.step = look
        renewed = gate.token_requests
        await seller.bench.turn("leaving")
        await tell_now(seller.bench)
        assert gate.token_requests == renewed + 2
        assert len(set(kept)) == 2
        assert (await shop_of(seller.bench))["installed"] is False


async def test_what_can_t_be_opened_is_given_up_in_the_end_too(seller: Seller) -> None:
    """Its key may be given back for a day; then its seller is told, and not that it is being done."""
    bench = seller.bench
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503)
    await bench.disconnect()
    await bench.turn("leaving")
    await bench.execute("update accounts set key_id = 'lost'")
    await tell_now(bench)
    assert await bench.count(f"{PENDING} and failures = 2 and due_at > now() + interval '50 minutes'") == 1
    await bench.execute(f"update due_chores set failures = {MOST_TRIES - 1} where kind = 'leaving'")
    await tell_now(bench)
    assert await bench.count(PENDING) == 0
    assert await kept_by(bench) == {}
    reason = await reason_of(bench)
    assert "can't open the sign-in" in reason
    assert "Settings, then Apps and sales channels in Shopify" in reason


async def test_one_that_can_t_be_opened_when_it_is_disconnected_is_told_to_its_seller(seller: Seller) -> None:
    bench = seller.bench
    await bench.execute("update accounts set key_id = 'lost'")
    await bench.disconnect()
    assert await bench.count(PENDING) == 0
    assert (await shop_of(bench))["installed"] is True
    assert "Settings, then Apps and sales channels in Shopify" in await reason_of(bench)


async def test_a_refresh_token_that_died_is_not_the_last_word(seller: Seller, gate: Gate) -> None:
    """One who stood still had another pair made: the token before is good yet, as it is for every other call."""
    bench, held = seller.bench, await seller.held()
    over = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    worn = {"refresh_token": "shprt_dead", "previous": str(held.refresh_token), "expires_at": over}
    async with bench.service.database.bus([bench.tenant]) as uow:
        sealer = Sealer(bench.settings.seal_keys.get_secret_value())  # type: ignore[attr-defined]
        (account,) = (await store.load_accounts(uow, [bench.account], sealer)).values()
        await keep_credentials(uow, sealer, account, {**held.kept(), **worn})
    await bench.disconnect()
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is False
    assert (await reason_of(bench)).endswith("Soldwire was removed from the shop's apps at Shopify.")


async def test_a_notice_to_forget_the_shop_does_not_keep_it_from_being_told(seller: Seller) -> None:
    """One of an earlier installation comes while our app is to be removed: the token stays for that alone."""
    bench = seller.bench
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503)
    await bench.disconnect()
    await bench.turn("leaving")
    assert await at.tell(bench, "shop/redact", {"shop_id": 1, "shop_domain": SHOP}) == 200
    await bench.turn("privacy")
    assert await bench.count("privacy_requests where done_at is not null") == 1
    assert set(await kept_by(bench)) == {"leaving"}
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is False
    assert await kept_by(bench) == {}
    assert (await reason_of(bench)).endswith("Soldwire was removed from the shop's apps at Shopify.")


async def test_a_shop_connected_again_is_not_left_any_more(seller: Seller) -> None:
    bench = seller.bench
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503)
    await bench.disconnect()
    await bench.turn("leaving")
    await seller.connect()
    assert await bench.count(PENDING) == 0
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is True
    assert await told(bench) == 1
    assert await seller.asks_the_shop() == 0


@pytest.mark.parametrize("takes_effect", [True, False])
async def test_who_connects_while_the_shop_is_just_being_told_waits_for_that(
    seller: Seller, gate: Gate, takes_effect: bool
) -> None:
    bench, at_it, go = seller.bench, asyncio.Event(), asyncio.Event()

    async def hold(asked: Asked) -> Response | None:
        if b"appUninstall" not in asked.body:
            return None
        at_it.set()
        await go.wait()
        return None if takes_effect else Response(status_code=503)

    gate.step = hold
    await bench.disconnect()
    telling = asyncio.create_task(bench.turn("leaving"))
    await asyncio.wait_for(at_it.wait(), 10)
    completing = asyncio.create_task(seller.complete(await seller.agree()))
    await asyncio.sleep(0.3)
    assert not completing.done()
    go.set()
    await telling
    answer = await completing
    if takes_effect:  # the code died with the app: it is installed anew
        assert (answer.status_code, answer.json()["code"]) == (422, "code_refused")
        await seller.connect()
    else:
        assert answer.status_code == 201, answer.text
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is True
    assert await bench.count(f"accounts where state = 'connected' and account_id = '{bench.account}'") == 1
    assert await seller.asks_the_shop() == 0


async def test_nobody_is_connected_while_the_shop_is_being_told_for_longer(
    seller: Seller, gate: Gate
) -> None:
    bench = seller.bench
    await bench.disconnect()
    query = await seller.agree()
    await bench.execute(
        "update due_chores set lease_until = now() + interval '1 minute' where kind = 'leaving'"
    )
    answer = await seller.complete(query)
    assert (answer.status_code, answer.json()["code"]) == (409, "being_removed")
    assert await bench.count("accounts where state = 'revoked'") == 1


async def test_another_tenant_s_connection_wins_too(seller: Seller) -> None:
    bench = seller.bench
    before, account = bench.tenant, bench.account
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503)
    await bench.disconnect()
    await bench.turn("leaving")
    bench.tenant = uuid4()
    await seller.connect()
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is True
    assert await seller.asks_the_shop() == 0
    bench.tenant, bench.account = before, account
    assert await kept_by(bench) == {}
    assert "Soldwire stays among the shop's apps" in await reason_of(bench)


async def test_who_only_types_the_shop_s_name_calls_nothing_off(seller: Seller) -> None:
    """Of another tenant, without anything the shop takes: it is told all the same, and its seller reads nothing else."""
    bench = seller.bench
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503)
    await bench.disconnect()
    await bench.turn("leaving")
    mine, bench.tenant = bench.tenant, uuid4()
    given = {"shop": SHOP, "access_token": "shpat_of_a_stranger"}
    answer = await seller.ask("/v1/accounts", given)
    assert (answer.status_code, answer.json()["code"]) == (422, "token_refused")
    bench.tenant = mine
    assert await bench.count(PENDING) == 1
    assert "is being removed from the shop's apps" in await reason_of(bench)
    await tell_now(bench)
    assert (await shop_of(bench))["installed"] is False
    assert (await reason_of(bench)).endswith("Soldwire was removed from the shop's apps at Shopify.")


async def test_two_shops_are_told_each_for_itself(seller: Seller) -> None:
    bench, other = seller.bench, "second.myshopify.com"
    await at.new_shop(bench.sandbox, other)
    first = bench.account
    await seller.connect(other)
    await bench.sandbox.fault("shopify", "appUninstall", "status", status=503, account=SHOP)
    await bench.disconnect()
    bench.account = first
    await bench.disconnect()
    await bench.turn("leaving")
    assert (await bench.sandbox.get(f"shopify/accounts/{other}"))["installed"] is False
    assert (await shop_of(bench))["installed"] is True
    await seller.connect(other)
    assert await bench.count(PENDING) == 1, "connecting one calls nothing of the other off"


async def test_the_word_that_our_app_was_removed_harms_nobody(seller: Seller) -> None:
    """It comes late, or after the shop was connected again, by whomever."""
    bench = seller.bench
    when = {"X-Shopify-Triggered-At": datetime.now(UTC).isoformat()}
    await bench.disconnect()
    await bench.turn("leaving")
    assert await at.tell(bench, "app/uninstalled", {"id": 1}, **when) == 404
    await seller.connect()
    assert await at.tell(bench, "app/uninstalled", {"id": 1}, **when) == 200
    bench.tenant, first = uuid4(), bench.tenant
    await bench.turn("webhooks")
    bench.tenant = first
    assert await bench.count("accounts where state = 'connected'") == 1
    assert await seller.asks_the_shop() == 0


async def test_an_app_of_the_shop_s_own_stays_and_sends_us_nothing_more(bench: Bench) -> None:
    ours, theirs = "https://ours.example/hooks/shopify", "https://elsewhere.example/theirs"
    settings = bench.settings.model_copy(update={"shopify_webhook_address": ours})
    assert isinstance(settings, Settings)
    async with opened(build(settings)) as service:
        own = Bench(**{**vars(bench), "service": service, "settings": settings})
        await bench.connect()
        own.tenant, own.account = bench.tenant, bench.account
        await own.execute("update due_chores set due_at = now() where kind = 'subscriptions'")
        await own.turn("subscriptions")
        await bench.sandbox.post("shopify/subscriptions", {"account": bench.seller, "uri": theirs})
        assert {one["uri"] for one in await subscribed(bench)} == {ours, theirs}
        await bench.disconnect()
        assert "are being ended at Shopify" in await reason_of(bench)
        await own.execute("delete from budgets where scope like '%trial:%'")
        await own.turn("leaving")
        assert {one["uri"] for one in await subscribed(bench)} == {theirs}
        assert await own.count("budgets where scope like '%trial:%'") == 0, "it is no try to connect a shop"
        assert (await shop_of(bench))["installed"] is True
        assert "The app is the shop's own and stays" in await reason_of(bench)
        assert await told(bench) == 0
        await bench.connect()


async def subscribed(bench: Bench) -> list[dict[str, Any]]:
    found = (await bench.sandbox.get("shopify/subscriptions"))["subscriptions"]
    return [one for one in found if one["account"] == bench.seller and not one["removed"]]
