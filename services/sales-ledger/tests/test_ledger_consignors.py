"""Consignors and their terms over HTTP, what sales lock of them, and whose sale it was, on real PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from ledger_shop import SOLD_AT, Shop, Stack, gbp
from sales_ledger import jobs, usecases, wire
from soldwire_contracts import decode
from soldwire_contracts.ledger import ConsignorChanged
from soldwire_contracts.sales import SaleCancelled, SaleRefunded, SaleUpdated
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import OwnerKind, Payment, SaleStatus
from sqlalchemy import text
from testkit.bus import emitted, record_of

pytestmark = pytest.mark.bus

FIXED_30 = {"kind": "fixed", "percent": "30"}
TIERS = {
    "kind": "tiers",
    "bands": [{"from_price": "0", "percent": "50"}, {"from_price": "20", "percent": "35"}],
}


async def test_a_consignor_is_made_changed_found_and_said_without_a_name(stack: Stack, shop: Shop) -> None:
    made = await stack.consignor(shop.tenant, "C-017", "Zoë Ash", email="zoe@example.org", note="Thursdays")
    await stack.consignor(shop.tenant, "B-001", "Anna Berg")
    path = f"/v1/consignors/{made}"
    edit = {"code": "C-018", "name": "Zoë Ashdown", "expected_revision": 1, "reason": "married"}
    edited = await stack.call(shop.tenant, "PUT", path, edit)
    again = await stack.call(shop.tenant, "PUT", path, edit, expect=409)
    await stack.call(shop.tenant, "POST", f"{path}/deactivate", {"reason": "moved away"})
    await stack.call(shop.tenant, "POST", f"{path}/deactivate", {})
    await stack.call(shop.tenant, "POST", f"{path}/reactivate", {})
    assert (edited["code"], edited["email"], edited["revision"]) == ("C-018", None, 2)
    assert again["code"] == "changed_meanwhile"

    said = [e.data for e in await emitted(stack.database, "consignor.changed")]
    hers = [s for s in said if isinstance(s, ConsignorChanged) and s.consignor_id == made]
    assert [(s.code, s.active, s.revision) for s in hers] == [
        ("C-017", True, 1),
        ("C-018", True, 2),
        ("C-018", False, 3),
        ("C-018", True, 4),
    ]
    assert all("Ash" not in s.model_dump_json() for s in hers)

    found = await stack.call(shop.tenant, "GET", "/v1/consignors", search="ashd")
    first = await stack.call(shop.tenant, "GET", "/v1/consignors", limit=1)
    rest = await stack.call(shop.tenant, "GET", "/v1/consignors", limit=1, cursor=first["next"])
    gone = await stack.call(shop.tenant, "GET", "/v1/consignors", search="thursdays")
    assert [c["code"] for c in found["items"]] == ["C-018"]
    assert [c["code"] for c in (*first["items"], *rest["items"])] == ["B-001", "C-018"]
    assert (rest["next"], gone["items"]) == (None, [])
    shown = await stack.call(shop.tenant, "GET", path)
    assert [(c["what"], c["reason"]) for c in shown["changes"]] == [
        ("reactivate", None),
        ("deactivate", "moved away"),
        ("edit", "married"),
        ("create", None),
    ]


async def test_a_code_is_given_once_also_by_two_people_at_once(stack: Stack, shop: Shop) -> None:
    made = await stack.consignor(shop.tenant, "C-1")
    taken = await stack.call(
        shop.tenant, "POST", "/v1/consignors", {"code": "C-1", "name": "Other"}, expect=409
    )
    other = await stack.consignor(shop.tenant, "C-2")
    body = {"code": "C-1", "name": "Other"}
    renamed = await stack.call(shop.tenant, "PUT", f"/v1/consignors/{other}", body, expect=409)
    assert (taken["code"], taken["details"]["consignor_id"], renamed["code"]) == (
        "code_taken",
        str(made),
        "code_taken",
    )
    await stack.consignor(uuid4(), "C-1")

    async def create() -> int:
        async with stack.client(shop.tenant) as client:
            return (await client.post("/v1/consignors", json={"code": "C-9", "name": "Both"})).status_code

    assert sorted(await asyncio.gather(*(create() for _ in range(6)))) == [201, *[409] * 5]


@pytest.mark.parametrize("code", ["c-1", "-C", "C 1", "", "C" * 33])
async def test_a_code_that_files_could_not_name_is_refused(stack: Stack, shop: Shop, code: str) -> None:
    await stack.call(shop.tenant, "POST", "/v1/consignors", {"code": code, "name": "X"}, expect=422)


async def test_another_tenant_sees_no_consignor_and_a_viewer_changes_none(stack: Stack, shop: Shop) -> None:
    made = await stack.consignor(shop.tenant, "C-1")
    stranger = uuid4()
    await stack.call(stranger, "GET", f"/v1/consignors/{made}", expect=404)
    body = {"rate": FIXED_30, "from_the_beginning": True}
    await stack.call(stranger, "POST", f"/v1/consignors/{made}/terms", body, expect=404)
    assert (await stack.call(stranger, "GET", "/v1/consignors"))["items"] == []
    async with stack.client(shop.tenant, "viewer") as viewer:
        refused = [
            await viewer.post("/v1/consignors", json={"code": "C-2", "name": "X"}),
            await viewer.post("/v1/terms", json=body),
            await viewer.post("/v1/payout-runs", json={"currency": "GBP"}),
            await viewer.post("/v1/sales/owner", json={"sale_ids": [str(made)], "owner": "own"}),
        ]
    assert [answer.status_code for answer in refused] == [403] * 4


async def test_terms_are_only_added_never_in_the_past_and_only_the_first_from_the_beginning(
    stack: Stack, shop: Shop
) -> None:
    made = await stack.consignor(shop.tenant, "C-1")
    path, now = f"/v1/consignors/{made}/terms", stack.clock.now
    past = {"rate": FIXED_30, "effective_from": (now - timedelta(seconds=1)).isoformat()}
    both = {"rate": FIXED_30, "effective_from": now.isoformat(), "from_the_beginning": True}
    nonsense = {"rate": {"kind": "tiers", "bands": [{"from_price": "5", "percent": "10"}]}}
    refused = [
        (await stack.call(shop.tenant, "POST", path, body, expect=422))["code"]
        for body in (past, both, nonsense)
    ]
    assert refused == ["in_the_past", "two_times", "bad_rate"]

    await stack.agree(shop.tenant, made, rate=TIERS, minimum_fee={"amount": "2", "currency": "GBP"})
    second = await stack.call(
        shop.tenant, "POST", path, {"rate": FIXED_30, "from_the_beginning": True}, expect=409
    )
    later = {"rate": FIXED_30, "base": "after_fees", "return_days": 3, "reason": "agreed by phone"}
    await stack.call(
        shop.tenant,
        "POST",
        path,
        {**later, "effective_from": (now + timedelta(days=7)).isoformat()},
        expect=201,
    )
    assert second["code"] == "not_the_first"
    first = await stack.call(shop.tenant, "GET", path, limit=1)
    rest = await stack.call(shop.tenant, "GET", path, limit=1, cursor=first["next"])
    assert [(t["base"], t["return_days"], t["reason"]) for t in first["items"]] == [
        ("after_fees", 3, "agreed by phone")
    ]
    assert [(t["fills_gap"], t["rate"]["bands"][1]["percent"]) for t in rest["items"]] == [(True, "35")]
    assert rest["items"][0]["minimum_fee"]["currency"] == "GBP"
    assert rest["next"] is None


async def shown(stack: Stack, shop: Shop) -> Any:
    return await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}")


async def test_a_sale_keeps_the_terms_of_its_time_whatever_comes_first(stack: Stack) -> None:
    """The terms change after the sale; its words come in every order, before and after that change."""
    ends = []
    for seed in range(10):
        shop, dice = Shop(), random.Random(seed)
        shop.consignor = await stack.consignor(shop.tenant, "C-1")
        stack.clock.now = SOLD_AT - timedelta(days=9)
        await stack.agree(shop.tenant, shop.consignor, rate=TIERS, from_the_beginning=False)
        stack.clock.now = SOLD_AT + timedelta(seconds=1)
        words = [
            shop.line(),
            shop.line(SaleUpdated, 2, price=gbp("24.00")),
            shop.line(SaleRefunded, 3, price=gbp("24.00"), refunds=(shop.refund(1, "4.00"),)),
            shop.sold(OwnerKind.UNKNOWN, after_ms=500),
            shop.sold(OwnerKind.CONSIGNED, after_ms=800),
        ]
        dice.shuffle(words)
        before = dice.randint(0, len(words))
        await stack.hear(*words[:before])
        stack.clock.forward(days=1)
        await stack.agree(shop.tenant, shop.consignor, rate=FIXED_30, from_the_beginning=False)
        await stack.agree(shop.tenant, rate=FIXED_30)
        await stack.hear(*words[before:])
        await stack.sweep()
        sale = await shown(stack, shop)
        ends.append(
            (sale["commission"]["amount"], sale["consignor_share"]["amount"], sale["terms"]["percent"])
        )
        assert (await stack.balances(shop.tenant))["consigned"] == Decimal("-13.00")
    assert set(ends) == {("7.00", "13.00", "35")}


async def test_the_first_terms_fill_the_gap_and_change_nothing(stack: Stack, shop: Shop) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    other = Shop(shop.tenant, shop.account, await stack.consignor(shop.tenant, "C-2"))
    await stack.hear(shop.line(), shop.sold(OwnerKind.CONSIGNED))
    await stack.hear(other.line(), other.sold(OwnerKind.CONSIGNED))
    assert "No terms were agreed" in (await shown(stack, shop))["share_unknown"]
    assert "No terms were agreed" in (await shown(stack, shop))["due"]["why_not"]
    await stack.agree(shop.tenant, shop.consignor, rate=FIXED_30)
    await stack.sweep()
    assert (await shown(stack, shop))["consignor_share"]["amount"] == "17.50"
    assert (await shown(stack, other))["consignor_share"] is None
    # The house's come too late for the first, and those of the second come too late for the house's.
    await stack.agree(shop.tenant)
    await stack.agree(shop.tenant, other.consignor, rate=FIXED_30)
    await stack.sweep()
    assert (await shown(stack, shop))["consignor_share"]["amount"] == "17.50"
    assert (await shown(stack, other))["consignor_share"]["amount"] == "15.00"
    said = await stack.said("sale.recorded")
    assert [s.consignor_share for s in said if s.sale_id == other.sale][-1] == gbp("15.00")


async def test_more_sales_than_one_batch_wait_for_the_first_terms(stack: Stack, shop: Shop) -> None:
    waiting = [shop.another() for _ in range(8)]
    for one in waiting:
        await stack.hear(one.line(), one.sold(OwnerKind.CONSIGNED))
    await stack.agree(shop.tenant)
    await jobs.fill(stack.database, 3)()
    assert [(await shown(stack, one))["consignor_share"]["amount"] for one in waiting] == ["15.00"] * 8
    async with stack.database.bus() as uow:
        assert (await uow.conn.execute(text("select count(*) from due_terms"))).scalar_one() == 0


async def test_terms_wait_for_a_sale_on_its_way_and_find_it(stack: Stack, shop: Shop) -> None:
    """A batch has looked for terms and found none, and is not committed yet, when the first ones are added."""
    await stack.hear(shop.line())
    word: Any = decode(ListingSold, record_of(shop.sold(OwnerKind.CONSIGNED)).value or b"", None)
    waits = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    async with stack.database.bus((shop.tenant,)) as batch:
        await usecases.listen(batch, wire.words_of_stock(word))
        adding = asyncio.create_task(stack.agree(shop.tenant))
        while not (await batch.conn.execute(waits)).scalar_one():
            assert not adding.done(), "the terms did not wait"
    await adding
    await stack.sweep()
    assert (await shown(stack, shop))["consignor_share"]["amount"] == "15.00"


async def test_a_corrected_owner_stands_and_reposts_by_the_difference(stack: Stack, shop: Shop) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    bela = await stack.consignor(shop.tenant, "C-2")
    await stack.agree(shop.tenant)
    await stack.agree(shop.tenant, bela, rate=FIXED_30, from_the_beginning=False)
    await stack.hear(shop.line(), shop.sold(OwnerKind.OWN))
    stack.clock.forward(days=1)
    body: dict[str, Any] = {"sale_ids": [str(shop.sale), str(uuid4())], "reason": "looked at the tag"}
    given = {**body, "owner": "consigned", "consignor_id": str(bela)}
    answers = await stack.call(shop.tenant, "POST", "/v1/sales/owner", given)
    assert [(a["status"], a["refusal"]) for a in answers] == [
        ("not_paid_unconfirmed", None),
        (None, "There is no such sale."),
    ]
    # Sold before his own terms began: the house's hold. Inventory's later word does not undo it.
    await stack.hear(shop.sold(OwnerKind.CONSIGNED, after_ms=900))
    sale = await shown(stack, shop)
    assert (sale["consignor_id"], sale["owner_corrected"], sale["terms"]["percent"]) == (
        str(bela),
        True,
        "40",
    )
    assert await accounts(stack, shop.tenant) == {f"consigned:{bela}": "-15.00", "commission": "-10.00"}
    assert (await stack.said("sale.recorded"))[-1].owner.consignor_id == bela

    undone = await stack.call(
        shop.tenant, "POST", "/v1/sales/owner", {"sale_ids": [str(shop.sale)], "undo": True}
    )
    assert undone[0]["refusal"] is None
    assert await accounts(stack, shop.tenant) == {
        f"consigned:{shop.consignor}": "-15.00",
        "commission": "-10.00",
    }
    way = await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}/timeline")
    assert [(c["what"], c["detail"], c["reason"]) for c in way["changes"]] == [
        ("correct_owner", "consigned: C-2", "looked at the tag"),
        ("uncorrect_owner", None, None),
    ]


async def accounts(stack: Stack, tenant: UUID) -> dict[str, str]:
    """What consignors and commission come to; settled ones are left out."""
    found = await stack.call(tenant, "GET", "/v1/books/balances")
    wanted = [b for b in found if b["account"].startswith(("consigned", "commission", "unassigned"))]
    return {b["account"]: f"{Decimal(b['amount']):.2f}" for b in wanted if Decimal(b["amount"])}


async def test_an_owner_who_is_no_consignor_or_half_said_is_refused(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(), shop.sold())
    sale = [str(shop.sale)]
    stranger = {"sale_ids": sale, "owner": "consigned", "consignor_id": str(uuid4())}
    refused = await stack.call(shop.tenant, "POST", "/v1/sales/owner", stranger, expect=422)
    assert refused["code"] == "no_such_consignor"
    for half in (
        {"owner": "consigned"},
        {"owner": "own", "consignor_id": str(uuid4())},
        {},
        {"owner": "unknown"},
    ):
        await stack.call(shop.tenant, "POST", "/v1/sales/owner", {"sale_ids": sale, **half}, expect=422)
    await stack.call(shop.tenant, "POST", "/v1/sales/remove", {"sale_ids": sale})
    answers = await stack.call(shop.tenant, "POST", "/v1/sales/owner", {"sale_ids": sale, "owner": "own"})
    assert "removed" in answers[0]["refusal"]


async def test_confirm_all_goes_on_page_by_page_with_a_result_each(stack: Stack, shop: Shop) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant)
    sales = [shop.another() for _ in range(5)]
    for number, one in enumerate(sales):
        sold_at = SOLD_AT - timedelta(hours=number)
        await stack.hear(one.line(sold_at=sold_at), one.sold(OwnerKind.CONSIGNED))
    own = shop.another()
    await stack.hear(own.line(), own.sold())
    body: dict[str, Any] = {
        "filter": {"consignor_id": str(shop.consignor)},
        "limit": 2,
        "reason": "month end",
    }
    answers: list[Any] = []
    while True:
        page = await stack.call(shop.tenant, "POST", "/v1/sales/confirm-all", body)
        answers += page["items"]
        if page["next"] is None:
            break
        body["cursor"] = page["next"]
    assert {a["sale_id"] for a in answers} == {str(one.sale) for one in sales}
    assert {a["status"] for a in answers} == {"not_paid"}
    assert (await shown(stack, own))["confirmed_at"] is None
    again = await stack.call(
        shop.tenant, "POST", "/v1/sales/confirm-all", {"filter": {"status": ["not_paid"]}}
    )
    assert {a["refusal"] for a in again["items"]} == {"This sale is confirmed and not paid yet."}
    assert len(again["items"]) == 5


async def test_a_removal_asks_and_answers_itself_by_the_marketplaces_order(stack: Stack, shop: Shop) -> None:
    standing, cancelled = shop.another(), shop.another()
    await stack.hear(standing.line(), standing.sold(), cancelled.line(), cancelled.sold())
    await stack.hear(cancelled.line(SaleCancelled, 2, cancelled_quantity=1, payment=Payment.VOIDED))
    asked = [
        await stack.call(shop.tenant, "GET", f"/v1/sales/{one.sale}/removal") for one in (standing, cancelled)
    ]
    assert [(a["still_have_it"], a["refusal"]) for a in asked] == [(False, None), (True, None)]
    assert "stands" in asked[0]["why"]
    assert "cancelled" in asked[1]["why"]
    sales = [str(standing.sale), str(cancelled.sale)]
    await stack.call(shop.tenant, "POST", "/v1/sales/remove", {"sale_ids": sales})
    stack.clock.forward(seconds=11)
    await stack.sweep()
    said = {s.sale_id: s for s in await stack.said("sale.removed")}
    assert [said[one.sale].still_have_it for one in (standing, cancelled)] == [False, True]  # type: ignore[attr-defined]
    again = await stack.call(shop.tenant, "GET", f"/v1/sales/{standing.sale}/removal")
    assert "removed" in again["refusal"]
    assert said[standing.sale].status is SaleStatus.REMOVED
    assert said[standing.sale].consignor_share is None


async def test_lists_filter_by_consignor_and_by_what_is_due(stack: Stack, shop: Shop) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant)
    late, early, unconfirmed = shop.another(), shop.another(), shop.another()
    await stack.hear(late.line(sold_at=SOLD_AT + timedelta(days=5)), late.sold(OwnerKind.CONSIGNED))
    await stack.hear(early.line(), early.sold(OwnerKind.CONSIGNED))
    await stack.hear(unconfirmed.line(), unconfirmed.sold(OwnerKind.CONSIGNED))
    await stack.hear(shop.line(), shop.sold())
    await stack.confirm(shop.tenant, late.sale, early.sale)
    stack.clock.now = SOLD_AT + timedelta(days=15)

    async def found(**query: Any) -> set[str]:
        page = await stack.call(shop.tenant, "GET", "/v1/sales", **query)
        return {sale["sale_id"] for sale in page["items"]}

    three = {str(one.sale) for one in (late, early, unconfirmed)}
    assert await found(consignor_id=shop.consignor) == three
    assert await found(due=True) == {str(early.sale)}
    assert await found(due=False) == {*three, str(shop.sale)} - {str(early.sale)}
    totals = await stack.call(shop.tenant, "GET", "/v1/sales/totals", due=True)
    assert [(t["count"], Decimal(t["price"])) for t in totals] == [(1, Decimal(25))]
    stack.clock.forward(days=5)
    assert await found(due=True) == {str(early.sale), str(late.sale)}
    export = await export_of(stack, shop)
    assert "consignor_id,commission,consignor_share,paid_amount" in export[0]
    assert sum(f"{shop.consignor},10.00,15.00," in line for line in export) == 3


async def export_of(stack: Stack, shop: Shop) -> list[str]:
    async with stack.client(shop.tenant) as client:
        return (await client.get("/v1/sales/export.csv")).text.splitlines()
