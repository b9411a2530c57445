"""The consignor's share of a sale, and when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sales_ledger.domain.figures import fees_of, left_of
from sales_ledger.domain.line import Line
from sales_ledger.domain.money import Money, rounded
from sales_ledger.domain.sale import OwnerKind, Sale
from sales_ledger.domain.status import Status, status_of
from sales_ledger.domain.terms import Base, Locked

ZERO = Decimal(0)
WITHOUT_FEES = "elsewhere"
"""The platform that keeps no fees: of its sales none will ever be told."""
NO_FEES_YET = (
    "The marketplace has not said its fees yet, and the commission is taken after them. It may never say them of a sale "
    "that was paid elsewhere: then give them, or say that there are none."
)
FEES_ELSEWHERE = (
    "The marketplace said its fees in another currency than the sale's, and the commission is taken after them: give them in "
    "the sale's currency, as on your statement."
)
UNPAID = frozenset({"unpaid", "authorized", "voided"})
"""What a marketplace says of a payment that has not come."""


@dataclass(frozen=True, slots=True)
class Share:
    """How the price of a consigned sale is parted. Commission, fees borne and amount add up to what is left of it."""

    left: Money
    """The price less refunds and cancelled units."""
    fees_borne: Money
    """Marketplace fees the consignor bears: none of them where the commission is taken before fees."""
    commission: Money
    amount: Money
    """The consignor's."""

    @property
    def base(self) -> Money:
        """What the commission was taken from."""
        return Money(self.left.amount - self.fees_borne.amount, self.left.currency)


def share_of(sale: Sale) -> Share | None:
    """The consignor's share as far as it is known; see `unknown_because`."""
    line, locked = sale.reckoned, sale.locked
    if line is None or locked is None or unknown_because(sale) is not None:
        return None
    currency = line.price.currency
    left = left_of(line)
    borne = min(_fees(line) or ZERO, left) if locked.base is Base.AFTER_FEES else ZERO
    commission = _commission(line, locked, left - borne)
    return Share(
        left=Money(left, currency),
        fees_borne=Money(borne, currency),
        commission=Money(commission, currency),
        amount=Money(left - borne - commission, currency),
    )


def _commission(line: Line, locked: Locked, base: Decimal) -> Decimal:
    """Rounded once, half up; at most the base, so that the share is never negative."""
    currency, minimum = line.price.currency, locked.minimum_fee
    least = minimum.amount * units_of(line) if minimum and minimum.currency == currency else ZERO
    return min(rounded(max(locked.percent * base / 100, least), currency), base)


def units_of(line: Line) -> int:
    """Units that stay sold: those cancelled or sent back pay no minimum fee."""
    returned = sum(refund.quantity for refund in line.refunds)
    return max(line.quantity - max(line.cancelled_quantity, returned), 0)


def _fees(line: Line) -> Decimal | None:
    if line.platform == WITHOUT_FEES and not line.fees:
        return ZERO
    fees = fees_of(line)
    return fees.amount if fees else None


def unknown_because(sale: Sale) -> str | None:
    """Why a consigned sale has no share, for the seller; None when it has one."""
    line = sale.reckoned
    if line is None or sale.owner is not OwnerKind.CONSIGNED:
        return "This is no consigned sale."
    if sale.decisions.removed_at is not None:
        return "This sale was removed."
    if sale.owned.consignor_id is None:
        return "Nobody said which consignor it belongs to; correct its owner."
    if sale.locked is None:
        return "No terms were agreed for the time it sold; add terms for its consignor or for the house."
    if any(refund.amount.currency != line.price.currency for refund in line.refunds):
        return "A refund is in another currency than the sale."
    if sale.locked.base is Base.AFTER_FEES and _fees(line) is None:
        return FEES_ELSEWHERE if line.fees else NO_FEES_YET
    return None


def waits_for_fees(sale: Sale) -> bool:
    """Whether it is its fees alone that its share waits for; of one cancelled or refunded nothing is left to share."""
    if unknown_because(sale) not in (NO_FEES_YET, FEES_ELSEWHERE):
        return False
    return status_of(sale) not in (Status.CANCELLED, Status.REFUNDED)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid of a sale, negative where it is to be taken back; `why_not` says why not now."""

    amount: Money | None
    due_at: datetime | None
    why_not: str | None


def standing_of(sale: Sale) -> Due | None:
    """What is to be paid of a consigned sale and from when on, whatever the time and whichever run has it."""
    line = sale.line
    if line is None or sale.owner is not OwnerKind.CONSIGNED:
        return None
    share = share_of(sale)
    if share is None or sale.locked is None:
        return Due(None, None, unknown_because(sale))
    paid = sale.paid_amount.amount if sale.paid_amount else ZERO
    amount = Money(share.amount.amount - paid, share.amount.currency)
    due_at = _days_after(line.paid_at or line.sold_at, sale.locked.return_days)
    return Due(amount, due_at, _held_back(sale, line, amount))


def _days_after(at: datetime, days: int) -> datetime:
    """Never beyond what a calendar holds: a marketplace may say any time."""
    last = datetime.max.replace(tzinfo=at.tzinfo)
    return at + min(timedelta(days=days), last - at)


def _held_back(sale: Sale, line: Line, amount: Money) -> str | None:
    if not amount.amount:
        return "Nothing is left to pay."
    if sale.payments:
        return None
    if sale.decisions.confirmed_at is None:
        return "This sale is not confirmed yet."
    if line.payment == "refunded":
        return "It was refunded, and the marketplace has not said how much."
    return "The buyer has not paid yet." if line.payment in UNPAID else None


def due_of(sale: Sale, at: datetime) -> Due | None:
    """What is to be paid of a consigned sale at a time; None for one that is not consigned.

    What is to be taken back waits for no return window.
    """
    due = standing_of(sale)
    if due is None or due.why_not or due.amount is None or due.due_at is None:
        return due
    if sale.run_id is not None:
        return Due(due.amount, due.due_at, "It is in a payout run already.")
    if due.amount.amount > 0 and due.due_at > at:
        return Due(
            due.amount, due.due_at, f"Its return window is open until {due.due_at:%Y-%m-%d %H:%M} UTC."
        )
    return due
