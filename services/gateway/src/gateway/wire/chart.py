"""Sales by day as the chart and its table read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from gateway.domain.money import written
from gateway.wire.sales import Day

DAYS = 30
PLATFORMS = ("shopify", "ebay", "depop", "elsewhere")


@dataclass(frozen=True, slots=True)
class Row:
    """One day of the table view."""

    day: date
    counts: tuple[int, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Series:
    """Thirty days: one list of counts per platform, in the order of `platforms`."""

    platforms: tuple[str, ...]
    days: tuple[date, ...]
    counts: tuple[tuple[int, ...], ...]
    rows: tuple[Row, ...]
    total: int


def series_of(found: Iterable[Day], today: date) -> Series:
    """Fill the days without sales and keep only platforms that sold."""
    days = tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))
    entries = [entry for entry in found if days[0] <= entry.day <= today]
    platforms = tuple(p for p in PLATFORMS if any(e.platform == p for e in entries))
    count_of = {(e.platform, e.day): 0 for e in entries}
    money_of: dict[date, dict[str, Decimal]] = {}
    for entry in entries:
        count_of[entry.platform, entry.day] += entry.count
        totals = money_of.setdefault(entry.day, {})
        totals[entry.currency] = totals.get(entry.currency, Decimal(0)) + entry.price
    counts = tuple(tuple(count_of.get((p, day), 0) for day in days) for p in platforms)
    rows = tuple(
        Row(
            day,
            tuple(count_of.get((p, day), 0) for p in platforms),
            ", ".join(written(amount, currency) for currency, amount in money_of.get(day, {}).items()),
        )
        for day in reversed(days)
        if day in money_of
    )
    return Series(platforms, days, counts, rows, sum(map(sum, counts)))
