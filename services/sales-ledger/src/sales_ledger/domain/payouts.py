"""Marketplaces' payouts as people look at them: each transaction with the sales of its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sales_ledger.domain.books import PayoutLine
from sales_ledger.domain.money import Money


class Matching(StrEnum):
    """Whether a transaction of a payout is of an order that we have."""

    MATCHED = "matched"
    UNKNOWN_ORDER = "unknown_order"
    NO_ORDER = "no_order"


@dataclass(frozen=True, slots=True)
class PayoutHead:
    """A payout by itself; a revision above 1 is one the marketplace restated."""

    tenant_id: UUID
    payout_key: UUID
    account_id: UUID
    platform: str
    payout_id: str
    revision: int
    amount: Money
    paid_at: datetime
    lines: int


@dataclass(frozen=True, slots=True)
class MatchedSale:
    """A sale of a transaction's order."""

    sale_id: UUID
    title: str
    sku: str | None
    status: str


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """A transaction with the sales of its order."""

    position: int
    line: PayoutLine
    sales: tuple[MatchedSale, ...]

    @property
    def matching(self) -> Matching:
        """Whether it is of an order that we have."""
        if self.line.order_id is None:
            return Matching.NO_ORDER
        return Matching.MATCHED if self.sales else Matching.UNKNOWN_ORDER


@dataclass(frozen=True, slots=True)
class LineSums:
    """A payout's transactions in one currency, by whether their order is known."""

    currency: str
    matching: Matching
    lines: int
    amount: Decimal
