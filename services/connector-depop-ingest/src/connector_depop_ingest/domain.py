"""Depop's own rules: pairing codes, receipts, the two doors' aliases, and what a browser may do about a listing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=10)


class DateOrder(StrEnum):
    """How a CSV writes its dates."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Verb(StrEnum):
    """What a paired browser's token may do."""

    SOLD_ITEMS = "sold_items"
    LISTINGS = "listings"
    SALES_CSV = "sales_csv"
    TASKS = "tasks"


class TakeDown(StrEnum):
    """How a sold listing is taken off Depop. Deleting has no undo."""

    MARK_AS_SOLD = "mark_as_sold"
    DELETE = "delete"


class Door(StrEnum):
    """The ways a Depop sale comes in; they share no order id."""

    PAGE = "page"
    CSV = "csv"


@dataclass(frozen=True)
class CsvLine:
    """One article of a CSV sale."""

    description: str
    size: str | None
    price: Decimal | None


@dataclass(frozen=True)
class CsvSale:
    """One dated row of the CSV with the rest of its bundle."""

    row: int
    sold_on: date
    sold_time: time | None
    currency: str
    items_price: Decimal
    shipping_price: Decimal | None
    tax: Decimal | None
    fees: Mapping[str, Decimal]
    refunded: Decimal
    lines: tuple[CsvLine, ...]

    @property
    def sold_at(self) -> datetime:
        """When it was sold; midday where the file has no time. The export names no time zone: taken as UTC."""
        return datetime.combine(self.sold_on, self.sold_time or time(12), tzinfo=UTC)


@dataclass(frozen=True)
class UnreadableRow:
    """A row that can't be read for sure; a question for the seller, never an event."""

    row: int
    reason: str
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """A sale line one door has brought already, as the other door's row is compared with it."""

    sale_id: UUID
    order_id: str
    line_id: str
    description: str
    price: Decimal
    sold_at: datetime
    has_csv: bool = False


@dataclass(frozen=True)
class Match:
    """What a CSV sale is: one known order, new, or a question with what it could be."""

    lines: tuple[Known, ...] = ()
    question: str | None = None
    candidates: tuple[UUID, ...] = field(default=())


def pretty(code: str) -> str:
    """The code as a person reads it out: `ABCD-2345`."""
    return f"{code[:4]}-{code[4:]}"


def typed(code: str) -> str:
    """The code as it was minted, whatever case, spaces and hyphens it was typed with."""
    return re.sub(r"[\s-]", "", code).upper()


def normal(description: str) -> str:
    """A description compared without case, accents' encoding, emoji variants and white space."""
    folded = unicodedata.normalize("NFKC", description).casefold()
    return re.sub(r"\s+", " ", folded).strip()


def csv_key(sale: CsvSale, line: CsvLine, occurrence: int) -> str:
    """The alias of one CSV line: the same row exported again has the same; equal rows of one file count up."""
    parts = (
        str(sale.sold_on),
        str(sale.sold_time),
        normal(line.description),
        str(sale.items_price),
        str(occurrence),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def match(sale: CsvSale, known: Sequence[Known]) -> Match:
    """Find the order a CSV sale already is: same day (±1 for time zones), descriptions and, unbundled, price.

    Two equally good orders are a question: a guess could book one sale twice and lose another.
    """
    orders: dict[str, list[Known]] = {}
    for line in known:
        if not line.has_csv and abs(line.sold_at.date() - sale.sold_on) <= timedelta(days=1):
            orders.setdefault(line.order_id, []).append(line)
    fitting = [pairs for lines in orders.values() if (pairs := _pair(sale, lines)) is not None]
    if len(fitting) == 1:
        return Match(lines=fitting[0])
    if not fitting:
        return Match()
    same_day = [pairs for pairs in fitting if pairs[0].sold_at.date() == sale.sold_on]
    if len(same_day) == 1:
        return Match(lines=same_day[0])
    candidates = tuple(line.sale_id for pairs in fitting for line in pairs)
    return Match(question="Several sales fit this row.", candidates=candidates)


def _pair(sale: CsvSale, lines: Sequence[Known]) -> tuple[Known, ...] | None:
    """The order's lines in the row's order, or None when they are not the same articles for the same money."""
    if len(lines) != len(sale.lines) or sum((line.price for line in lines), Decimal(0)) != sale.items_price:
        return None
    left = list(lines)
    paired: list[Known] = []
    for wanted in sale.lines:
        found = next((line for line in left if normal(line.description) == normal(wanted.description)), None)
        if found is None:
            return None
        left.remove(found)
        paired.append(found)
    return tuple(paired)
