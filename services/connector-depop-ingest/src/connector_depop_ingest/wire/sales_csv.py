"""Depop's sales CSV: 31 columns, American or British dates, new lines in descriptions, bundles over several rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from connector_depop_ingest.domain import CsvLine, CsvSale, DateOrder, UnreadableRow

COLUMNS = (
    "Date of sale",
    "Time of sale",
    "Date of listing",
    "Bundle",
    "Bundle - amount of items",
    "Buyer",
    "Brand",
    "Description",
    "Size",
    "Item price",
    "Buyer shipping cost",
    "Total",
    "USPS Cost",
    "Depop fee",
    "Depop Payments fee",
    "Buyer Marketplace Fee",
    "Boosting fee",
    "Payment type",
    "Estimated payout date",
    "Payout arrival date",
    "Category",
    "Name",
    "Address Line 1",
    "Address Line 2",
    "City",
    "State",
    "Post Code",
    "Country",
    "US Sales tax",
    "Refunded to buyer amount",
    "Fees refunded to seller",
)
REQUIRED = frozenset({"Date of sale", "Description", "Item price", "Total"})
# "Buyer Marketplace Fee" is the buyer's, not the seller's.
SELLER_FEES = {
    "Depop fee": "depop_fee",
    "Depop Payments fee": "payment_fee",
    "Boosting fee": "boosting_fee",
    "USPS Cost": "shipping_label",
}
SYMBOLS = {"£": "GBP", "$": "USD", "€": "EUR", "A$": "AUD", "US$": "USD"}
_BLANK = frozenset({"", "-", "n/a", '="-"', "–"})
_MONEY = re.compile(r"(-?)\s*([A-Z]{0,2}[£$€]?)\s*(-?)([\d.,]+)$")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$|(\d{4})-(\d{2})-(\d{2})$")
_TIME_FORMATS = ("%I:%M %p", "%H:%M", "%H:%M:%S", "%I:%M:%S %p")

Row = Mapping[str, str]


class NotASalesCsvError(ValueError):
    """The file is not Depop's sales export; the message says what is missing."""


def parse(body: bytes, currency: str) -> list[CsvSale | UnreadableRow]:
    """Every sale of the file, in its order; a bundle is one sale of several lines.

    `currency` is the shop's, for amounts without a symbol. Raises NotASalesCsvError for another kind of file.
    """
    rows = _rows(body)
    order = date_order(row["Date of sale"] for row in rows if not _blank(row["Date of sale"]))
    order = order or _order_by_habit(rows)
    return [_sale(number, group, order, currency) for number, group in _groups(rows)]


def _rows(body: bytes) -> list[dict[str, str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotASalesCsvError("The file is not UTF-8 text.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = REQUIRED - set(names)
    if missing:
        raise NotASalesCsvError(f"The file has no column {', '.join(sorted(missing))}.")
    reader.fieldnames = names
    try:
        return [{key: value or "" for key, value in row.items() if key in COLUMNS} for row in reader]
    except csv.Error as error:
        raise NotASalesCsvError(f"The file breaks off in line {reader.line_num}.") from error


def _groups(rows: Sequence[dict[str, str]]) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Rows of one sale: a dated row and the undated ones of its bundle below it; numbers count from 2, as in a table."""
    group: list[dict[str, str]] = []
    start = 2
    for number, row in enumerate(rows, start=2):
        if group and not _blank(row["Date of sale"]):
            yield start, group
            group = []
        if not group:
            start = number
        group.append(row)
    if group:
        yield start, group


def date_order(values: Iterable[str]) -> DateOrder | None:
    """Day first or month first, where any date of the file can be only one of them."""
    for value in values:
        found = _DATE.match(value.strip())
        if found and found[1]:
            if int(found[1]) > 12:
                return DateOrder.DAY_FIRST
            if int(found[2]) > 12:
                return DateOrder.MONTH_FIRST
    return None


def _order_by_habit(rows: Sequence[Row]) -> DateOrder | None:
    """American files write AM and PM and dollars; British ones pounds. None leaves the dates ambiguous."""
    times = " ".join(row.get("Time of sale", "") for row in rows).upper()
    prices = " ".join(row.get("Item price", "") for row in rows)
    if "£" in prices:
        return DateOrder.DAY_FIRST
    if "$" in prices and ("AM" in times or "PM" in times):
        return DateOrder.MONTH_FIRST
    return None


def _sale(
    number: int, group: Sequence[dict[str, str]], order: DateOrder | None, currency: str
) -> CsvSale | UnreadableRow:
    head = group[0]
    try:
        return CsvSale(
            row=number,
            sold_on=_date(head["Date of sale"], order),
            sold_time=_time(head.get("Time of sale", "")),
            currency=_currency(head, currency),
            items_price=_items_price(group),
            shipping_price=_money(head.get("Buyer shipping cost", "")),
            tax=_money(head.get("US Sales tax", "")),
            fees={kind: fee for name, kind in SELLER_FEES.items() if (fee := _money(head.get(name, "")))},
            refunded=_money(head.get("Refunded to buyer amount", "")) or Decimal(0),
            lines=tuple(_line(row) for row in group),
        )
    except ValueError as error:
        return UnreadableRow(number, str(error), {key: head[key] for key in ("Date of sale", "Description")})


def _line(row: Row) -> CsvLine:
    size = row.get("Size", "")
    return CsvLine(row["Description"].strip(), None if _blank(size) else size, _money(row["Item price"]))


def _items_price(group: Sequence[Row]) -> Decimal:
    prices = [price for row in group if (price := _money(row["Item price"])) is not None]
    if not prices:
        raise ValueError("no item price")
    return sum(prices, Decimal(0))


def _currency(row: Row, default: str) -> str:
    for name in ("Item price", "Total"):
        found = _MONEY.match(row.get(name, "").strip())
        if found and found[2]:
            return SYMBOLS.get(found[2], default)
    return default


def _money(value: str) -> Decimal | None:
    """An amount, None for a blank. Raises ValueError for anything else."""
    if _blank(value):
        return None
    found = _MONEY.match(value.strip())
    if not found:
        raise ValueError(f"{value!r} is no amount")
    try:
        amount = Decimal(_plain(found[4]))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no amount") from error
    return -amount if found[1] or found[3] else amount


def _plain(digits: str) -> str:
    """`1,234.50` and `12,50` as plain decimals: a comma before exactly two last digits is a decimal comma."""
    if "." not in digits and re.search(r",\d{2}$", digits):
        return digits.replace(",", ".")
    return digits.replace(",", "")


def _date(value: str, order: DateOrder | None) -> date:
    found = _DATE.match(value.strip())
    if not found:
        raise ValueError(f"{value!r} is no date")
    if found[4]:
        return date(int(found[4]), int(found[5]), int(found[6]))
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    if order is None and first != second:
        raise ValueError(f"{value!r} can be two different days")
    return date(year, second, first) if order is DateOrder.DAY_FIRST else date(year, first, second)


def _time(value: str) -> time | None:
    if _blank(value):
        return None
    for pattern in _TIME_FORMATS:
        try:
            return datetime.strptime(value.strip().upper(), pattern).time()  # noqa: DTZ007 - a time of day only
        except ValueError:
            continue
    raise ValueError(f"{value!r} is no time of day")


def _blank(value: str) -> bool:
    return value.strip().lower() in _BLANK
