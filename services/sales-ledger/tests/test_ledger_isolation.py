"""Every route, asked by another tenant with the ids of this one: nothing is found, nothing is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from ledger_shop import SOLD_AT, Shop, Stack
from sales_ledger import tables
from soldwire_contracts.sales import SaleUpdated
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import OwnerKind
from sqlalchemy import text
from test_ledger_payouts import covers, key, settled

pytestmark = pytest.mark.bus

PERIOD = {"since": "2026-01-01T00:00:00Z", "until": "2026-12-31T00:00:00Z"}
STATEMENT = {**PERIOD, "currency": "GBP"}
EVERYBODYS = {("GET", "/v1/couriers"), ("GET", "/v1/couriers/recognise")}
NOTHING = {"items": [], "next": None}
GONE = 404
"""What a route answers is its status where it refuses, else the whole of it."""
ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/v1/sales"): NOTHING,
    ("GET", "/v1/sales/totals"): [],
    ("GET", "/v1/sales/by-day"): [],
    ("GET", "/v1/sales/export.csv"): None,
    ("GET", "/v1/sales/{sale_id}"): GONE,
    ("GET", "/v1/sales/{sale_id}/removal"): GONE,
    ("GET", "/v1/sales/{sale_id}/timeline"): GONE,
    ("GET", "/v1/sales/{sale_id}/restatements"): GONE,
    ("GET", "/v1/books/balances"): [],
    ("GET", "/v1/consignors"): NOTHING,
    ("POST", "/v1/consignors"): None,
    ("GET", "/v1/consignors/{consignor_id}"): GONE,
    ("PUT", "/v1/consignors/{consignor_id}"): GONE,
    ("POST", "/v1/consignors/{consignor_id}/deactivate"): GONE,
    ("POST", "/v1/consignors/{consignor_id}/reactivate"): GONE,
    ("GET", "/v1/terms"): NOTHING,
    ("POST", "/v1/terms"): None,
    ("GET", "/v1/consignors/{consignor_id}/terms"): GONE,
    ("POST", "/v1/consignors/{consignor_id}/terms"): GONE,
    ("GET", "/v1/consignors/{consignor_id}/statement"): GONE,
    ("GET", "/v1/consignors/{consignor_id}/statement.csv"): GONE,
    ("GET", "/v1/consignors/{consignor_id}/statement.pdf"): GONE,
    ("POST", "/v1/sales/confirm"): None,
    ("POST", "/v1/sales/confirm-all"): NOTHING,
    ("POST", "/v1/sales/remove"): None,
    ("POST", "/v1/sales/owner"): None,
    ("POST", "/v1/sales/fees"): None,
    ("GET", "/v1/payout-runs"): NOTHING,
    ("POST", "/v1/payout-runs"): 409,
    ("GET", "/v1/payout-runs/due"): NOTHING,
    ("GET", "/v1/payout-runs/{run_id}"): GONE,
    ("GET", "/v1/payout-runs/{run_id}/lines"): GONE,
    ("POST", "/v1/payout-runs/{run_id}/approve"): GONE,
    ("POST", "/v1/payout-runs/{run_id}/pay"): GONE,
    ("POST", "/v1/payout-runs/{run_id}/cancel"): GONE,
    ("POST", "/v1/payout-runs/{run_id}/unpay"): GONE,
    ("GET", "/v1/payouts"): NOTHING,
    ("GET", "/v1/payouts/comparison"): None,
    ("GET", "/v1/payouts/{payout_key}"): GONE,
}
"""None where the answer is looked at by itself."""


def bodies(shop: Shop) -> dict[tuple[str, str], Any]:
    profile = {"code": "C-1", "name": "Mallory"}
    rate = {"rate": {"kind": "fixed", "percent": "1"}}
    return {
        ("POST", "/v1/consignors"): profile,
        ("PUT", "/v1/consignors/{consignor_id}"): profile,
        ("POST", "/v1/terms"): rate,
        ("POST", "/v1/consignors/{consignor_id}/terms"): rate,
        ("POST", "/v1/sales/confirm"): {"sale_ids": [str(shop.sale)]},
        ("POST", "/v1/sales/confirm-all"): {"filter": {}},
        ("POST", "/v1/sales/remove"): {"sale_ids": [str(shop.sale)]},
        ("POST", "/v1/sales/owner"): {"sale_ids": [str(shop.sale)], "owner": "own"},
        ("POST", "/v1/sales/fees"): {"sale_ids": [str(shop.sale)], "fees": "0"},
        ("POST", "/v1/payout-runs"): {"currency": "GBP", "sale_ids": [str(shop.sale)]},
        ("POST", "/v1/payout-runs/{run_id}/pay"): {"method": "cash", "reference": "none"},
    }


async def filled(stack: Stack, shop: Shop) -> dict[str, str]:
    """One of everything there is; the ids of it, by the names paths have for them."""
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant)
    await stack.agree(shop.tenant, shop.consignor)
    await stack.hear(shop.line(order_id="O-1"), shop.sold(OwnerKind.CONSIGNED))
    await stack.hear(shop.line(SaleUpdated, 2, order_id="O-1", title="Jumper"))
    await stack.hear(settled(shop, covers(1, "O-1", "25.29"), covers(2, None, "-1.00")))
    await stack.confirm(shop.tenant, shop.sale)
    stack.clock.now = SOLD_AT + timedelta(days=15)
    run = await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": "GBP"}, expect=201)
    return {
        "sale_id": str(shop.sale),
        "consignor_id": str(shop.consignor),
        "run_id": run["run_id"],
        "payout_key": str(key(shop)),
    }


async def all_of(stack: Stack, tenant: UUID) -> dict[str, list[str]]:
    """Every row of a tenant, whatever the table."""
    named = text(
        "select table_name from information_schema.columns where column_name = 'tenant_id' order by 1"
    )
    async with stack.database.bus((tenant,)) as uow:
        found = {}
        for table in (await uow.conn.execute(named)).scalars():
            rows = text(f"select t::text as row from {table} t where tenant_id = :tenant order by 1")
            found[table] = list((await uow.conn.execute(rows, {"tenant": tenant})).scalars())
    return found


async def test_another_tenant_finds_and_changes_nothing_by_any_route(stack: Stack, shop: Shop) -> None:
    routes = {
        (verb.upper(), path)
        for path, verbs in stack.service.app().openapi()["paths"].items()
        for verb in verbs
        if path.startswith("/v1/")
    }
    assert routes - EVERYBODYS == ANSWERS.keys()
    ids, sent = await filled(stack, shop), bodies(shop)
    before = await all_of(stack, shop.tenant)
    assert {table for table, rows in before.items() if rows} >= {"sales", "payout_runs", "sale_sums"}
    query = {**STATEMENT, "account_id": str(shop.account)}
    seen = {}
    async with stack.client(Shop().tenant) as client:
        for (verb, path), expected in ANSWERS.items():
            more = {} if path in ("/v1/sales/by-day", "/v1/payout-runs/due") else query
            body = sent.get((verb, path), {}) if verb != "GET" else None
            answer = await client.request(verb, path.format(**ids), json=body, params=more)
            seen[verb, path] = answer
            if isinstance(expected, int):
                assert answer.status_code == expected, (path, answer.text)
            else:
                assert answer.status_code in (200, 201), (path, answer.text)
                assert expected is None or answer.json() == expected, path
    for what in ("confirm", "remove", "owner", "fees"):
        (refused,) = seen["POST", f"/v1/sales/{what}"].json()
        assert (refused["status"], refused["refusal"]) == (None, "There is no such sale.")
    compared = seen["GET", "/v1/payouts/comparison"].json()
    assert (compared["totals"], compared["items"]) == ([], [])
    assert len(seen["GET", "/v1/sales/export.csv"].text.splitlines()) == 1
    assert await all_of(stack, shop.tenant) == before


async def test_a_viewer_writes_by_no_route(stack: Stack, shop: Shop) -> None:
    ids, sent = await filled(stack, shop), bodies(shop)
    before = await all_of(stack, shop.tenant)
    async with stack.client(shop.tenant, "viewer") as client:
        for verb, path in ANSWERS:
            if verb != "GET":
                answer = await client.request(verb, path.format(**ids), json=sent.get((verb, path), {}))
                assert answer.status_code == 403, (path, answer.text)
    assert await all_of(stack, shop.tenant) == before


async def test_every_tenants_table_holds_its_policy_for_everybody(stack: Stack) -> None:
    """But for the plumbing and the work queues, which no person's role may read."""
    open_ones = text(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' "
        "where c.relkind = 'r' and not c.relispartition and not (c.relrowsecurity and c.relforcerowsecurity)"
    )
    readable = text("select has_table_privilege(current_user, cast(:table as text), 'select')")
    async with stack.database.request(Shop().tenant) as uow:
        found = list((await uow.conn.execute(open_ones)).scalars())
        assert found
        for table in found:
            assert not (await uow.conn.execute(readable, {"table": table})).scalar_one(), table


async def test_an_erased_tenant_leaves_no_row_in_any_table(stack: Stack, shop: Shop) -> None:
    other = Shop()
    await filled(stack, shop)
    await filled(stack, other)
    kept = await all_of(stack, other.tenant)
    await stack.hear(TenantErased(tenant_id=shop.tenant, erased_at=SOLD_AT))
    left = await all_of(stack, shop.tenant)
    ours = tables.metadata.tables.keys() - {"erased_tenants"}
    assert {name for name, rows in left.items() if rows and name in ours} == set()
    assert {name for name, rows in kept.items() if rows} >= ours - {"due_removals", "due_terms", "accounts"}
    assert await all_of(stack, other.tenant) == kept
