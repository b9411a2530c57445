"""Figures a marketplace changes after it has told them are kept, shown, and provisional for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from kit.paging import encode_cursor
from ledger_shop import SOLD_AT, Shop, Stack, gbp
from sales_ledger.domain import (
    Fee,
    Money,
    Refund,
    RefundState,
    Restatement,
    Sale,
    Status,
    refund_state,
    restatements,
    status_of,
)
from sales_ledger.store.told import dumped, loaded
from sales_ledger.wire.facts import word_of_sale
from soldwire_contracts import Event
from soldwire_contracts.sales import Fee as FeeFact
from soldwire_contracts.sales import Refund as RefundFact
from soldwire_contracts.sales import SaleDetected, SaleRefunded, SaleState, SaleUpdated
from soldwire_contracts.values import Payment, Platform
from testkit.bus import record_of, run_batch

EUROS = {"amount": "29.25", "currency": "EUR"}
UNITS_ALONE = RefundFact(refund_id="U", amount=gbp("0.00"), quantity=1, at=SOLD_AT)
BACK = RefundFact(refund_id="B", amount=gbp("4.00"), quantity=0, at=SOLD_AT)


def fee(amount: str, kind: str = "FINAL_VALUE_FEE") -> FeeFact:
    return FeeFact(kind=kind, amount=gbp(amount))


def after(*facts: SaleState) -> Sale:
    """A sale that heard these facts in this order."""
    sale = Sale(facts[0].tenant_id, facts[0].sale_id)
    for fact in facts:
        event: Event[SaleState] = Event(id=uuid4(), source="/test", type=fact.type, time=SOLD_AT, data=fact)
        sale = word_of_sale(event).apply(sale)
    return sale


def changed(before: SaleState, later: SaleState) -> list[str]:
    return [one.field for one in restatements(after(before, later))]


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"price": gbp("24.00")}, ["price"]),
        ({"price": gbp("25.0")}, []),
        ({"shipping_price": None}, ["shipping_price"]),
        ({"tax": gbp("4.00"), "title": "Another title"}, ["tax"]),
        ({"fees": (fee("3.20"),)}, ["fees"]),
        ({"fees": (fee("3.21"), fee("1.00", "AD_FEE"))}, ["fees"]),
        ({"fees": ()}, ["fees"]),
        ({"payment": Payment.UNPAID, "title": "Another title"}, []),
        ({"price": gbp("20.00"), "fees": (fee("2.00"),)}, ["fees", "price"]),
        ({"discount": gbp("5.00"), "channel": "pos", "presentment": {"price": EUROS}}, []),
        ({"refunds": (UNITS_ALONE,)}, []),
        ({"refunds": (UNITS_ALONE, BACK)}, ["refunds"]),
    ],
)
def test_the_figures_that_changed(more: dict[str, Any], fields: list[str]) -> None:
    shop = Shop()
    assert changed(shop.line(), shop.line(SaleUpdated, 2, **more)) == fields


def test_the_order_of_fees_and_refunds_says_nothing() -> None:
    shop = Shop()
    fees, refunds = (fee("3.21"), fee("1.00", "AD_FEE")), (shop.refund(1, "2.00"), shop.refund(2, "3.00"))
    before = shop.line(fees=fees, refunds=refunds)
    assert changed(before, shop.line(SaleUpdated, 2, fees=fees[::-1], refunds=refunds[::-1])) == []


def test_a_refund_that_is_told_in_the_buyers_currency_at_last_is_no_other_refund() -> None:
    told = BACK.model_copy(update={"presentment": BACK.amount.model_validate(EUROS)})
    shop = Shop()
    before, later = shop.line(refunds=(BACK,)), shop.line(SaleUpdated, 2, refunds=(told,))
    assert changed(before, later) == []
    sale = after(before, later)
    assert sale.line is not None
    assert sale.line.refunds[0].presentment == Money(Decimal("29.25"), "EUR")
    assert loaded(dumped(sale.told, sale.line), sale.line) == sale.told


def test_what_was_restated_is_the_same_in_whatever_order_revisions_come() -> None:
    shop = Shop()
    facts = [
        shop.line(),
        shop.line(SaleUpdated, 2, title="Jumper, red"),
        shop.line(SaleUpdated, 3, price=gbp("24.00")),
        shop.line(SaleUpdated, 5, price=gbp("24.00"), tax=gbp("4.00")),
    ]
    expected = [(3, "price", "25.00", "24.00"), (5, "tax", None, "4.00")]
    for order in permutations(facts):
        sale = after(*order, order[0])
        found = [(r.revision, r.field, amount(r.before), amount(r.after)) for r in restatements(sale)]
        assert found == expected
        assert sale.restated
        assert sale.line is not None
        assert sale.line.revision == 5
        assert loaded(dumped(sale.told, sale.line), sale.line) == sale.told
    assert not after(facts[1]).restated
    assert not after(facts[1], facts[0]).restated


def amount(figure: object) -> str | None:
    return str(figure.amount) if isinstance(figure, Money) else None


def test_a_row_of_before_knows_its_last_figures_and_writes_repeated_ones_once() -> None:
    shop = Shop()
    sale = after(*(shop.line(SaleUpdated, revision, title=f"T{revision}") for revision in (1, 2, 3)))
    column = dumped(sale.told, sale.line)
    assert isinstance(column, list)
    assert [(kept["revision"], kept["figures"]) for kept in column] == [(1, None), (2, None), (3, None)]
    assert [(told.revision, told.figures) for told in loaded(None, sale.line)] == [(3, sale.told[-1].figures)]
    assert loaded(None, None) == ()


@pytest.mark.parametrize(
    ("before", "later", "words"),
    [
        (Money(Decimal("25.00"), "GBP"), Money(Decimal("24.50"), "GBP"), "was 25.00 GBP, is 24.50 GBP now."),
        (None, Money(Decimal("3.00"), "GBP"), "was unknown, is 3.00 GBP now."),
    ],
)
def test_a_restated_price_in_words(before: Money | None, later: Money, words: str) -> None:
    one = Restatement(uuid4(), uuid4(), 2, "price", before, later, SOLD_AT)
    assert one.words == f"Price {words}"


def test_restated_fees_and_refunds_in_words() -> None:
    fees = (Fee("a", Money(Decimal("1.10"), "GBP")), Fee("b", Money(Decimal("2"), "USD")))
    refund = Refund("R", Money(Decimal("4"), "GBP"), 1, SOLD_AT)
    assert Restatement(uuid4(), uuid4(), 2, "fees", (), fees, SOLD_AT).words == (
        "Fees were none, are 1.10 GBP and 2 USD now."
    )
    assert Restatement(uuid4(), uuid4(), 2, "refunds", (), (refund,), SOLD_AT).words == (
        "Refunds were none, are 4 GBP now."
    )


@pytest.mark.parametrize(
    ("refunds", "payment", "state"),
    [
        ((), Payment.PAID, RefundState.NONE),
        (("4.00",), Payment.PAID, RefundState.PARTLY),
        (("4.00", "21.00"), Payment.PAID, RefundState.WHOLLY),
        ((), Payment.PARTLY_REFUNDED, RefundState.PARTLY),
        ((), Payment.REFUNDED, RefundState.WHOLLY),
    ],
)
def test_how_much_went_back(refunds: tuple[str, ...], payment: Payment, state: RefundState) -> None:
    shop = Shop()
    given = tuple(shop.refund(number, amount) for number, amount in enumerate(refunds))
    line = after(shop.line(refunds=given, payment=payment)).line
    assert line is not None
    assert refund_state(line) is state


def test_a_refund_in_another_currency_is_not_the_price() -> None:
    """Three thousand yen are more than twenty-five pounds only by the figure."""
    shop = Shop()
    yen = RefundFact(refund_id="R", amount={"amount": "3000", "currency": "JPY"}, quantity=0, at=SOLD_AT)
    sale = after(shop.line(refunds=(yen,)))
    assert sale.line is not None
    assert (refund_state(sale.line), status_of(sale)) == (RefundState.PARTLY, Status.OWNER_UNKNOWN)


def test_fees_told_for_the_first_time_restate_nothing() -> None:
    """A marketplace that tells them with its payouts had told none before; what it takes back is a restatement."""
    shop = Shop()
    assert changed(shop.line(fees=()), shop.line(SaleUpdated, 2)) == []
    assert changed(shop.line(), shop.line(SaleUpdated, 2, fees=())) == ["fees"]


@pytest.mark.bus
async def test_restatements_are_kept_listed_and_shown_in_the_timeline(stack: Stack, shop: Shop) -> None:
    refund = shop.refund(1, "4.00")
    said = [
        shop.line(fees=(fee("3.00"),)),
        shop.line(SaleUpdated, 2),
        shop.line(SaleUpdated, 3, title="Jumper, red"),
        shop.line(SaleRefunded, 4, price=gbp("24.00"), refunds=(refund,)),
    ]
    for number in (0, 3, 1, 1, 2):
        record = record_of(said[number], at=SOLD_AT + timedelta(hours=5 * number))
        await run_batch(stack.service.routers[0], "sales", [record], stack.database)
    path = f"/v1/sales/{shop.sale}"
    async with stack.client(shop.tenant) as client:
        sale = (await client.get(path)).json()
        listed = (await client.get(f"{path}/restatements")).json()
        first = (await client.get(f"{path}/restatements", params={"limit": 2})).json()
        cursor = {"limit": 2, "cursor": first["next"]}
        second = (await client.get(f"{path}/restatements", params=cursor)).json()
        way = (await client.get(f"{path}/timeline")).json()
    assert sale["restated"] is True
    assert [(one["revision"], one["field"], one["words"]) for one in listed["items"]] == [
        (2, "fees", "Fees were 3.00 GBP, are 3.21 GBP now."),
        (4, "price", "Price was 25.00 GBP, is 24.00 GBP now."),
        (4, "refunds", "Refunds were none, are 4.00 GBP now."),
    ]
    assert (listed["items"][1]["from"], listed["items"][1]["to"]) == (
        {"amount": "25.00", "currency": "GBP"},
        {"amount": "24.00", "currency": "GBP"},
    )
    assert listed["items"][0]["to"] == [
        {"kind": "FINAL_VALUE_FEE", "amount": {"amount": "3.21", "currency": "GBP"}}
    ]
    assert [one["at"] for one in listed["items"][:2]] == [
        "2026-03-01T17:00:00Z",
        "2026-03-02T03:00:00Z",
    ]
    assert first["items"] + second["items"] == listed["items"] == way["restatements"]
    assert (len(first["items"]), second["next"], listed["next"]) == (2, None, None)


@pytest.mark.bus
async def test_a_restatement_within_one_batch_is_kept_too(stack: Stack, shop: Shop) -> None:
    facts = [shop.line(), shop.line(SaleUpdated, 2, price=gbp("24.00")), shop.line(SaleUpdated, 3)]
    await run_batch(stack.service.routers[0], "sales", facts, stack.database)
    async with stack.client(shop.tenant) as client:
        listed = (await client.get(f"/v1/sales/{shop.sale}/restatements")).json()["items"]
    assert [(one["revision"], one["from"]["amount"], one["to"]["amount"]) for one in listed] == [
        (2, "25.00", "24.00"),
        (3, "24.00", "25.00"),
    ]


@pytest.mark.bus
async def test_restatements_of_no_sale_of_another_tenant_and_by_a_foreign_cursor(
    stack: Stack, shop: Shop
) -> None:
    await stack.hear(shop.line(), shop.line(SaleUpdated, 2, price=gbp("24.00")))
    path = f"/v1/sales/{shop.sale}/restatements"
    async with stack.client(uuid4()) as client:
        assert (await client.get(path)).status_code == 404
    async with stack.client(shop.tenant) as client:
        assert (await client.get(f"/v1/sales/{uuid4()}/restatements")).status_code == 404
        for cursor in ("nonsense", encode_cursor("two", "price"), encode_cursor(2**40, "price")):
            answer = await client.get(path, params={"cursor": cursor})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


@pytest.mark.bus
@pytest.mark.parametrize(
    ("platform", "hours"), [("shopify", 24), ("ebay", 48), ("depop", 48), ("elsewhere", None)]
)
async def test_figures_are_provisional_until_the_platforms_delay_has_passed(
    stack: Stack, shop: Shop, platform: str, hours: int | None
) -> None:
    await stack.hear(shop.line(platform=Platform(platform)))

    async def shown() -> tuple[bool, str | None, list[str], list[str]]:
        async with stack.client(shop.tenant) as client:
            sale = (await client.get(f"/v1/sales/{shop.sale}")).json()
            found = [
                (await client.get("/v1/sales", params={"provisional": value})).json()["items"]
                for value in (True, False)
            ]
        ids = [[item["sale_id"] for item in items] for items in found]
        return sale["provisional"], sale["provisional_until"], *ids

    mine = [str(shop.sale)]
    if hours is None:
        assert await shown() == (False, None, [], mine)
        return
    until = SOLD_AT + timedelta(hours=hours)
    stack.clock.now = until - timedelta(seconds=1)
    assert await shown() == (True, until.isoformat().replace("+00:00", "Z"), mine, [])
    stack.clock.now = until
    assert await shown() == (False, until.isoformat().replace("+00:00", "Z"), [], mine)


@pytest.mark.bus
async def test_a_sale_dated_at_the_end_of_time_is_still_shown(stack: Stack, shop: Shop) -> None:
    last = datetime.max.replace(tzinfo=UTC)
    await stack.hear(shop.line(sold_at=last))
    async with stack.client(shop.tenant) as client:
        sale = (await client.get(f"/v1/sales/{shop.sale}")).json()
    assert (sale["provisional"], sale["provisional_until"]) == (True, sale["sold_at"])


@pytest.mark.bus
async def test_lists_filter_by_restated_and_refunded(stack: Stack, shop: Shop) -> None:
    partly, wholly = shop.another(), shop.another()
    await stack.hear(shop.line(), partly.line(), wholly.line())
    await stack.hear(partly.line(SaleRefunded, 2, refunds=(shop.refund(1, "4.00"),)))
    await stack.hear(wholly.line(SaleRefunded, 2, refunds=(shop.refund(1, "25.00"),)))

    async def found(**params: Any) -> set[str]:
        async with stack.client(shop.tenant) as client:
            answer = await client.get("/v1/sales", params=params)
        assert answer.status_code == 200, answer.text
        return {item["sale_id"] for item in answer.json()["items"]}

    one, two, three = str(shop.sale), str(partly.sale), str(wholly.sale)
    assert await found(restated=True) == {two, three}
    assert await found(restated=False) == {one}
    assert await found(refunded="none") == {one}
    assert await found(refunded="partly") == {two}
    assert await found(refunded=["partly", "wholly"]) == {two, three}
    assert await found(refunded=["none", "wholly"]) == {one, three}
    async with stack.client(shop.tenant) as client:
        sale = (await client.get(f"/v1/sales/{partly.sale}")).json()
        wrong = await client.get("/v1/sales", params={"refunded": "half"})
    assert (sale["status"], sale["refund_state"]) == ("owner_unknown", "partly")
    assert sale["refunded"] == {"amount": "4.00", "currency": "GBP"}
    assert wrong.status_code == 422
    said = (await stack.said("sale.recorded"))[-1]
    assert said.refunded == gbp("25.00")


@pytest.mark.bus
async def test_the_detected_sale_is_not_restated_by_what_others_say(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line(SaleDetected), shop.sold(), shop.oversold(1))
    async with stack.client(shop.tenant) as client:
        sale = (await client.get(f"/v1/sales/{shop.sale}")).json()
    assert sale["restated"] is False
