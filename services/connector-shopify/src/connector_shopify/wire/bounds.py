"""What amounts may be: each of an order may fit, and its lines still come to more than money has digits for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from connector_kit.domain import Amount, OrderLine
from connector_kit.marketplace import UnmappableError

_MOST = Decimal(10) ** 14
"""Fourteen digits before the point and six behind it are what an event's money holds."""


def keepable(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    """The lines, if every amount of theirs can be kept. Raises UnmappableError."""
    for line in lines:
        for amount in _amounts(line):
            if amount is not None and abs(amount.amount) >= _MOST:
                raise UnmappableError(f"line {line.line_id}: its units come to an amount of too many digits")
    return lines


def _amounts(line: OrderLine) -> Iterator[Amount | None]:
    yield from (line.price, line.shipping_price, line.tax, line.discount)
    for refund in line.refunds:
        yield from (refund.amount, refund.presentment)
    if line.presentment is not None:
        seen = line.presentment
        yield from (seen.price, seen.shipping_price, seen.tax, seen.discount)
