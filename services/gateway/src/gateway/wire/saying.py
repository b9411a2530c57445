"""Owners' answers in the words of a page: the first line, money that adds up, a sale's way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain import words
from gateway.domain.money import Line, added_up, sums, written
from gateway.domain.timeline import Hop, Told, found_late, told
from gateway.domain.truth import StillLive, Truth, span, truth
from gateway.wire.delists import Delist
from gateway.wire.sales import Balance, Sale, Timeline

__all__ = [
    "NOT_OVER",
    "lines_of",
    "owed_to_consignors",
    "span",
    "truth_of",
    "way_of",
    "words",
    "written",
]

NOT_OVER = frozenset({"waiting_for_approval", "waiting_for_browser", "paused", "asked", "failed"})
"""States of a listing that is still for sale though its article was sold."""


def truth_of(
    delists: Iterable[Delist], now: datetime, *, any_sales: bool, articles: int | None = None
) -> Truth:
    """What is still for sale though it was sold; `articles` is their number when `delists` are not all."""
    live = [
        StillLive(delist.sale_id, step.platform, step.state, delist.sold_at)
        for delist in delists
        for step in delist.shown
        if step.state in NOT_OVER and not step.sold_here
    ]
    return truth(live, now, any_sales=any_sales, articles=articles)


def owed_to_consignors(balances: Iterable[Balance]) -> list[tuple[str, Decimal]]:
    """What sales took in for consignors, per currency; the books hold it as a liability, so negative."""
    owed = sums((b.currency, -b.amount) for b in balances if b.account.partition(":")[0] == "consigned")
    return [(currency, amount) for currency, amount in owed.items() if amount]


@dataclass(frozen=True, slots=True)
class Way:
    """A sale's way in words; `found_late` when spans count from its detection."""

    moments: list[Told]
    found_late: bool


def way_of(timeline: Timeline, sale: Sale) -> Way:
    """A sale's way in words."""
    hops = [Hop(h.what, h.at, h.since_sold_ms, h.since_accepted_ms, h.platform) for h in timeline.hops]
    left = any(step.state == "skipped" for step in sale.shown)
    return Way(told(hops, sale.platform, left_for_sale=left), found_late(hops))


def lines_of(sale: Sale) -> list[Line]:
    """From the price to the net, fee by fee and refund by refund."""
    fees = [(fee.kind, fee.amount.amount) for fee in sale.fee_lines]
    if not fees and sale.fees is not None:
        fees = [("fees", sale.fees.amount)]
    return added_up(
        price=sale.price.amount,
        shipping=sale.shipping_price.amount if sale.shipping_price else None,
        tax=sale.tax.amount if sale.tax else None,
        fees=fees,
        refunds=[refund.amount.amount for refund in sale.refunds if refund.amount.amount],
        net=sale.net.amount if sale.net else None,
    )
