"""What a marketplace says it paid beside what our books say it owes, order by order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sales_ledger.domain.provisional import Delays

ZERO = Decimal(0)

PAYS_TAX_OUT = frozenset({"shopify"})
"""Platforms that pay the tax the buyer paid out to the seller. eBay and Depop remit it themselves."""


class Reason(StrEnum):
    """Why an order's figures differ."""

    NOT_PAID_OUT_YET = "not_paid_out_yet"
    UNKNOWN_HERE = "unknown_here"
    FEES_UNKNOWN = "fees_unknown"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class SoldPeriod:
    """The orders of an account that were sold from `since` up to, not including, `until`; of one currency or all."""

    account_id: UUID
    since: datetime
    until: datetime
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Our books on some orders, in one currency: price and shipping, fees kept, money given back, tax to be paid out.

    Fees count as nothing while unknown; `fees_unknown` is the number of sales they are unknown of.
    """

    sales: int = 0
    fees_unknown: int = 0
    gross: Decimal = ZERO
    fees: Decimal = ZERO
    refunds: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What the seller keeps."""
        return self.gross - self.fees - self.refunds

    @property
    def owed(self) -> Decimal:
        """What the marketplace owes: also the tax, where it pays that out."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Compared:
    """One order in one currency. `at` is when it was sold or, of an order we don't have, first paid out."""

    order_id: str
    currency: str
    at: datetime
    platform: str
    sale_ids: tuple[UUID, ...]
    ours: Sums
    paid: Decimal
    known: bool
    paid_out: bool
    """Whether any payout names the order, in whatever currency."""

    @property
    def difference(self) -> Decimal:
        """What was paid beyond what is owed."""
        return self.paid - self.ours.owed

    @property
    def reason(self) -> Reason:
        """Why it differs."""
        if not self.known:
            return Reason.UNKNOWN_HERE
        if not self.paid_out:
            return Reason.NOT_PAID_OUT_YET
        return Reason.FEES_UNKNOWN if self.ours.fees_unknown else Reason.DIFFERS

    def is_provisional(self, delays: Delays, now: datetime) -> bool:
        """Whether the marketplace may still change its figures of the order."""
        return self.known and now - delays.get(self.platform, timedelta()) < self.at


@dataclass(frozen=True, slots=True)
class Counted:
    """How many, and what they come to."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """All orders of a period in one currency, ours beside theirs, and what has no counterpart."""

    currency: str
    orders: int
    differing: int
    ours: Sums
    paid: Decimal
    not_paid_out_yet: Counted
    """Orders that no payout names, and what is owed of them."""
    unknown_here: Counted
    """Orders paid out in the period that we don't have."""
    without_order: Counted
    """Transactions of payouts of the period that name no order: adjustments, charges."""

    @property
    def difference(self) -> Decimal:
        """What was paid of these orders beyond what is owed."""
        return self.paid - self.ours.owed
