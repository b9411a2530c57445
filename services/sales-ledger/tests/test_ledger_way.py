"""What the ledger hears becomes one sale, its books, its way and people's decisions, on real PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from asyncpg import PostgresError
from kit.paging import encode_cursor
from ledger_shop import SOLD_AT, Shop, Stack, gbp
from sales_ledger import tables, usecases
from soldwire_contracts import Fact
from soldwire_contracts.ledger import SaleConfirmed, SaleRemoved
from soldwire_contracts.sales import SaleCancelled, SaleDetected, SaleRefunded, SaleUpdated
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import Outcome, OwnerKind, Payment, SaleStatus, StepState
from sqlalchemy import text
from testkit.bus import run_batch

pytestmark = pytest.mark.bus


async def test_own_stock_is_complete_and_consigned_waits_for_a_confirmation(stack: Stack, shop: Shop) -> None:
    consigned = shop.another()
    await stack.hear(shop.line(), consigned.line())
    assert {s.status for s in await stack.said("sale.recorded")} == {SaleStatus.OWNER_UNKNOWN}
    await stack.hear(shop.sold(), consigned.sold(OwnerKind.CONSIGNED))
    said = {s.sale_id: s for s in await stack.said("sale.recorded")}
    assert said[shop.sale].status is SaleStatus.COMPLETE
    assert said[consigned.sale].status is SaleStatus.NOT_PAID_UNCONFIRMED
    assert said[shop.sale].revision == 2
    assert said[shop.sale].net == gbp("25.29")


async def test_a_lower_or_same_revision_changes_nothing(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(SaleUpdated, 3, price=gbp("20.00")), shop.line(), shop.line(SaleUpdated, 3))
    said = await stack.said("sale.recorded")
    assert [s.price for s in said] == [gbp("20.00")]


HISTORY: tuple[Callable[[Shop], Fact], ...] = (
    lambda s: s.line(),
    lambda s: s.line(SaleUpdated, 2, price=gbp("24.00")),
    lambda s: s.line(SaleRefunded, 3, price=gbp("24.00"), refunds=(s.refund(1, "4.00"),)),
    lambda s: s.sold(OwnerKind.UNKNOWN, after_ms=500),
    lambda s: s.sold(OwnerKind.CONSIGNED, Outcome.CONTENDED, after_ms=800),
    lambda s: s.oversold(0, after_ms=700),
    lambda s: s.oversold(1, after_ms=900),
    lambda s: s.progress(1, StepState.ASKED),
    lambda s: s.progress(2, StepState.DONE),
    lambda s: s.progress(2, StepState.DONE, completed=True),
)


async def end_state(stack: Stack, shop: Shop, facts: list[Fact]) -> tuple[object, ...]:
    await stack.agree(shop.tenant)
    await stack.hear(*facts)
    async with stack.client(shop.tenant) as client:
        sale = (await client.get(f"/v1/sales/{shop.sale}")).json()
    volatile = {
        "sale_id",
        "account_id",
        "article_id",
        "listing_id",
        "consignor_id",
        "revision",
        "recorded_at",
        "terms",
    }
    kept = {name: value for name, value in sale.items() if name not in volatile}
    kept["chips"] = [(chip["state"], chip["exposure_ms"]) for chip in sale["chips"]]
    return kept, await stack.balances(shop.tenant)


async def test_any_order_with_duplicates_ends_in_the_same_state(stack: Stack) -> None:
    ends = []
    for seed in range(12):
        shop, dice = Shop(), random.Random(seed)
        facts = [make(shop) for make in HISTORY]
        shuffled = facts + dice.sample(facts, 4)
        dice.shuffle(shuffled)
        ends.append(await end_state(stack, shop, facts if seed == 0 else shuffled))
    assert all(end == ends[0] for end in ends)
    sale, balances = ends[0]
    assert isinstance(sale, dict)
    assert (sale["status"], sale["contention"], sale["chips"]) == (
        "not_paid_unconfirmed",
        None,
        [("done", 900)],
    )
    assert isinstance(balances, dict)
    assert (balances["consigned"], balances["commission"]) == (Decimal("-12"), Decimal("-8"))


async def test_the_timeline_tells_each_hop_with_its_milliseconds(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(), shop.sold(), shop.progress(1, StepState.ASKED))
    await stack.hear(shop.progress(2, StepState.DONE, completed=True))
    async with stack.client(shop.tenant) as client:
        way = (await client.get(f"/v1/sales/{shop.sale}/timeline")).json()
    hops = [(h["what"], h["since_sold_ms"], h["since_accepted_ms"]) for h in way["hops"]]
    assert hops == [
        ("sold", 0, -400),
        ("accepted", 400, 0),
        ("recorded", 450, 50),
        ("reserved", 500, 100),
        ("asked", 600, 200),
        ("called", 700, 300),
        ("taken_down", 900, 500),
        ("verified", 950, 550),
        ("completed", 2000, 1600),
    ]


async def test_the_books_move_from_unassigned_to_the_owner_once_the_share_is_known(
    stack: Stack, shop: Shop
) -> None:
    await stack.hear(shop.line())
    assert (await stack.balances(shop.tenant))["unassigned"] == Decimal("-25")
    await stack.hear(shop.sold(OwnerKind.CONSIGNED))
    assert (await stack.balances(shop.tenant))["unassigned"] == Decimal("-25")
    await stack.agree(shop.tenant)
    await stack.sweep()
    assert await stack.balances(shop.tenant) == {
        "marketplace": Decimal("25.29"),
        "consigned": Decimal("-15"),
        "commission": Decimal("-10"),
        "shipping": Decimal("-3.5"),
        "fees": Decimal("3.21"),
    }


async def test_an_unpaid_order_cancelled_leaves_no_money_in_the_books(stack: Stack, shop: Shop) -> None:
    plain: dict[str, Any] = {"payment": Payment.UNPAID, "shipping_price": None, "fees": ()}
    await stack.hear(shop.line(**plain), shop.sold())
    await stack.hear(shop.line(SaleCancelled, 2, cancelled_quantity=1, **plain))
    assert await stack.balances(shop.tenant) == {}
    assert (await stack.said("sale.recorded"))[-1].status is SaleStatus.CANCELLED


async def test_a_payout_moves_what_was_owed_to_the_bank_by_the_difference(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(), shop.sold(), shop.payout(1, "20.00"), shop.payout(2, "25.29"))
    await stack.hear(shop.payout(1, "20.00"))
    balances = await stack.balances(shop.tenant)
    assert balances["bank"] == Decimal("25.29")
    assert "marketplace" not in balances


async def test_the_database_refuses_a_posting_that_does_not_balance(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line())

    async def tamper() -> None:
        async with stack.database.bus((shop.tenant,)) as uow:
            await uow.conn.execute(text("update entries set amount = amount + 1 where position = 0"))

    with pytest.raises(PostgresError, match="does not balance"):
        await tamper()


async def test_a_second_posting_of_one_kind_and_reference_is_refused(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line())

    async def repeat() -> None:
        async with stack.database.bus((shop.tenant,)) as uow:
            await uow.conn.execute(
                text(
                    "insert into postings (id, tenant_id, subject_id, kind, reference, posted_at) "
                    "select gen_random_uuid(), tenant_id, subject_id, kind, reference, posted_at from postings"
                )
            )

    with pytest.raises(PostgresError, match="postings_once"):
        await repeat()


async def test_confirm_some_with_a_result_each_and_undo(stack: Stack, shop: Shop) -> None:
    own, unknown = shop.another(), shop.another()
    await stack.hear(shop.line(), shop.sold(OwnerKind.CONSIGNED), own.line(), own.sold(), unknown.line())
    ids = [str(s.sale) for s in (shop, own, unknown)]
    async with stack.client(shop.tenant) as client:
        body = {"sale_ids": [*ids, str(uuid4())], "reason": "counted"}
        answers = (await client.post("/v1/sales/confirm", json=body)).json()
        again = (await client.post("/v1/sales/confirm", json={"sale_ids": ids[:1]})).json()
        undone = (await client.post("/v1/sales/confirm", json={"sale_ids": ids[:1], "undo": True})).json()
        way = (await client.get(f"/v1/sales/{shop.sale}/timeline")).json()
    assert [a["status"] for a in answers] == ["not_paid", "complete", "owner_unknown", None]
    assert [a["refusal"] is None for a in answers] == [True, True, False, False]
    assert again[0]["refusal"]
    assert undone[0]["status"] == "not_paid_unconfirmed"
    assert [(c["what"], c["reason"]) for c in way["changes"]] == [("confirm", "counted"), ("unconfirm", None)]
    said = [s for s in await stack.said("sale.confirmed") if isinstance(s, SaleConfirmed)]
    assert [s.confirmed for s in said if s.sale_id == shop.sale] == [True, False]


async def test_a_removal_is_said_only_once_its_undo_has_passed_and_survives_rereads(
    stack: Stack, shop: Shop
) -> None:
    await stack.hear(shop.line(), shop.sold())
    async with stack.client(shop.tenant) as client:
        body = {"sale_ids": [str(shop.sale)], "still_have_it": True}
        await client.post("/v1/sales/remove", json=body)
    await stack.sweep()
    assert await stack.said("sale.removed") == []
    assert await stack.balances(shop.tenant) == {}
    stack.clock.forward(seconds=11)
    await stack.sweep()
    await stack.sweep()
    said = [s for s in await stack.said("sale.removed") if isinstance(s, SaleRemoved)]
    assert [(s.removed, s.still_have_it) for s in said] == [(True, True)]
    await stack.hear(shop.line(SaleUpdated, 2, title="Red jumper, M"))
    assert (await stack.said("sale.recorded"))[-1].status is SaleStatus.REMOVED


async def test_an_undone_removal_is_never_said(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(), shop.sold())
    async with stack.client(shop.tenant) as client:
        await client.post("/v1/sales/remove", json={"sale_ids": [str(shop.sale)]})
        await client.post("/v1/sales/remove", json={"sale_ids": [str(shop.sale)], "undo": True})
    stack.clock.forward(seconds=11)
    await stack.sweep()
    assert await stack.said("sale.removed") == []
    assert (await stack.balances(shop.tenant))["sales"] == Decimal("-25")


async def test_a_removal_begun_anew_has_its_own_undo(stack: Stack, shop: Shop) -> None:
    """A process had claimed the first one, which was undone and begun again before it came to say it."""
    await stack.hear(shop.line(), shop.sold())
    body = {"sale_ids": [str(shop.sale)]}
    await stack.call(shop.tenant, "POST", "/v1/sales/remove", body)
    stack.clock.forward(seconds=11)
    async with stack.database.bus() as uow:
        claimed = await usecases.claim(uow, 10)
    await stack.call(shop.tenant, "POST", "/v1/sales/remove", {**body, "undo": True})
    await stack.call(shop.tenant, "POST", "/v1/sales/remove", body)
    async with stack.database.bus() as uow:
        await usecases.say_removed(uow, claimed)
    assert (claimed, await stack.said("sale.removed")) == ([(shop.tenant, shop.sale)], [])
    stack.clock.forward(seconds=11)
    await stack.sweep()
    assert len(await stack.said("sale.removed")) == 1


async def test_lists_filter_search_page_and_add_up(stack: Stack, shop: Shop) -> None:
    for number in range(5):
        one = shop.another()
        await stack.hear(one.line(title=f"Blue coat {number}", sku=f"COAT-{number}"))
    await stack.hear(shop.line(), shop.sold())
    async with stack.client(shop.tenant) as client:
        found = (await client.get("/v1/sales", params={"search": "coat blu", "limit": 3})).json()
        rest = (
            await client.get("/v1/sales", params={"search": "coat blu", "limit": 3, "cursor": found["next"]})
        ).json()
        complete = (await client.get("/v1/sales", params={"status": "complete"})).json()
        totals = (await client.get("/v1/sales/totals")).json()
        days = (await client.get("/v1/sales/by-day", params={"time_zone": "Europe/London"})).json()
        nonsense = await client.get("/v1/sales", params={"cursor": encode_cursor("nonsense", "7")})
    assert len({s["sale_id"] for s in found["items"] + rest["items"]}) == 5
    assert rest["next"] is None
    assert [s["sale_id"] for s in complete["items"]] == [str(shop.sale)]
    assert [(t["currency"], t["count"], Decimal(t["price"])) for t in totals] == [("GBP", 6, Decimal(150))]
    assert [(d["day"], d["count"]) for d in days] == [("2026-03-01", 6)]
    assert nonsense.status_code == 422


async def test_the_export_disarms_formulas_and_pages_to_the_end(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(title='=HYPERLINK("http://evil","x")', sku="@SUM(A1)"))
    await stack.hear(*(shop.another().line() for _ in range(3)))
    async with stack.client(shop.tenant) as client:
        lines = (await client.get("/v1/sales/export.csv")).text.splitlines()
    assert len(lines) == 5
    evil = next(line for line in lines if "HYPERLINK" in line)
    assert "\"'=HYPERLINK" in evil
    assert ",'@SUM(A1)," in evil


async def test_an_export_that_can_t_be_asked_for_is_refused_before_it_begins(
    stack: Stack, shop: Shop
) -> None:
    async with stack.client(shop.tenant) as client:
        answer = await client.get("/v1/sales/export.csv", params={"platform": "\0"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_storable")


async def test_a_viewer_changes_nothing_and_another_tenant_sees_nothing(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line())
    async with stack.client(shop.tenant, "viewer") as client:
        refused = await client.post("/v1/sales/confirm", json={"sale_ids": [str(shop.sale)]})
    async with stack.client(uuid4()) as client:
        hidden = await client.get(f"/v1/sales/{shop.sale}")
        confirmed = (await client.post("/v1/sales/confirm", json={"sale_ids": [str(shop.sale)]})).json()
    assert (refused.status_code, hidden.status_code) == (403, 404)
    assert confirmed[0]["refusal"]


async def test_a_contended_sale_says_why_until_inventory_says_otherwise(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(), shop.sold(outcome=Outcome.CONTENDED), shop.oversold(0))
    async with stack.client(shop.tenant) as client:
        found = (await client.get("/v1/sales", params={"contended": True})).json()["items"]
        assert found[0]["contention"].startswith("The last one was sold")
        await stack.hear(shop.oversold(1, after_ms=900))
        assert (await client.get("/v1/sales", params={"contended": True})).json()["items"] == []


async def test_an_erased_tenant_is_forgotten_and_replays_of_it_are_dropped(stack: Stack, shop: Shop) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant, return_days=0)
    await stack.hear(shop.line(), shop.sold(OwnerKind.CONSIGNED), shop.payout(1, "5.00"))
    await stack.confirm(shop.tenant, shop.sale)
    await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": "GBP"}, expect=201)
    await stack.hear(TenantErased(tenant_id=shop.tenant, erased_at=SOLD_AT))
    await stack.hear(shop.line(SaleUpdated, 9), shop.payout(2, "6.00"))
    async with stack.database.bus((shop.tenant,)) as uow:
        for table in tables.metadata.tables.values():
            if "tenant_id" in table.c and table.name != "erased_tenants":
                count = await uow.conn.execute(text(f"select count(*) from {table.name}"))
                assert count.scalar_one() == 0, table.name


async def test_five_hundred_sales_in_one_batch(stack: Stack, shop: Shop) -> None:
    shops = [shop.another() for _ in range(500)]
    facts = [s.line(SaleDetected) for s in shops]
    await run_batch(stack.service.routers[0], "sales", facts, stack.database)
    await run_batch(stack.service.routers[0], "stock", [s.sold() for s in shops], stack.database)
    assert len(await stack.said("sale.recorded")) == 1000
    assert (await stack.balances(shop.tenant))["sales"] == Decimal(-12_500)
