"""The sales CSV: dates of both sides of the Atlantic, blanks, bundles, descriptions with new lines."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import uuid4

import pytest
from connector_depop_ingest.domain import CsvSale, Known, UnreadableRow, csv_key, match
from connector_depop_ingest.wire.sales_csv import COLUMNS, NotASalesCsvError, parse


def file_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="N/A")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def american(**changes: str) -> dict[str, str]:
    row = {
        "Date of sale": "03/14/2026",
        "Time of sale": "2:05 PM",
        "Bundle": "No",
        "Bundle - amount of items": "N/A",
        "Description": "Wool coat\nworn twice, #vintage",
        "Size": "M",
        "Item price": "$25.00",
        "Buyer shipping cost": "$4.50",
        "Total": "$29.50",
        "Depop fee": "$0.00",
        "Depop Payments fee": "$1.42",
        "Buyer Marketplace Fee": "$2.00",
        "Boosting fee": '="-"',
        "US Sales tax": "$1.10",
        "Refunded to buyer amount": "",
    }
    return row | {key.replace("_", " "): value for key, value in changes.items()}


def only(body: bytes, currency: str = "USD") -> CsvSale:
    [sale] = parse(body, currency)
    assert isinstance(sale, CsvSale)
    return sale


def test_an_american_row_is_read_whole() -> None:
    sale = only(file_of(american()))
    assert (sale.sold_on, sale.sold_time, sale.currency) == (date(2026, 3, 14), time(14, 5), "USD")
    assert (sale.items_price, sale.shipping_price, sale.tax) == (
        Decimal("25.00"),
        Decimal("4.50"),
        Decimal("1.10"),
    )
    assert sale.fees == {"payment_fee": Decimal("1.42")}, "the buyer's marketplace fee is not the seller's"
    assert sale.lines[0].description == "Wool coat\nworn twice, #vintage"
    assert sale.refunded == 0


def test_pounds_put_the_day_first_even_where_both_readings_are_dates() -> None:
    sale = only(
        file_of(american(**{"Date of sale": "03/04/2026", "Time of sale": "14:05", "Item price": "£25.00"}))
    )
    assert (sale.sold_on, sale.currency) == (date(2026, 4, 3), "GBP")


def test_one_unmistakable_date_decides_for_the_whole_file() -> None:
    ambiguous = american(
        **{"Date of sale": "03/04/2026", "Time of sale": "14:05", "Item price": "12.00", "Total": "16.50"}
    )
    clear = american(
        **{"Date of sale": "25/04/2026", "Time of sale": "14:05", "Item price": "12.00", "Total": "16.50"}
    )
    first, _ = parse(file_of(ambiguous, clear), "AUD")
    assert isinstance(first, CsvSale)
    assert first.sold_on == date(2026, 4, 3)
    assert first.currency == "AUD"


def test_a_date_that_can_be_two_days_is_a_question() -> None:
    row = american(
        **{"Date of sale": "03/04/2026", "Time of sale": "14:05", "Item price": "12.00", "Total": "16.50"}
    )
    [found] = parse(file_of(row), "USD")
    assert isinstance(found, UnreadableRow)
    assert "two different days" in found.reason


def test_a_bundle_is_one_sale_of_several_lines() -> None:
    head = american(**{"Bundle": "Yes", "Bundle - amount of items": "2", "Item price": "$40.00"})
    second = dict.fromkeys(COLUMNS, '="-"') | {"Description": "Silk scarf", "Size": "One size"}
    bundle, single = parse(file_of(head, second, american()), "USD")
    assert isinstance(bundle, CsvSale)
    assert isinstance(single, CsvSale)
    assert [line.description for line in bundle.lines] == ["Wool coat\nworn twice, #vintage", "Silk scarf"]
    assert bundle.items_price == Decimal("40.00")
    assert single.row == 4


def test_a_row_that_is_no_sale_leaves_its_neighbours() -> None:
    bad, good = parse(file_of(american(**{"Item price": "soon"}), american()), "USD")
    assert isinstance(bad, UnreadableRow)
    assert isinstance(good, CsvSale)


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1,234.50", "1234.50"), ("12,50", "12.50"), ("-$3.00", "-3.00"), ("$-3.00", "-3.00")],
)
def test_amounts_in_every_spelling(written: str, amount: str) -> None:
    assert only(file_of(american(**{"Item price": written}))).items_price == Decimal(amount)


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", "naïve".encode("latin-1"), b"<html>Log in</html>"])
def test_another_file_is_refused(body: bytes) -> None:
    with pytest.raises(NotASalesCsvError):
        parse(body, "USD")


def known(description: str = "wool  COAT", price: str = "25.00", day: int = 14, **more: object) -> Known:
    at = datetime(2026, 3, day, 22, tzinfo=UTC)
    order = str(more.pop("order_id", uuid4().hex))
    return Known(uuid4(), order, "1", description, Decimal(price), at, **more)  # type: ignore[arg-type]


def test_a_row_meets_the_sale_a_browser_read() -> None:
    seen = known()
    assert match(only(file_of(american())), [seen, known(price="24.00"), known("Hat")]).lines == (seen,)


def test_a_row_nobody_read_yet_is_new() -> None:
    assert match(only(file_of(american())), [known(day=10), known(claimed=True)]).lines == ()


def test_two_equal_sales_are_a_question_and_the_exact_day_settles_it() -> None:
    sale = only(file_of(american()))
    twins = [known(), known()]
    assert set(match(sale, twins).candidates) == {twin.sale_id for twin in twins}
    exact, next_day = known(day=14), known(day=15)
    assert match(sale, [next_day, exact]).lines == (exact,)


def test_the_same_row_exported_again_has_the_same_alias_and_twins_differ() -> None:
    first, again = only(file_of(american())), only(file_of(american(**{"Depop Payments fee": "$1.43"})))
    assert csv_key(first, first.lines[0], 0) == csv_key(again, again.lines[0], 0)
    assert csv_key(first, first.lines[0], 0) != csv_key(first, first.lines[0], 1)
