"""Statements come from the books alone, as JSON, CSV and PDF; each line names its sale, and the end is the books'."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from ledger_shop import SOLD_AT, Shop, Stack, gbp
from pypdf import PdfReader
from sales_ledger.domain import Booked, Consignor, Profile, Statement, statement
from sales_ledger.wire import statement_csv, statement_pdf
from soldwire_contracts.sales import SaleRefunded, SaleUpdated
from soldwire_contracts.values import OwnerKind

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
WHO = Consignor(UUID(int=1), UUID(int=2), Profile("C-017", "Łukasz Żółć & Ζωή Παπαδοπούλου"), MARCH, MARCH)


def booked(number: int, kind: str, amount: str, **more: object) -> Booked:
    values: dict[str, Any] = {
        "at": MARCH + timedelta(days=number % 30),
        "kind": kind,
        "amount": Decimal(amount),
        "sale_id": UUID(int=number),
        "order_number": f"26-{number:05}",
        "title": f"Ćmielów vase {number}",
        "is_first": True,
        **more,
    }
    return Booked(**values)


def of(*entries: Booked, opening: str = "0.00") -> Statement:
    return statement(WHO, "GBP", (MARCH, APRIL), Decimal(opening), entries)


def test_each_entry_has_its_word_and_the_balance_after_it() -> None:
    made = of(
        booked(1, "commission", "-10.00"),
        booked(1, "price", "25.00"),
        booked(2, "refund:R1", "-5.00"),
        booked(2, "commission", "2.00", is_first=False),
        booked(3, "payout:x", "-15.00"),
        booked(4, "payout:x", "15.00", is_first=False),
        booked(5, "payout:x", "-15.00", is_first=False),
        booked(6, "clawback:y", "3.00"),
        booked(7, "clawback:y", "-3.00", is_first=False),
        booked(8, "price", "-1.00", is_first=False),
        booked(9, "cancelled", "-0.50"),
        booked(10, "fee_recharge", "-0.25"),
        opening="1.00",
    )
    assert [(line.what, str(line.balance)) for line in made.lines] == [
        ("sale", "26.00"),
        ("commission", "16.00"),
        ("refund", "11.00"),
        ("commission", "13.00"),
        ("payout", "-2.00"),
        ("payout_undone", "13.00"),
        ("payout", "-2.00"),
        ("clawback", "1.00"),
        ("clawback_undone", "-2.00"),
        ("correction", "-3.00"),
        ("cancelled", "-3.50"),
        ("fees", "-3.75"),
    ]
    assert made.closing == Decimal("-3.75")


def test_a_statement_without_entries_ends_as_it_begins() -> None:
    assert of(opening="7.50").closing == Decimal("7.50")


def test_the_csv_disarms_formulas_and_names_each_sale() -> None:
    evil = booked(1, "price", "25.00", title='=HYPERLINK("x")', order_number="@SUM(A1)")
    rows = list(csv.DictReader(io.StringIO(statement_csv(of(evil, booked(2, "refund:R", "-5.00"))))))
    assert [(row["what"], row["amount"], row["balance"]) for row in rows] == [
        ("Opening balance", "", "0.00"),
        ("Sale", "25.00", "25.00"),
        ("Refund", "-5.00", "20.00"),
        ("Closing balance", "", "20.00"),
    ]
    assert rows[1]["title"] == '\'=HYPERLINK("x")'
    assert rows[1]["order_number"] == "'@SUM(A1)"
    assert rows[1]["sale_id"] == str(UUID(int=1))


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def test_the_pdf_has_a_head_on_every_page_and_prints_the_letters_of_europe() -> None:
    entries = [booked(number, "price", "1234.50") for number in range(1, 101)]
    pages = pages_of(statement_pdf(of(*entries), "Zażółć Vintage – Ihre Abrechnung", APRIL))
    assert len(pages) >= 4
    for number, page in enumerate(pages, start=1):
        assert "Zażółć Vintage – Ihre Abrechnung" in page
        assert "Łukasz Żółć & Ζωή Παπαδοπούλου (C-017)" in page
        assert "2026-03-01 00:00 to 2026-04-01 00:00 UTC, in GBP" in page
        assert f"Page {number} of {len(pages)}" in page
    whole = "\n".join(pages)
    for number in range(1, 101):
        assert str(UUID(int=number)) in whole
        assert f"Ćmielów vase {number}" in whole
    assert "Opening balance" in pages[0]
    assert "123,450.00" in pages[-1].split("Closing balance")[1]


def test_money_stands_at_the_right_of_its_column_with_a_real_minus() -> None:
    made = of(booked(1, "price", "5.00"), booked(2, "price", "1234567.89"), booked(3, "refund:R", "-7.25"))
    ends: dict[str, float] = {}

    def visit(text: str, _: Any, tm: list[float], font: Any, size: float) -> None:
        for amount in ("5.00", "1,234,567.89", "−7.25"):
            if text.strip() == amount and amount not in ends:
                ends[amount] = tm[4]

    page = PdfReader(io.BytesIO(statement_pdf(made, "Statement", APRIL))).pages[0]
    page.extract_text(visitor_text=visit)
    assert ends.keys() == {"5.00", "1,234,567.89", "−7.25"}
    assert ends["1,234,567.89"] < ends["−7.25"] < ends["5.00"]


def test_what_is_too_wide_is_cut_and_what_no_font_has_does_not_stop_it() -> None:
    long = booked(1, "price", "5.00", title="A " + "very " * 60 + "long title", order_number="N" * 90)
    odd = booked(2, "price", "5.00", title="line\nbreak \u0000 着物 🧥")
    pages = pages_of(statement_pdf(of(long, odd), "T" * 100, APRIL))
    assert len(pages) == 1
    assert "…" in pages[0]
    assert "10.00" in pages[0]


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("Ελλάς, Кириллица, Đặng", "Ελλάς, Кириллица, Đặng"),
        ("Cafe\u0301", "Café"),
        ("coat 着物 🧥\ufe0f size M", "coat �� � size M"),
        ("متجر", "����"),
    ],
)
def test_a_letter_the_font_lacks_is_shown_as_missing_and_never_dropped(title: str, printed: str) -> None:
    page = pages_of(statement_pdf(of(booked(1, "price", "5.00", title=title)), "Statement", APRIL))[0]
    assert printed in page
    assert ("has no form for" in page) == ("�" in printed)


def test_a_statements_days_are_those_of_the_zone() -> None:
    """An hour before midnight in UTC is the next day in Berlin, whose March begins then."""
    begin, end = (datetime(2026, month, 1, tzinfo=ZoneInfo("Europe/Berlin")) for month in (3, 4))
    entry = booked(1, "price", "5.00", at=datetime(2026, 2, 28, 23, 30, tzinfo=UTC))
    made = statement(WHO, "GBP", (begin.astimezone(UTC), end), Decimal(0), [entry])
    page = pages_of(statement_pdf(made.in_zone(ZoneInfo("Europe/Berlin")), "Statement", APRIL))[0]
    assert "2026-03-01 00:00 to 2026-04-01 00:00 Europe/Berlin, in GBP" in page
    assert "2026-03-01 26-00001" in page
    rows = list(csv.reader(io.StringIO(statement_csv(made.in_zone(ZoneInfo("Europe/Berlin"))))))
    assert rows[2][0] == "2026-03-01T00:30:00+01:00"
    assert (
        "2026-02-28 23:00 to 2026-03-31 22:00 UTC"
        in pages_of(statement_pdf(made.in_zone(UTC), "S", APRIL))[0]
    )


@pytest.mark.bus
async def test_a_statement_ends_as_the_books_do_and_goes_on_in_the_next_period(
    stack: Stack, shop: Shop
) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-017", "Ζωή Łuk")
    await stack.agree(shop.tenant, return_days=0)
    other = shop.another()
    await stack.hear(shop.line(), shop.sold(OwnerKind.CONSIGNED))
    stack.clock.forward(days=1)
    await stack.hear(other.line(price=gbp("40.00"), title="Coat"), other.sold(OwnerKind.CONSIGNED))
    await stack.confirm(shop.tenant, shop.sale, other.sale)
    run = await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": "GBP"}, expect=201)
    path = f"/v1/payout-runs/{run['run_id']}"
    await stack.call(shop.tenant, "POST", f"{path}/approve", {})
    stack.clock.forward(days=1)
    await stack.call(shop.tenant, "POST", f"{path}/pay", {"method": "cash", "reference": "till 3"})
    middle = stack.clock.now + timedelta(hours=1)
    stack.clock.forward(days=1)
    await stack.hear(shop.line(SaleRefunded, 2, refunds=(shop.refund(1, "5.00"),)))
    await stack.hear(other.line(SaleUpdated, 2, price=gbp("38.00"), title="Coat"))

    account = f"/v1/consignors/{shop.consignor}/statement"
    first = await stack.call(
        shop.tenant, "GET", account, since=MARCH.isoformat(), until=middle.isoformat(), currency="GBP"
    )
    rest = await stack.call(
        shop.tenant, "GET", account, since=middle.isoformat(), until=APRIL.isoformat(), currency="GBP"
    )
    assert [(e["what"], e["title"], e["amount"], e["balance"]) for e in first["lines"][:4]] == [
        ("sale", "Red jumper", "25.00", "25.00"),
        ("commission", "Red jumper", "-10.00", "15.00"),
        ("sale", "Coat", "40.00", "55.00"),
        ("commission", "Coat", "-16.00", "39.00"),
    ]
    assert {(e["what"], e["amount"], e["sale_id"]) for e in first["lines"][4:]} == {
        ("payout", "-15.00", str(shop.sale)),
        ("payout", "-24.00", str(other.sale)),
    }
    assert (first["opening"], first["closing"]) == ("0.00", "0.00")
    assert sorted((e["what"], e["amount"]) for e in rest["lines"]) == [
        ("commission", "0.80"),
        ("commission", "2.00"),
        ("correction", "-2.00"),
        ("refund", "-5.00"),
    ]
    assert (rest["opening"], rest["closing"]) == ("0.00", "-4.20")
    shown = await stack.call(shop.tenant, "GET", f"/v1/consignors/{shop.consignor}")
    assert shown["balances"] == [{"amount": "-4.20", "currency": "GBP"}]

    period = {"since": MARCH.isoformat(), "until": APRIL.isoformat(), "currency": "GBP"}
    async with stack.client(shop.tenant) as client:
        as_csv = await client.get(f"{account}.csv", params=period)
        as_pdf = await client.get(f"{account}.pdf", params={**period, "title": "Μαρτίου"})
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert as_csv.text.splitlines()[-1].endswith("Closing balance,GBP,,-4.20")
    assert as_pdf.headers["content-type"] == "application/pdf"
    page = pages_of(as_pdf.content)[0]
    assert "Μαρτίου" in page
    assert "Ζωή Łuk (C-017)" in page
    assert "−4.20" in page.split("Closing balance")[1]


@pytest.mark.bus
async def test_a_statement_that_can_t_be_made_says_why(stack: Stack, shop: Shop) -> None:
    consignor = await stack.consignor(shop.tenant, "C-1")
    path = f"/v1/consignors/{consignor}/statement"
    period: Any = {"since": APRIL.isoformat(), "until": MARCH.isoformat(), "currency": "GBP"}
    refused = await stack.call(shop.tenant, "GET", path, expect=422, **period)
    assert refused["code"] == "bad_period"
    for since in ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"):
        odd = {**period, "since": since, "until": "9999-12-31T23:00:00Z"}
        assert (await stack.call(shop.tenant, "GET", f"{path}.pdf", expect=422, **odd))[
            "code"
        ] == "bad_period"
    whole = {**period, "since": SOLD_AT.isoformat(), "until": APRIL.isoformat()}
    await stack.call(shop.tenant, "GET", path, expect=422, **{**whole, "currency": "pounds"})
    await stack.call(Shop().tenant, "GET", path, expect=404, **whole)
    assert (await stack.call(shop.tenant, "GET", path, **whole))["lines"] == []
    for kind in ("csv", "pdf"):
        odd = {**whole, "time_zone": "Atlantis"}
        refused = await stack.call(shop.tenant, "GET", f"{path}.{kind}", expect=422, **odd)
        assert refused["code"] == "bad_time_zone"
