"""How much of a sale went back to its buyer."""

from __future__ import annotations

from enum import StrEnum

from sales_ledger.domain.figures import refunds_of
from sales_ledger.domain.line import Line
from sales_ledger.domain.money import Money
from sales_ledger.domain.status import is_refunded


class RefundState(StrEnum):
    """Stands beside the status: a sale that was partly refunded goes its way."""

    NONE = "none"
    PARTLY = "partly"
    WHOLLY = "wholly"


def refund_state(line: Line) -> RefundState:
    """By the refunds known, or the marketplace's word on the payment where it tells of none."""
    if is_refunded(line):
        return RefundState.WHOLLY
    if line.payment == "partly_refunded" or any(refund.amount.amount > 0 for refund in line.refunds):
        return RefundState.PARTLY
    return RefundState.NONE


def refunded(line: Line) -> Money | None:
    """What went back to the buyer so far, in the price's currency; None when nothing did."""
    total = refunds_of(line)
    return Money(total, line.price.currency) if total else None
