"""How it goes with a shop: the rules, what replicas write of it, and what its seller is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from connector_kit.circuit import FAILURES
from connector_kit.domain import Account
from connector_kit.errors import GONE, NEEDS_LOGIN, RATE_LIMITED, RETRY, STALE, Problem
from connector_kit.reports import Report, Reports
from connector_shopify import usecases
from connector_shopify.client.problems import FROZEN, NOT_MUTABLE, OF_THE_SHOP
from connector_shopify.config import Settings
from connector_shopify.domain import Facts, health_of
from connector_shopify.wire.scopes import missing_scopes
from connector_shopify.wire.webhooks import SUBSCRIBED
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from testkit.connector import Bench
from testkit.http import http_to

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)


def _facts(**more: Any) -> Facts:
    well: dict[str, Any] = {
        "now": NOW,
        "account": "connected",
        "connected_at": LONG_AGO,
        "read_up_to": NOW - timedelta(minutes=1),
    }
    return Facts(**(well | more))


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("well", {}),
        ("new", {"read_up_to": None, "connected_at": NOW}),
        ("behind", {"read_up_to": NOW - timedelta(minutes=6)}),
        ("behind", {"read_up_to": None}),
        ("payouts_unreadable", {"payouts_error": "The permission is missing."}),
        ("products_refused", {"products_refused": 1, "products_reason": "Shopify refuses it."}),
        ("webhooks_missing", {"topics_missing": ["orders/create"]}),
        ("webhooks_missing", {"topics_error": "Shopify refuses the address."}),
        ("unreachable", {"failing_since": NOW - timedelta(minutes=2), "failures": 3}),
        ("well", {"failing_since": NOW - timedelta(seconds=50), "failures": 3}),
        ("well", {"failing_since": NOW - timedelta(minutes=2), "failures": 1}),
        ("scope_missing", {"scopes_missing": ["read_orders"]}),
        ("disconnected", {"account": "revoked"}),
        ("needs_login", {"account": "needs_login"}),
    ],
)
def test_a_rule(state: str, facts: dict[str, Any]) -> None:
    found = health_of(_facts(**facts))
    assert found.state == state
    assert found.sentence.endswith(".")


def test_of_many_the_worst_is_said() -> None:
    """Each takes the place of what is less bad."""
    worse: Sequence[tuple[str, dict[str, Any]]] = [
        ("payouts_unreadable", {"payouts_error": "No."}),
        ("products_refused", {"products_refused": 2, "products_reason": "No."}),
        ("webhooks_missing", {"topics_missing": ["orders/create"]}),
        ("behind", {"read_up_to": LONG_AGO}),
        ("unreachable", {"failing_since": LONG_AGO, "failures": 9, "error": "Away."}),
        ("scope_missing", {"scopes_missing": ["read_orders"]}),
        ("disconnected", {"account": "revoked"}),
    ]
    facts: dict[str, Any] = {}
    for state, more in worse:
        facts |= more
        assert health_of(_facts(**facts)).state == state
    assert health_of(_facts(**(facts | {"account": "needs_login"}))).state == "needs_login"


def test_what_a_seller_must_do_is_said_only_where_there_is_something() -> None:
    assert (
        health_of(_facts(account="needs_login", reason="Token expired.")).action == "Connect this shop again."
    )
    assert health_of(_facts(account="needs_login", reason="Token expired.")).sentence == "Token expired."
    assert health_of(_facts()).action is None
    since = NOW - timedelta(minutes=3)
    away = health_of(_facts(failing_since=since, failures=4))
    assert (away.action, away.since) == (None, since)


def test_to_write_is_to_read() -> None:
    missing = {one.scope for one in missing_scopes(["write_products", "read_orders"])}
    assert "read_products" not in missing
    assert {"write_inventory", "read_inventory", "read_locations"} <= missing
    assert all(one.without for one in missing_scopes([]))


ACCOUNT = Account(uuid4(), uuid4(), "shopify", "1", "demo.myshopify.com", "Demo", LONG_AGO)


@pytest.mark.parametrize(
    ("problem", "fails"),
    [
        (RETRY, True),
        (NEEDS_LOGIN, True),
        (FROZEN, True),
        (STALE, False),
        (GONE, False),
        (NOT_MUTABLE, False),
    ],
    ids=lambda value: value.code if isinstance(value, Problem) else "",
)
def test_what_is_refused_of_one_article_says_nothing_of_the_shop(problem: Problem, fails: bool) -> None:
    reports = Reports(OF_THE_SHOP)
    reports.ended(ACCOUNT, problem)
    (report,) = reports.take()
    assert (report.failures, report.ok_at is None) == ((1, True) if fails else (0, False))


def test_being_throttled_is_neither_well_nor_ill() -> None:
    reports = Reports(OF_THE_SHOP)
    reports.ended(ACCOUNT, RATE_LIMITED)
    assert reports.take() == []


def _reports(tenant: UUID, account: UUID, moments: Sequence[tuple[int, bool]]) -> list[Report]:
    """Successes and failures at seconds of an hour, as one process saw them."""
    clock = iter([NOW + timedelta(seconds=second) for second, _ in moments])
    reports = Reports(clock=lambda: next(clock))
    shop = Account(account, tenant, "shopify", "1", "demo.myshopify.com", "Demo", LONG_AGO)
    for second, well in moments:
        reports.ended(shop, None if well else Problem(RETRY.action, RETRY.nature, f"e{second}", "Away."))
    return reports.take()


async def _write(bench: Bench, reports: Sequence[Report]) -> None:
    async with bench.service.database.bus([bench.tenant], keep=True) as uow:
        await usecases.record_reports(uow, reports)


async def _row(bench: Bench) -> dict[str, Any]:
    async with bench.service.database.bus([bench.tenant]) as uow:
        rows = await uow.conn.execute_sql("select * from account_health")
        return dict(rows.one())


async def _wipe(bench: Bench) -> None:
    """What connecting told is none of these tests'."""
    await bench.execute("delete from account_health")


def _at(second: int) -> datetime:
    return NOW + timedelta(seconds=second)


async def test_replicas_write_in_any_order_and_the_later_sighting_counts(bench: Bench) -> None:
    await bench.connect()
    ours, theirs = [(10, True), (20, False), (30, False)], [(15, False), (25, False)]
    for first, second in ((ours, theirs), (theirs, ours)):
        await _wipe(bench)
        await _write(bench, _reports(bench.tenant, bench.account, first))
        await _write(bench, _reports(bench.tenant, bench.account, second))
        row = await _row(bench)
        assert (row["failing_since"], row["error_code"], row["failures"]) == (_at(15), "e30", 4)
        assert row["ok_at"] == _at(10)


async def test_a_success_ends_it_and_an_older_failure_that_is_written_late_does_not_bring_it_back(
    bench: Bench,
) -> None:
    await bench.connect()
    await _wipe(bench)
    await _write(bench, _reports(bench.tenant, bench.account, [(10, False)]))
    await _write(bench, _reports(bench.tenant, bench.account, [(20, True)]))
    await _write(bench, _reports(bench.tenant, bench.account, [(5, False), (15, False)]))
    row = await _row(bench)
    assert (row["failing_since"], row["failures"], row["ok_at"]) == (None, 0, _at(20))
    assert (row["error_code"], row["error_at"]) == ("e15", _at(15))
    await _write(bench, _reports(bench.tenant, bench.account, [(40, False)]))
    assert (await _row(bench))["failing_since"] == _at(40)


async def test_whatever_is_written_it_never_goes_back(bench: Bench) -> None:
    await bench.connect()
    await _wipe(bench)
    await _write(bench, _reports(bench.tenant, bench.account, [(50, True), (60, False)]))
    before = await _row(bench)
    await _write(bench, _reports(bench.tenant, bench.account, [(1, False), (2, True), (3, False)]))
    after = await _row(bench)
    names = ("ok_at", "error_at", "error_code", "failing_since")
    assert [after[name] for name in names] == [before[name] for name in names]


async def test_a_shop_that_was_forgotten_is_not_brought_back(bench: Bench) -> None:
    await bench.connect()
    await _wipe(bench)
    await _write(bench, _reports(bench.tenant, uuid4(), [(1, True)]))
    assert await bench.count("account_health") == 0


@given(st.lists(st.booleans(), max_size=20))
def test_failures_are_counted_from_the_last_success(outcomes: list[bool]) -> None:
    moments = list(enumerate(outcomes))
    reports = _reports(uuid4(), uuid4(), moments)
    since = [second for second, well in moments if well]
    trailing = [second for second, _ in moments if not since or second > since[-1]]
    assert sum(report.failures for report in reports) == len(trailing)
    if reports:
        assert reports[0].failing_since == (_at(trailing[0]) if trailing else None)


async def _api(
    bench: Bench, method: str, path: str, *, caller: dict[str, str] | None = None, **more: Any
) -> Any:
    async with http_to(bench.url, timeout=15) as http:
        return await http.request(method, path, headers=caller or bench.caller, **more)


async def _shop(bench: Bench) -> dict[str, Any]:
    await bench.turn("health")
    answer = await _api(bench, "GET", f"/v1/accounts/{bench.account}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_shop_is_told_whole_and_without_its_secrets(bench: Bench) -> None:
    await bench.connect()
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls", "health")
    shop = await _shop(bench)
    assert shop["health"] == {
        "state": "well",
        "sentence": "All is well. Orders are read as they come.",
        "action": None,
        "since": None,
    }
    assert (shop["connected_by"], shop["token_expires_at"], shop["sold_out"]) == ("token", None, "keep")
    assert shop["bucket"]["maximum"] == 2000
    assert shop["last_error"] is None
    listed = await _api(bench, "GET", "/v1/accounts")
    assert listed.json() == [shop]
    assert str(bench.connect_body["access_token"]) not in listed.text


async def test_another_tenant_sees_and_changes_nothing(bench: Bench) -> None:
    await bench.connect()
    bench.tenant, mine = uuid4(), bench.tenant
    assert (await _api(bench, "GET", "/v1/accounts")).json() == []
    path = f"/v1/accounts/{bench.account}"
    for method, address, body in (
        ("GET", path, None),
        ("PATCH", path, {"sold_out": "draft"}),
        ("DELETE", path, None),
        ("POST", f"{path}/test", None),
    ):
        answer = await _api(bench, method, address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_account")
    bench.tenant = mine
    assert (await _shop(bench))["sold_out"] == "keep"


async def test_what_becomes_of_sold_out_products_and_who_counts_are_changed_alone_or_together(
    bench: Bench,
) -> None:
    await bench.connect()
    path = f"/v1/accounts/{bench.account}"
    changed = (await _api(bench, "PATCH", path, json={"sold_out": "draft"})).json()
    assert (changed["sold_out"], changed["stock_master"]) == ("draft", False)
    changed = (await _api(bench, "PATCH", path, json={"stock_master": True})).json()
    assert (changed["sold_out"], changed["stock_master"]) == ("draft", True)
    changed = (await _api(bench, "PATCH", path, json={"stock_master": False, "sold_out": "keep"})).json()
    assert (changed["sold_out"], changed["stock_master"]) == ("keep", False)
    assert (await _api(bench, "PATCH", path, json={"sold_out": "burn"})).status_code == 422


async def test_a_shop_that_goes_away_is_unreachable_and_well_again(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.fault("shopify", "orders", "status", status=503, count=100)
    for _ in range(2):
        await bench.execute("update due_polls set due_at = now(), lease_until = null")
        await bench.turn("polls", "health")
    assert (await _shop(bench))["health"]["state"] == "new", "it may be a hiccup"
    await bench.execute("update account_health set failing_since = failing_since - interval '2 minutes'")
    shop = await _shop(bench)
    assert shop["health"]["state"] == "unreachable"
    assert "can't be reached" in shop["health"]["sentence"], "nobody was about to change a listing"
    assert (shop["last_error"]["code"], shop["last_error"]["failures"]) == ("answer_lost", 2)
    await bench.sandbox.control.delete("/control/faults")
    await bench.execute("update due_polls set due_at = now(), lease_until = null")
    await bench.turn("polls", "health")
    shop = await _shop(bench)
    assert shop["health"]["state"] == "well"
    assert shop["last_error"]["failures"] == 0, "what was is still told for a day"


async def test_a_refused_token_and_a_disconnected_shop_say_so(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.fault("shopify", "orders", "status", status=401, count=1)
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    shop = await _shop(bench)
    assert (shop["health"]["state"], shop["health"]["action"]) == ("needs_login", "Connect this shop again.")
    await bench.disconnect()
    assert (await _shop(bench))["health"]["state"] == "disconnected"


async def test_missing_permissions_and_topics_are_named(bench: Bench) -> None:
    await bench.connect()
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls", "health")
    held = "[" + ",".join(f'"{topic}"' for topic in SUBSCRIBED if topic != "refunds/create") + "]"
    await bench.execute(f"update account_health set topics = '{held}', topics_at = now()")
    shop = await _shop(bench)
    assert (shop["health"]["state"], shop["webhooks"]["missing"]) == ("webhooks_missing", ["refunds/create"])
    await bench.execute(
        """update account_health set scopes = '["read_orders", "write_products"]', scopes_at = now()"""
    )
    shop = await _shop(bench)
    assert shop["health"]["state"] == "scope_missing"
    missing = {one["scope"]: one["needed"] for one in shop["scopes"]["missing"]}
    assert missing["write_inventory"] is True
    assert missing["read_all_orders"] is False
    assert "read_products" not in missing


async def test_shops_are_counted_by_how_it_goes_with_them(bench: Bench) -> None:
    await bench.connect()
    labels = {"platform": "shopify", "state": "needs_login"}
    await bench.turn("measure-health")
    assert REGISTRY.get_sample_value("soldwire_accounts", labels) == 0
    await bench.execute("update accounts set state = 'needs_login'")
    await bench.turn("measure-health")
    assert REGISTRY.get_sample_value("soldwire_accounts", labels) == 1
    assert REGISTRY.get_sample_value("soldwire_accounts", {**labels, "state": "new"}) == 0


async def test_a_key_that_is_gone_does_not_hide_the_shops(bench: Bench) -> None:
    await bench.connect()
    await bench.execute("update accounts set key_id = 'lost'")
    assert (await _shop(bench))["connected_by"] == "token"


async def _test(bench: Bench) -> dict[str, Any]:
    answer = await _api(bench, "POST", f"/v1/accounts/{bench.account}/test")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_test_asks_every_part_and_changes_nothing(bench: Bench) -> None:
    await bench.connect()
    before = await bench.sandbox.get("truth/summary")
    found = await _test(bench)
    steps = {step["name"]: step for step in found["steps"]}
    assert list(steps) == ["token", "shop", "scopes", "orders", "articles", "webhooks", "payouts"]
    assert all(steps[name]["ok"] for name in ("token", "shop", "orders", "articles"))
    assert not steps["webhooks"]["ok"]
    assert "no public address" in steps["webhooks"]["words"]
    assert found["ok"] is False
    assert all(step["words"] and step["ms"] >= 0 for step in found["steps"])
    changed = await bench.sandbox.calls(platform="shopify", account=bench.seller, changed="true")
    assert changed == []
    assert (await bench.sandbox.get("truth/summary")).keys() == before.keys()


async def test_one_part_that_fails_leaves_the_others(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.fault("shopify", "orders", "status", status=500, count=1)
    steps = {step["name"]: step for step in (await _test(bench))["steps"]}
    assert not steps["orders"]["ok"]
    assert steps["articles"]["ok"]


async def test_a_refused_token_is_said_and_nothing_more_is_asked(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.fault("shopify", "currentAppInstallation", "status", status=401, count=1)
    before = len(await bench.sandbox.calls(platform="shopify", account=bench.seller))
    found = await _test(bench)
    assert [step["ok"] for step in found["steps"]] == [False] * 7
    assert "Connect the account again" in found["steps"][0]["words"]
    assert len(await bench.sandbox.calls(platform="shopify", account=bench.seller)) == before + 1
    assert (await _shop(bench))["state"] == "connected", "a test changes nothing"


async def test_a_shop_that_hangs_is_waited_for_as_long_as_a_call_may_take(bench: Bench) -> None:
    assert isinstance(bench.settings, Settings)
    await bench.connect()
    await bench.sandbox.fault(
        "shopify", "currentAppInstallation", "timeout_before_effect", seconds=20, count=1
    )
    step = (await _test(bench))["steps"][0]
    assert not step["ok"]
    assert step["ms"] < 1000 * (bench.settings.call_timeout_seconds + 2)


async def test_it_is_tested_six_times_a_minute_at_most(bench: Bench) -> None:
    await bench.connect()
    for _ in range(6):
        await _test(bench)
    answer = await _api(bench, "POST", f"/v1/accounts/{bench.account}/test")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_fast")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_disconnected_shop_is_not_tested(bench: Bench) -> None:
    await bench.connect()
    await bench.disconnect()
    answer = await _api(bench, "POST", f"/v1/accounts/{bench.account}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "disconnected")


async def test_while_its_circuit_is_open_a_test_says_so_at_once(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.fault("shopify", "currentAppInstallation", "status", status=503, count=100)
    for _ in range(FAILURES):
        await _test(bench)
    before = len(await bench.sandbox.calls(platform="shopify", account=bench.seller))
    found = await _test(bench)
    assert "can't be reached" in found["steps"][0]["words"]
    assert len(await bench.sandbox.calls(platform="shopify", account=bench.seller)) == before
