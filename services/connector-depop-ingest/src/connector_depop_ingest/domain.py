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
    claimed: bool = False
    """The door that asks has told this sale already."""


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


def headline(description: str) -> str:
    """The first line that says something: what both doors tell of an article, Depop having no titles."""
    return next((line.strip()[:200] for line in description.splitlines() if line.strip()), "")


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
    """Find the order a CSV sale already is.

    Two equally good orders are a question: a guess could book one sale twice and lose another.
    """
    wanted = [line.description for line in sale.lines]
    fitting = fitting_orders(sale.sold_on, wanted, sale.items_price, known)
    if not fitting:
        return Match()
    same_day = [lines for lines in fitting if lines[0].sold_at.date() == sale.sold_on]
    for orders in (fitting, same_day):
        if len(orders) == 1:
            return Match(lines=orders[0])
    candidates = tuple(line.sale_id for lines in fitting for line in lines)
    return Match(question="Several sales fit this row.", candidates=candidates)


def fitting_orders(
    sold_on: date, descriptions: Sequence[str], price: Decimal, known: Sequence[Known]
) -> list[tuple[Known, ...]]:
    """Known orders of the same day (±1 for time zones), the same articles and the same money, in order of sale."""
    orders: dict[str, list[Known]] = {}
    for line in sorted(known, key=lambda line: (line.sold_at, line.order_id)):
        if not line.claimed and abs(line.sold_at.date() - sold_on) <= timedelta(days=1):
            orders.setdefault(line.order_id, []).append(line)
    return [found for lines in orders.values() if (found := _pair(descriptions, price, lines)) is not None]


def _pair(descriptions: Sequence[str], price: Decimal, lines: Sequence[Known]) -> tuple[Known, ...] | None:
    """The order's lines in the wanted order, or None when they are not the same articles for the same money."""
    if len(lines) != len(descriptions) or sum((line.price for line in lines), Decimal(0)) != price:
        return None
    left = list(lines)
    paired: list[Known] = []
    for wanted in descriptions:
        name = normal(headline(wanted))
        found = next((line for line in left if normal(headline(line.description)) == name), None)
        if found is None:
            return None
        left.remove(found)
        paired.append(found)
    return tuple(paired)


class Fate(StrEnum):
    """What a browser's report makes of a task."""

    REACHED = "reached"
    STILL_FOR_SALE = "still_for_sale"
    SIGNED_OUT = "signed_out"
    CHALLENGED = "challenged"
    UNCLEAR = "unclear"
    FAILED = "failed"
    GIVEN_UP = "browser_failed"


PAUSES = {
    Fate.STILL_FOR_SALE: timedelta(seconds=5),
    Fate.SIGNED_OUT: timedelta(seconds=60),
    Fate.CHALLENGED: timedelta(seconds=60),
    Fate.UNCLEAR: timedelta(seconds=2),
    Fate.FAILED: timedelta(seconds=30),
}
"""When a task that did not end is due again."""

_FATES = {
    "signed_out": Fate.SIGNED_OUT,
    "challenged": Fate.CHALLENGED,
    "unclear": Fate.UNCLEAR,
    "failed": Fate.FAILED,
}
_COUNTED = frozenset({Fate.FAILED, Fate.STILL_FOR_SALE})
MOST_FAILURES = 4


def fate_of(outcome: str, *, for_sale: bool | None, failures: int) -> Fate:
    """What a report makes of a task. Without evidence nothing is reached; what a person can mend is never given up."""
    fate = _FATES.get(outcome)
    if fate is None:
        fate = {False: Fate.REACHED, True: Fate.STILL_FOR_SALE, None: Fate.UNCLEAR}[for_sale]
    return Fate.GIVEN_UP if fate in _COUNTED and failures + 1 >= MOST_FAILURES else fate
