"""What a consignor pays the shop: rates, which terms hold at a time, and the terms a sale has locked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Literal
from uuid import UUID

from sales_ledger.domain.money import Money


class Base(StrEnum):
    """What a commission is taken from."""

    BEFORE_FEES = "before_fees"
    AFTER_FEES = "after_fees"


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same percentage of every sale."""

    percent: Decimal
    kind: Literal["fixed"] = "fixed"


@dataclass(frozen=True, slots=True)
class Band:
    """From this unit price on, this percentage."""

    from_price: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Tiers:
    """The percentage of the band the unit price falls in."""

    bands: tuple[Band, ...]
    kind: Literal["tiers"] = "tiers"


@dataclass(frozen=True, slots=True)
class Linear:
    """A percentage that moves evenly between two unit prices and is flat outside."""

    low_price: Decimal
    low_percent: Decimal
    high_price: Decimal
    high_percent: Decimal
    kind: Literal["linear"] = "linear"


Rate = Fixed | Tiers | Linear
"""Prices are plain figures in whatever currency the sale is in."""


def percent_at(rate: Rate, unit_price: Decimal) -> Decimal:
    """The percentage for one unit of this price."""
    if isinstance(rate, Fixed):
        return rate.percent
    if isinstance(rate, Tiers):
        reached = [band.percent for band in rate.bands if band.from_price <= unit_price]
        return reached[-1] if reached else rate.bands[0].percent
    return _between(rate, unit_price)


def _between(rate: Linear, unit_price: Decimal) -> Decimal:
    if unit_price <= rate.low_price:
        return rate.low_percent
    if unit_price >= rate.high_price:
        return rate.high_percent
    way = (unit_price - rate.low_price) / (rate.high_price - rate.low_price)
    return rate.low_percent + way * (rate.high_percent - rate.low_percent)


def flaw_of(rate: Rate) -> str | None:
    """What is wrong with a rate, in words; None when nothing is."""
    if isinstance(rate, Tiers):
        return _flaw_of_tiers(rate.bands)
    if isinstance(rate, Linear) and rate.low_price >= rate.high_price:
        return "The higher price must be above the lower one."
    return None


def _flaw_of_tiers(bands: Sequence[Band]) -> str | None:
    if not bands or bands[0].from_price != 0:
        return "The first band must begin at a price of 0."
    if any(second.from_price <= first.from_price for first, second in pairwise(bands)):
        return "Each band must begin at a higher price than the one before."
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed with a consignor, or by default with all (the house's, without a consignor).

    They hold from a time that was not past when they were said, so that the terms of a time never change. The first
    ones may also fill the time before, where nothing was agreed.
    """

    terms_id: UUID
    tenant_id: UUID
    consignor_id: UUID | None
    effective_from: datetime
    fills_gap: bool
    rate: Rate
    minimum_fee: Money | None
    """Per unit; for sales in its currency only."""
    base: Base
    return_days: int
    created_at: datetime
    created_by: str
    reason: str | None = None


def in_effect(history: Iterable[Terms], consignor_id: UUID, at: datetime) -> Terms | None:
    """The terms for a consignor at a time: his own before the house's; where neither, what fills the gap.

    Of those that fill it the first said wins, so that later ones change nothing that was known.
    """
    known = sorted(history, key=lambda terms: (terms.effective_from, terms.created_at, terms.terms_id))
    for whose in (consignor_id, None):
        begun = [t for t in known if t.consignor_id == whose and t.effective_from <= at]
        if begun:
            return begun[-1]
    fillers = [t for t in known if t.fills_gap and t.consignor_id in (consignor_id, None)]
    return min(fillers, key=lambda terms: (terms.created_at, terms.terms_id), default=None)


@dataclass(frozen=True, slots=True)
class Locked:
    """The terms a sale has taken and keeps; the percentage is that of its unit price before refunds."""

    terms_id: UUID
    consignor_id: UUID
    sold_at: datetime
    unit_price: Decimal
    percent: Decimal
    rate: Rate
    minimum_fee: Money | None
    base: Base
    return_days: int

    def at_price(self, unit_price: Decimal) -> Locked:
        """The same terms where the marketplace restated the price itself."""
        if unit_price == self.unit_price:
            return self
        return replace(self, unit_price=unit_price, percent=percent_at(self.rate, unit_price))


def lock(terms: Terms, consignor_id: UUID, sold_at: datetime, unit_price: Decimal) -> Locked:
    """The terms as a sale keeps them."""
    return Locked(
        terms_id=terms.terms_id,
        consignor_id=consignor_id,
        sold_at=sold_at,
        unit_price=unit_price,
        percent=percent_at(terms.rate, unit_price),
        rate=terms.rate,
        minimum_fee=terms.minimum_fee,
        base=terms.base,
        return_days=terms.return_days,
    )
