"""The figures a marketplace told of a sale, revision by revision; they come in any order.

What is told beside them (discount, the buyer's currency) says how they came about: that it is told at last restates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from sales_ledger.domain.line import Fee, Line, Refund
from sales_ledger.domain.money import Money


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a line that are watched; of lists their order says nothing."""

    price: Money
    shipping_price: Money | None
    tax: Money | None
    fees: tuple[Fee, ...]
    refunds: tuple[Refund, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a revision said, and when that was said to us."""

    revision: int
    figures: Figures
    at: datetime


def figures_of(line: Line) -> Figures:
    """A line's figures."""
    return Figures(
        price=line.price,
        shipping_price=line.shipping_price,
        tax=line.tax,
        fees=tuple(sorted(line.fees, key=_place_of_fee)),
        refunds=_refunds_of(line),
    )


def _refunds_of(line: Line) -> tuple[Refund, ...]:
    """Those that gave money back, in the currency of the books; a refund of units alone is no figure."""
    given = (replace(refund, presentment=None) for refund in line.refunds if refund.amount.amount)
    return tuple(sorted(given, key=lambda refund: refund.refund_id))


def _place_of_fee(fee: Fee) -> tuple[str, str, Decimal]:
    return fee.kind, fee.amount.currency, fee.amount.amount


def with_told(told: tuple[Told, ...], line: Line, at: datetime) -> tuple[Told, ...]:
    """By revision, with this line's; one that was told before stays as it was."""
    if any(one.revision == line.revision for one in told):
        return told
    return tuple(sorted((*told, Told(line.revision, figures_of(line), at)), key=lambda one: one.revision))


def is_restated(told: tuple[Told, ...]) -> bool:
    """Whether a revision changed figures that one before had told."""
    return any(before.figures != after.figures for before, after in pairwise(told))
