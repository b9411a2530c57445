"""A sale's status as its seller knows it: derived by a table from what everybody said, never stored as truth."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from sales_ledger.domain.figures import refunds_of
from sales_ledger.domain.line import Line
from sales_ledger.domain.sale import OwnerKind, Sale


class Status(StrEnum):
    """A sale as its seller knows it."""

    NOT_PAID_UNCONFIRMED = "not_paid_unconfirmed"
    NOT_PAID = "not_paid"
    COMPLETE = "complete"
    PAID = "paid"
    OWNER_UNKNOWN = "owner_unknown"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    REMOVED = "removed"


def is_refunded(line: Line) -> bool:
    """Whether the marketplace gave the whole price back."""
    return line.payment == "refunded" or refunds_of(line) >= line.price.amount > 0


_RULES: tuple[tuple[Callable[[Sale, Line], bool], Status], ...] = (
    (lambda sale, _: sale.decisions.removed_at is not None, Status.REMOVED),
    (lambda _, line: line.cancelled_quantity >= line.quantity, Status.CANCELLED),
    (lambda sale, _: sale.is_paid, Status.PAID),
    (lambda _, line: is_refunded(line), Status.REFUNDED),
    (lambda sale, _: sale.owner is OwnerKind.UNKNOWN, Status.OWNER_UNKNOWN),
    (lambda sale, _: sale.owner is OwnerKind.OWN, Status.COMPLETE),
    (lambda sale, _: sale.decisions.confirmed_at is not None, Status.NOT_PAID),
)
"""The first that holds is the status; a consigned sale that nobody confirmed is what remains."""


def status_of(sale: Sale) -> Status | None:
    """A sale's status; None while the marketplace's own word has not come."""
    line = sale.line
    if line is None:
        return None
    return next((status for holds, status in _RULES if holds(sale, line)), Status.NOT_PAID_UNCONFIRMED)
