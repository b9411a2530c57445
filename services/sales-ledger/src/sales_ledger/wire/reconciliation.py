"""HTTP bodies of marketplaces' payouts: lists, one with its transactions and sales, the comparison with our books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from sales_ledger.domain import (
    Compared,
    Comparison,
    Delays,
    LineSums,
    MatchedLine,
    Matching,
    PayoutHead,
    Reason,
    SoldPeriod,
)
from sales_ledger.wire.values import MoneyView, View


class PayoutView(View):
    """A payout of a marketplace; a revision above 1 is one it restated."""

    payout_key: UUID
    account_id: UUID
    platform: str
    payout_id: str
    revision: int
    amount: MoneyView
    paid_at: AwareDatetime
    lines: int


class PayoutPage(BaseModel):
    """A page of payouts, the last paid first."""

    items: list[PayoutView]
    next: str | None


class LineSumView(View):
    """A payout's transactions in one currency whose order we have, don't have, or that name none."""

    currency: str
    matching: Matching
    lines: int
    amount: Decimal


class MatchedSaleView(View):
    """A sale of a transaction's order."""

    sale_id: UUID
    title: str
    sku: str | None
    status: str


class PayoutLineView(BaseModel):
    """A transaction with the sales of its order."""

    transaction_id: str
    kind: str
    order_id: str | None
    amount: MoneyView
    matching: Matching
    sales: list[MatchedSaleView]


class PayoutPartsView(PayoutView):
    """A payout, what its transactions add up to, and a page of them in the marketplace's order."""

    sums: list[LineSumView]
    items: list[PayoutLineView]
    next: str | None


class OursView(View):
    """Our books. `net` is what the seller keeps; `owed` also the tax, where the marketplace pays it out.

    Fees count as nothing while unknown; `fees_unknown` is of how many sales they are.
    """

    sales: int
    gross: Decimal
    fees: Decimal
    refunds: Decimal
    net: Decimal
    tax: Decimal
    owed: Decimal
    fees_unknown: int


class CountedView(View):
    """How many, and what they come to."""

    count: int
    amount: Decimal


class ComparisonView(View):
    """All orders of the period in one currency, ours beside what payouts say of them.

    `not_paid_out_yet`: orders that no payout names. `unknown_here`: orders paid out in the period that we don't have.
    `without_order`: transactions of the period's payouts that name none.
    """

    currency: str
    orders: int
    differing: int
    ours: OursView
    paid: Decimal
    difference: Decimal
    not_paid_out_yet: CountedView
    unknown_here: CountedView
    without_order: CountedView


class DifferenceView(BaseModel):
    """An order whose figures differ. `at`: when it was sold or, of one we don't have, first paid out."""

    order_id: str
    currency: str
    at: AwareDatetime
    sale_ids: list[UUID]
    ours: OursView | None
    paid: Decimal
    difference: Decimal
    reason: Reason
    provisional: bool


class DifferencesView(BaseModel):
    """The comparison of an account's orders sold in a period: totals per currency, and a page of those that differ."""

    account_id: UUID
    since: AwareDatetime
    until: AwareDatetime
    totals: list[ComparisonView]
    items: list[DifferenceView]
    next: str | None


def payout_page(found: Sequence[PayoutHead], following: str | None) -> PayoutPage:
    """A page of payouts."""
    return PayoutPage(items=[PayoutView.model_validate(payout) for payout in found], next=following)


def payout_parts(
    head: PayoutHead, sums: Sequence[LineSums], lines: Sequence[MatchedLine], following: str | None
) -> PayoutPartsView:
    """A payout with a page of its transactions."""
    return PayoutPartsView(
        **PayoutView.model_validate(head).model_dump(),
        sums=[LineSumView.model_validate(one) for one in sums],
        items=[_line_view(line) for line in lines],
        next=following,
    )


def _line_view(found: MatchedLine) -> PayoutLineView:
    line = found.line
    return PayoutLineView(
        transaction_id=line.transaction_id,
        kind=line.kind,
        order_id=line.order_id,
        amount=MoneyView.model_validate(line.amount),
        matching=found.matching,
        sales=[MatchedSaleView.model_validate(sale) for sale in found.sales],
    )


def differences_view(
    period: SoldPeriod,
    totals: Sequence[Comparison],
    items: Sequence[Compared],
    following: str | None,
    delays: Delays,
    now: datetime,
) -> DifferencesView:
    """A period's comparison as of now."""
    return DifferencesView(
        account_id=period.account_id,
        since=period.since,
        until=period.until,
        totals=[ComparisonView.model_validate(one) for one in totals],
        items=[_difference_view(one, delays, now) for one in items],
        next=following,
    )


def _difference_view(order: Compared, delays: Delays, now: datetime) -> DifferenceView:
    return DifferenceView(
        order_id=order.order_id,
        currency=order.currency,
        at=order.at,
        sale_ids=list(order.sale_ids),
        ours=OursView.model_validate(order.ours) if order.known else None,
        paid=order.paid,
        difference=order.difference,
        reason=order.reason,
        provisional=order.is_provisional(delays, now),
    )
