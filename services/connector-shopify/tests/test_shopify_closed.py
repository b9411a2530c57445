"""An account whose seal can't be opened any more: what needs its sign-in says so and waits, all else goes on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
import shopify_signing_in as at
from connector_kit.usecases import CLOSED
from connector_shopify.config import Settings
from shopify_signing_in import Seller
from soldwire_contracts.sync import SyncProgress
from soldwire_contracts.values import RunState
from testkit.connector import Bench

OTHER = "other.myshopify.com"


@pytest.fixture
async def closed(bench: Bench) -> Bench:
    """A connected shop whose credentials were sealed with a key that is lost."""
    await bench.connect()
    await _lose_its_key(bench)
    return bench


async def _lose_its_key(bench: Bench) -> None:
    await bench.execute(f"update accounts set key_id = 'lost' where account_id = '{bench.account}'")


async def _ask(bench: Bench, method: str, path: str) -> httpx.Response:
    return await Seller(bench).ask(path, {}, method)


def _secret(bench: Bench) -> str:
    assert isinstance(bench.settings, Settings)
    return bench.settings.shopify_client_secret.get_secret_value()


async def _outcomes(bench: Bench) -> list[tuple[UUID, RunState | None, str | None]]:
    said = [e.data for e in await bench.said("sync.progress") if isinstance(e.data, SyncProgress)]
    return [(fact.run_id, fact.outcome, fact.reason) for fact in said if fact.outcome is not None]


async def test_a_run_fails_in_words_and_the_next_one_is_carried_out(closed: Bench) -> None:
    mine = closed.account
    first = await closed.sync()
    assert await _outcomes(closed) == [(first, RunState.FAILED, CLOSED)]
    assert await closed.count("due_runs") == 0
    await _connect_other(closed)
    second = await closed.sync()
    assert (await _outcomes(closed))[-1] == (second, RunState.COMPLETE, None)
    assert closed.account != mine


async def test_a_run_that_loses_its_key_on_the_way_fails_in_words(bench: Bench) -> None:
    """It was at a page; what the marketplace holds for it can't be let go of."""
    await bench.connect()
    await bench.sandbox.fault("shopify", "productVariants", "status", status=503, count=1)
    run = await bench.sync()
    await bench.execute("update runs set cursor = 'somewhere'")
    await _lose_its_key(bench)
    await bench.execute("update due_runs set due_at = now(), lease_until = null")
    await bench.turn("runs")
    assert await _outcomes(bench) == [(run, RunState.FAILED, CLOSED)]


async def test_what_must_be_fetched_waits_and_others_webhooks_are_mapped(closed: Bench) -> None:
    order = {"order_edit": {"id": 1, "order_id": 17, "committed_at": "2026-01-02T10:00:00Z"}}
    assert await at.tell(closed, "orders/edited", order, _secret(closed)) == 200
    mine = closed.account
    await _connect_other(closed)
    await closed.sandbox.listing("shopify", OTHER, "OTHERS-1")
    sold = await closed.sandbox.sell("shopify", OTHER, "OTHERS-1", deliver_webhook=False)
    order["order_edit"]["order_id"] = int(sold["order_id"])
    closed.seller = OTHER
    assert await at.tell(closed, "orders/edited", order, "shpss_other") == 200
    await closed.turn("webhooks")
    assert [sale.account_id for sale in await closed.sales()] == [closed.account]
    waits = f"raw_webhooks where account_id = '{mine}' and mapped_at is null"
    minutes = "between now() + interval '4 minutes' and now() + interval '5 minutes'"
    assert await closed.count(f"{waits} and due_at {minutes}") == 1
    assert await closed.count("dead_letters") == 0
    await closed.execute("update accounts set key_id = 'k1'")
    await closed.execute("update raw_webhooks set due_at = now()")
    await closed.turn("webhooks")
    assert await closed.count(waits) == 0, "once the key is back"


async def test_it_can_be_disconnected_and_nothing_of_it_stays(closed: Bench) -> None:
    await closed.disconnect()
    assert await closed.count("accounts where state = 'revoked' and key_id = 'k1'") == 1
    assert (await Seller(closed).held()).secrets() == []
    assert await closed.count("due_polls") == 0


async def test_its_shop_may_remove_the_app(closed: Bench) -> None:
    assert await at.tell(closed, "app/uninstalled", {"id": 1}, _secret(closed)) == 200
    await closed.turn("webhooks")
    assert await closed.count("accounts where state = 'revoked'") == 1
    assert await closed.count("dead_letters") == 0


async def test_a_test_and_its_health_say_what_is_wrong_and_connecting_again_mends_it(closed: Bench) -> None:
    path = f"/v1/accounts/{closed.account}"
    told = await _ask(closed, "POST", f"{path}/test")
    assert (told.status_code, told.json()["code"], told.json()["message"]) == (409, "sign_in_closed", CLOSED)
    shop: dict[str, Any] = (await _ask(closed, "GET", path)).json()
    assert (shop["health"]["state"], shop["health"]["sentence"]) == ("needs_login", CLOSED)
    assert shop["health"]["action"] == "Connect this shop again."
    await closed.connect()
    assert (await _ask(closed, "POST", f"{path}/test")).status_code == 200
    assert (await _ask(closed, "GET", path)).json()["health"]["state"] == "new"


async def _connect_other(bench: Bench) -> None:
    """Another shop of the same tenant."""
    own = {"client_id": "other-app", "client_secret": "shpss_other"}
    await bench.sandbox.account("shopify", OTHER, **own)
    answer = await Seller(bench).ask("/v1/accounts", {"shop": OTHER, **own})
    assert answer.status_code == 201, answer.text
    bench.account = UUID(answer.json()["account_id"])
