"""Payout runs over HTTP: drawn, approved, paid, come back, cancelled; two people at once; clawbacks; books."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import PostgresError
from ledger_shop import SOLD_AT, Shop, Stack, gbp
from soldwire_contracts.ledger import SalePaid
from soldwire_contracts.sales import SaleCancelled, SaleRefunded, SaleUpdated
from soldwire_contracts.values import OwnerKind, SaleStatus
from sqlalchemy import text

pytestmark = pytest.mark.bus

RUNS = "/v1/payout-runs"
BACS = {"method": "bank transfer", "reference": "BACS 4711"}


@pytest.fixture
async def consigned(stack: Stack, shop: Shop) -> Shop:
    """A shop whose consignor has one confirmed sale of 25.00 at 40 %: 15.00 are due."""
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant)
    await sell(stack, shop)
    stack.clock.now = SOLD_AT + timedelta(days=15)
    return shop


async def sell(stack: Stack, shop: Shop, price: str = "25.00", **more: Any) -> Shop:
    await stack.hear(shop.line(price=gbp(price), **more), shop.sold(OwnerKind.CONSIGNED))
    assert await stack.confirm(shop.tenant, shop.sale) == [None]
    return shop


async def draw(stack: Stack, shop: Shop, *, expect: int = 201, **more: object) -> Any:
    return await stack.call(shop.tenant, "POST", RUNS, {"currency": "GBP", **more}, expect=expect)


async def do(stack: Stack, shop: Shop, run: Any, what: str, body: object = None, *, expect: int = 200) -> Any:
    path = f"{RUNS}/{run['run_id']}/{what}"
    return await stack.call(shop.tenant, "POST", path, {} if body is None else body, expect=expect)


async def paid_run(stack: Stack, shop: Shop) -> Any:
    run = await draw(stack, shop)
    await do(stack, shop, run, "approve")
    return await do(stack, shop, run, "pay", BACS)


async def shown(stack: Stack, shop: Shop) -> Any:
    return await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}")


async def owed(stack: Stack, shop: Shop) -> str:
    """What the books owe the consignor."""
    found = await stack.call(shop.tenant, "GET", f"/v1/consignors/{shop.consignor}")
    amounts = {b["currency"]: str(b["amount"]) for b in found["balances"]}
    return amounts.get("GBP", "0.00")


async def test_a_run_goes_from_draft_to_paid_and_says_every_sale(stack: Stack, consigned: Shop) -> None:
    await stack.hear(consigned.line(SaleUpdated, 2, title="Red jumper, M"))
    run = await draw(stack, consigned, reason="March")
    assert (run["state"], run["total"], run["left_out"]) == ("draft", "15.00", [])
    assert run["consignors"] == [
        {
            "consignor_id": str(consigned.consignor),
            "code": "C-1",
            "name": "Anna Ash",
            "sales": 1,
            "due": "15.00",
            "clawbacks": "0.00",
            "sum": "15.00",
        }
    ]
    sale = await shown(stack, consigned)
    assert (sale["run_id"], sale["due"]["why_not"]) == (run["run_id"], "It is in a payout run already.")
    early = await do(stack, consigned, run, "pay", BACS, expect=409)
    assert (early["code"], early["message"]) == ("not_as_it_stands", "This run is a draft; approve it first.")

    await do(stack, consigned, run, "approve")
    paid = await do(stack, consigned, run, "pay", {**BACS, "reason": "as every month"})
    assert (paid["state"], paid["method"], paid["reference"]) == ("paid", "bank transfer", "BACS 4711")
    assert [(a["what"], a["reason"]) for a in paid["acts"]] == [
        ("draw", "March"),
        ("approve", None),
        ("pay", "as every month"),
    ]
    said = [s for s in await stack.said("sale.paid") if isinstance(s, SalePaid)]
    assert [(s.paid, s.status, s.paid_amount, s.payout_run_id) for s in said] == [
        (True, SaleStatus.PAID, gbp("15.00"), UUID(run["run_id"]))
    ]
    sale = await shown(stack, consigned)
    assert (sale["status"], sale["paid_amount"]["amount"]) == ("paid", "15.00")
    assert sale["due"]["why_not"] == "Nothing is left to pay."
    assert (await stack.balances(consigned.tenant))["bank"] == Decimal(-15)
    assert await owed(stack, consigned) == "0.00"
    way = await stack.call(consigned.tenant, "GET", f"/v1/sales/{consigned.sale}/timeline")
    assert [(c["what"], c["reason"]) for c in way["changes"]] == [
        ("confirm", None),
        ("pay", "bank transfer: BACS 4711"),
    ]
    lines = await stack.call(consigned.tenant, "GET", f"{RUNS}/{run['run_id']}/lines")
    assert [(one["title"], one["share"], one["paid_before"], one["amount"]) for one in lines["items"]] == [
        ("Red jumper, M", "15.00", "0.00", "15.00")
    ]


async def test_a_payment_needs_a_method_and_a_reference(stack: Stack, consigned: Shop) -> None:
    run = await draw(stack, consigned)
    await do(stack, consigned, run, "approve")
    for half in ({}, {"method": "cash"}, {"method": "cash", "reference": "  "}):
        await do(stack, consigned, run, "pay", half, expect=422)


async def test_a_sale_in_a_run_stays_as_it_is_until_the_run_is_cancelled(
    stack: Stack, consigned: Shop
) -> None:
    run = await draw(stack, consigned)

    async def refusals() -> list[str | None]:
        sale = {"sale_ids": [str(consigned.sale)]}
        answers = [
            *await stack.call(consigned.tenant, "POST", "/v1/sales/confirm", {**sale, "undo": True}),
            *await stack.call(consigned.tenant, "POST", "/v1/sales/owner", {**sale, "owner": "own"}),
            *await stack.call(consigned.tenant, "POST", "/v1/sales/remove", sale),
        ]
        return [answer["refusal"] for answer in answers]

    assert await refusals() == ["This sale is in a payout run; cancel that run first."] * 3
    await do(stack, consigned, run, "approve")
    assert await refusals() == ["This sale is in a payout run; cancel that run first."] * 3
    await do(stack, consigned, run, "cancel", {"reason": "wrong month"})
    assert (await shown(stack, consigned))["run_id"] is None
    again = await do(stack, consigned, run, "pay", BACS, expect=409)
    assert (again["code"], again["details"]["state"]) == ("not_as_it_stands", "cancelled")

    await paid_run(stack, consigned)
    paid = "This sale is paid to its consignor; undo the payment first."
    assert set(await refusals()) == {paid}
    assert (await shown(stack, consigned))["status"] == "paid"


async def test_changed_figures_refuse_the_approval_and_draw_the_run_anew(
    stack: Stack, consigned: Shop
) -> None:
    run = await draw(stack, consigned)
    other = await sell(stack, consigned.another(), "50.00", sold_at=SOLD_AT - timedelta(days=1))
    await stack.hear(consigned.line(SaleRefunded, 2, refunds=(consigned.refund(1, "5.00"),)))
    refused = await do(stack, consigned, run, "approve", expect=409)
    assert refused["code"] == "figures_changed"
    path = f"{RUNS}/{run['run_id']}"
    anew = await stack.call(consigned.tenant, "GET", path)
    assert (anew["state"], anew["total"], anew["consignors"][0]["sales"]) == ("draft", "42.00", 2)
    assert [a["what"] for a in anew["acts"]] == ["draw", "redraw"]
    assert (await shown(stack, other))["run_id"] == run["run_id"]
    assert (await do(stack, consigned, run, "approve"))["state"] == "approved"


async def test_a_draft_whose_sales_were_all_refunded_has_nothing_to_approve(
    stack: Stack, consigned: Shop
) -> None:
    run = await draw(stack, consigned)
    await stack.hear(consigned.line(SaleRefunded, 2, refunds=(consigned.refund(1, "25.00"),)))
    assert (await do(stack, consigned, run, "approve", expect=409))["code"] == "figures_changed"
    assert (await do(stack, consigned, run, "approve", expect=409))["code"] == "nothing_due"
    assert (await do(stack, consigned, run, "cancel"))["state"] == "cancelled"


async def test_a_refund_between_approval_and_payment_is_taken_back_in_the_next_run(
    stack: Stack, consigned: Shop
) -> None:
    run = await draw(stack, consigned)
    await do(stack, consigned, run, "approve")
    await stack.hear(consigned.line(SaleRefunded, 2, refunds=(consigned.refund(1, "10.00"),)))
    await do(stack, consigned, run, "pay", BACS)
    sale = await shown(stack, consigned)
    assert (sale["paid_amount"]["amount"], sale["due"]["amount"]["amount"]) == ("15.00", "-6.00")
    assert sale["due"]["why_not"] is None
    assert await owed(stack, consigned) == "-6.00"

    alone = await draw(stack, consigned, expect=409)
    assert alone["code"] == "nothing_due"
    assert "next run" in alone["details"]["left_out"][str(consigned.consignor)]
    due = (await stack.call(consigned.tenant, "GET", f"{RUNS}/due"))["items"]
    assert [(d["code"], d["due"], d["clawbacks"], d["sum"]) for d in due] == [
        ("C-1", "0.00", "-6.00", "-6.00")
    ]

    other = await sell(stack, consigned.another(), "30.00")
    stack.clock.forward(days=15)
    second = await paid_run(stack, consigned)
    assert (second["total"], second["consignors"][0]["clawbacks"]) == ("12.00", "-6.00")
    assert await owed(stack, consigned) == "0.00"
    said = [s for s in await stack.said("sale.paid") if isinstance(s, SalePaid)]
    assert [(s.paid_amount, s.payout_run_id) for s in said if s.sale_id == consigned.sale] == [
        (gbp("15.00"), UUID(run["run_id"])),
        (gbp("9.00"), UUID(second["run_id"])),
    ]
    assert [s.paid_amount for s in said if s.sale_id == other.sale] == [gbp("18.00")]
    assert (await stack.balances(consigned.tenant))["bank"] == Decimal(-27)


async def test_a_sale_cancelled_after_its_payout_owes_all_of_it(stack: Stack, consigned: Shop) -> None:
    await paid_run(stack, consigned)
    await stack.hear(
        consigned.line(SaleCancelled, 2, cancelled_quantity=1, refunds=(consigned.refund(1, "25.00"),))
    )
    assert (await shown(stack, consigned))["status"] == "cancelled"
    await sell(stack, consigned.another(), "100.00")
    stack.clock.forward(days=15)
    second = await paid_run(stack, consigned)
    assert second["total"] == "45.00"
    sale = await shown(stack, consigned)
    assert (sale["paid_at"], sale["paid_amount"]["amount"]) == (None, "0.00")
    last = [s for s in await stack.said("sale.paid") if s.sale_id == consigned.sale][-1]
    assert isinstance(last, SalePaid)
    assert (last.paid, last.paid_amount) == (False, gbp("0.00"))


async def test_a_transfer_that_came_back_can_be_paid_again_or_cancelled(
    stack: Stack, consigned: Shop
) -> None:
    run = await paid_run(stack, consigned)
    back = await do(stack, consigned, run, "unpay", {"reason": "account closed"})
    assert back["state"] == "approved"
    assert (await shown(stack, consigned))["status"] == "not_paid"
    assert await owed(stack, consigned) == "15.00"
    assert "bank" not in await stack.balances(consigned.tenant)
    await do(stack, consigned, run, "pay", {**BACS, "reference": "BACS 4712"})
    assert await owed(stack, consigned) == "0.00"
    await do(stack, consigned, run, "unpay")
    await do(stack, consigned, run, "cancel")
    said = [s for s in await stack.said("sale.paid") if isinstance(s, SalePaid)]
    assert [(s.paid, s.paid_amount) for s in said] == [
        (True, gbp("15.00")),
        (False, None),
        (True, gbp("15.00")),
        (False, None),
    ]
    assert (await draw(stack, consigned))["total"] == "15.00"


async def test_a_run_whose_sale_a_later_run_has_is_not_taken_back(stack: Stack, consigned: Shop) -> None:
    run = await paid_run(stack, consigned)
    await stack.hear(consigned.line(SaleRefunded, 2, refunds=(consigned.refund(1, "10.00"),)))
    await sell(stack, consigned.another(), "30.00")
    stack.clock.forward(days=15)
    second = await draw(stack, consigned)
    refused = await do(stack, consigned, run, "unpay", expect=409)
    assert refused["code"] == "in_a_later_run"
    assert (await stack.call(consigned.tenant, "GET", f"{RUNS}/{run['run_id']}"))["state"] == "paid"
    await do(stack, consigned, second, "cancel")
    await do(stack, consigned, run, "unpay")


async def test_two_people_pay_one_run_and_the_second_is_told_who_and_when(
    stack: Stack, consigned: Shop
) -> None:
    run = await draw(stack, consigned)
    await do(stack, consigned, run, "approve")

    async def pay(reference: str) -> tuple[int, Any]:
        async with stack.client(consigned.tenant) as client:
            body = {"method": "bank transfer", "reference": reference}
            answer = await client.post(f"{RUNS}/{run['run_id']}/pay", json=body)
            return answer.status_code, answer.json()

    answers = sorted(await asyncio.gather(*(pay(f"BACS {n}") for n in range(5))), key=lambda a: a[0])
    assert [status for status, _ in answers] == [200, 409, 409, 409, 409]
    first = answers[0][1]["acts"][-1]
    for _, refused in answers[1:]:
        assert (refused["code"], refused["details"]["by"]) == ("already_paid", first["by"])
        assert first["by"] in refused["message"]
        assert "2026-03-16 at 12:00" in refused["message"]
    assert len(await stack.said("sale.paid")) == 1
    assert (await stack.balances(consigned.tenant))["bank"] == Decimal(-15)


async def test_two_people_draw_at_once_and_a_sale_is_in_one_run(stack: Stack, consigned: Shop) -> None:
    for _ in range(9):
        await sell(stack, consigned.another(), sold_at=SOLD_AT - timedelta(days=1))

    async def attempt() -> tuple[int, Any]:
        async with stack.client(consigned.tenant) as client:
            answer = await client.post(RUNS, json={"currency": "GBP"})
            return answer.status_code, answer.json()

    answers = sorted(await asyncio.gather(*(attempt() for _ in range(4))), key=lambda a: a[0])
    assert [status for status, _ in answers] == [201, 409, 409, 409]
    assert answers[0][1]["total"] == "150.00"


async def test_approving_locks_sales_in_order_though_it_draws_anew(stack: Stack, consigned: Shop) -> None:
    """A batch holds a sale before the run's own, which the run would take up too, and then wants the run's."""
    run = await draw(stack, consigned)
    await stack.hear(consigned.line(SaleUpdated, 2, price=gbp("20.00")))
    early = consigned.another(sale=UUID(int=1))
    await sell(stack, early, sold_at=SOLD_AT - timedelta(days=1))
    waits = text("select count(*) from pg_locks where not granted")
    held = text("select 1 from sales where sale_id = :id for update")
    async with stack.database.bus((consigned.tenant,)) as batch:
        await batch.conn.execute(held, {"id": early.sale})
        approving = asyncio.create_task(do(stack, consigned, run, "approve", expect=409))
        while not (await batch.conn.execute(waits)).scalar_one():
            assert not approving.done(), "the approval did not wait"
        await batch.conn.execute(held, {"id": consigned.sale})
    assert (await approving)["code"] == "figures_changed"
    shown_now = await stack.call(consigned.tenant, "GET", f"{RUNS}/{run['run_id']}")
    assert shown_now["total"] == "27.00"


async def test_a_run_of_what_is_due_later_is_approved_then(stack: Stack, consigned: Shop) -> None:
    until = stack.clock.now + timedelta(days=5)
    run = await draw(stack, consigned, due_until=until.isoformat())
    refused = await do(stack, consigned, run, "approve", expect=409)
    assert (refused["code"], "2026-03-21 12:00 UTC" in refused["message"]) == ("not_due_yet", True)
    stack.clock.now = until
    assert (await do(stack, consigned, run, "approve"))["state"] == "approved"


async def test_the_database_holds_a_sale_in_one_open_run(stack: Stack, consigned: Shop) -> None:
    run = await draw(stack, consigned)
    again = text(
        "insert into payout_run_lines select :other, consignor_id, sale_id, tenant_id, amount, share, paid_before, true "
        "from payout_run_lines where run_id = :run"
    )
    copy = text(
        "insert into payout_runs select :other, tenant_id, currency, due_until, consignor_ids, sale_ids, state, total, "
        "left_out, method, reference, acts from payout_runs where id = :run"
    )

    async def tamper() -> None:
        async with stack.database.bus((consigned.tenant,)) as uow:
            ids = {"other": uuid4(), "run": UUID(run["run_id"])}
            await uow.conn.execute(copy, ids)
            await uow.conn.execute(again, ids)

    with pytest.raises(PostgresError, match="payout_run_lines_open"):
        await tamper()


async def test_a_single_sale_is_paid_by_a_run_of_its_own_with_what_its_consignor_owes(
    stack: Stack, consigned: Shop
) -> None:
    await paid_run(stack, consigned)
    await stack.hear(consigned.line(SaleRefunded, 2, refunds=(consigned.refund(1, "10.00"),)))
    one = await sell(stack, consigned.another(), "30.00", sold_at=SOLD_AT - timedelta(days=1))
    other = await sell(stack, consigned.another(), "40.00", sold_at=SOLD_AT - timedelta(days=1))
    run = await draw(stack, consigned, sale_ids=[str(one.sale)])
    assert (run["total"], run["consignors"][0]["sales"]) == ("12.00", 2)
    assert (await shown(stack, other))["run_id"] is None
    waiting = await sell(stack, consigned.another(), "40.00", sold_at=SOLD_AT + timedelta(days=5))
    late = await draw(stack, consigned, sale_ids=[str(waiting.sale), str(one.sale)], expect=409)
    assert "in a payout run" in late["details"]["sales"][str(one.sale)]
    assert "open until 2026-03-20" in late["details"]["sales"][str(waiting.sale)]
    await draw(stack, consigned, sale_ids=[str(one.sale)], consignor_ids=[str(one.consignor)], expect=422)


async def test_runs_are_narrowed_to_consignors_and_tell_what_is_due_later(
    stack: Stack, consigned: Shop
) -> None:
    bela = Shop(consigned.tenant, consigned.account, await stack.consignor(consigned.tenant, "C-2", "Bela"))
    await sell(stack, bela, "50.00")
    young = Shop(consigned.tenant, consigned.account, bela.consignor)
    await sell(stack, young, "10.00", sold_at=SOLD_AT + timedelta(days=10))
    eur = Shop(consigned.tenant, consigned.account, bela.consignor)
    await sell_in_euro(stack, eur)
    run = await draw(stack, consigned, consignor_ids=[str(bela.consignor)])
    assert (run["total"], [c["code"] for c in run["consignors"]]) == ("30.00", ["C-2"])
    first = await stack.call(consigned.tenant, "GET", f"{RUNS}/due", limit=1)
    rest = await stack.call(consigned.tenant, "GET", f"{RUNS}/due", cursor=first["next"])
    due = {(d["code"], d["currency"]): d for d in (*first["items"], *rest["items"])}
    assert due["C-1", "GBP"]["due"] == "15.00"
    hers = due["C-2", "GBP"]
    assert (hers["due"], hers["later"], hers["in_runs"]) == ("0.00", "6.00", "30.00")
    assert hers["next_due_at"] == "2026-03-25T12:00:00Z"
    assert due["C-2", "EUR"]["due"] == "6.00"
    until = (SOLD_AT + timedelta(days=25)).isoformat()
    later = await draw(stack, consigned, due_until=until)
    assert later["total"] == "21.00"
    listed = await stack.call(consigned.tenant, "GET", RUNS, state="draft", limit=1)
    following = await stack.call(consigned.tenant, "GET", RUNS, state="draft", limit=1, cursor=listed["next"])
    assert [r["run_id"] for r in (*listed["items"], *following["items"])] == [later["run_id"], run["run_id"]]
    assert (await stack.call(consigned.tenant, "GET", RUNS, state="paid"))["items"] == []


async def sell_in_euro(stack: Stack, shop: Shop) -> None:
    euro = {"amount": "10.00", "currency": "EUR"}
    await stack.hear(shop.line(price=euro, shipping_price=None, fees=()), shop.sold(OwnerKind.CONSIGNED))
    await stack.confirm(shop.tenant, shop.sale)


async def test_a_consignor_who_is_in_no_list_is_left_out_and_said(stack: Stack, consigned: Shop) -> None:
    stranger = Shop(consigned.tenant, consigned.account)
    await sell(stack, stranger, "50.00", sold_at=SOLD_AT - timedelta(days=1))
    run = await draw(stack, consigned)
    assert run["total"] == "15.00"
    assert [(out["amount"], out["code"]) for out in run["left_out"]] == [("30.00", None)]
    assert "not in your list" in run["left_out"][0]["why"]


async def test_a_run_is_no_other_tenants(stack: Stack, consigned: Shop) -> None:
    run = await draw(stack, consigned)
    stranger = Shop()
    await stack.call(stranger.tenant, "GET", f"{RUNS}/{run['run_id']}", expect=404)
    for what, body in (("approve", {}), ("pay", BACS), ("cancel", {}), ("unpay", {})):
        assert (await do(stack, stranger, run, what, body, expect=404))["code"] == "no_such_run"
    assert (await draw(stack, stranger, expect=409))["code"] == "nothing_due"
    assert (await stack.call(stranger.tenant, "GET", f"{RUNS}/due"))["items"] == []


async def test_inventorys_later_word_does_not_move_what_was_paid(stack: Stack, consigned: Shop) -> None:
    await paid_run(stack, consigned)
    await stack.hear(consigned.sold(OwnerKind.UNKNOWN, after_ms=900))
    sale = await shown(stack, consigned)
    assert (sale["status"], sale["consignor_id"]) == ("paid", str(consigned.consignor))
    assert await owed(stack, consigned) == "0.00"
