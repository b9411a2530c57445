"""Fees a marketplace tells of an order, transaction by transaction, on the order's lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from connector_kit.domain.currencies import smallest_unit
from connector_kit.domain.orders import Amount, LineFee, OrderLine, split_by_share

_Sums = dict[tuple[str, str, str], Decimal]
"""By source, kind and currency."""


def with_fees(lines: Sequence[OrderLine], told: Iterable[LineFee]) -> list[OrderLine]:
    """All held lines of an order, with the fees `told` of it beside those of other transactions they have already.

    What is told of a transaction replaces what was held of it: telling it again changes nothing. Each fee goes to the
    lines by price share, in the currency's smallest unit, all of them anew: a line that came later bears its share too.
    """
    shares = [max(line.price.amount, Decimal(0)) for line in lines]
    parts: list[list[LineFee]] = [[] for _ in lines]
    totals = _sums(fee for line in lines for fee in line.fees or ()) | _sums(told)
    for (source, kind, currency), total in sorted(totals.items()):
        split = split_by_share(total, shares, smallest_unit(currency))
        for mine, part in zip(parts, split, strict=True):
            mine.append(LineFee(kind, Amount(part, currency), source or None))
    return [replace(line, fees=tuple(mine)) for line, mine in zip(lines, parts, strict=True)]


def _sums(fees: Iterable[LineFee]) -> _Sums:
    sums: _Sums = defaultdict(Decimal)
    for fee in fees:
        sums[fee.source or "", fee.kind, fee.amount.currency] += fee.amount.amount
    return sums
