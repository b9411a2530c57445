"""What a sale comes to by the figures known: fees, what the seller keeps, what went back."""

from __future__ import annotations

from decimal import Decimal

from sales_ledger.domain.line import Line
from sales_ledger.domain.money import Money, rounded


def fees_of(line: Line) -> Money | None:
    """All fees together in the price's currency; None while unknown or in another currency."""
    if not line.fees or any(fee.amount.currency != line.price.currency for fee in line.fees):
        return None
    return Money(sum((fee.amount.amount for fee in line.fees), Decimal(0)), line.price.currency)


def net_of(line: Line) -> Money | None:
    """What the seller keeps by the figures known: price and shipping less fees, refunds, cancelled units."""
    fees, currency = fees_of(line), line.price.currency
    others = [line.shipping_price, *(refund.amount for refund in line.refunds)]
    if fees is None or any(money and money.currency != currency for money in others):
        return None
    shipping = line.shipping_price.amount if line.shipping_price else Decimal(0)
    lost = refunds_of(line) + cancelled_value(line)
    return Money(line.price.amount + shipping - fees.amount - lost, currency)


def refunds_of(line: Line) -> Decimal:
    """What went back to the buyer, in the price's currency."""
    same = (r.amount.amount for r in line.refunds if r.amount.currency == line.price.currency)
    return sum(same, Decimal(0))


def cancelled_value(line: Line) -> Decimal:
    """Worth of cancelled units that no refund accounts for: a cancelled unpaid order, not a refunded one."""
    if not line.cancelled_quantity:
        return Decimal(0)
    cancelled = min(line.cancelled_quantity, line.quantity)
    share = line.price.amount * cancelled / line.quantity
    exact = share if cancelled == line.quantity else rounded(share, line.price.currency)
    return max(exact - refunds_of(line), Decimal(0))


def left_of(line: Line) -> Decimal:
    """What is left of the price after refunds and cancelled units; a refund beyond the price takes no more of it."""
    return line.price.amount - min(refunds_of(line), line.price.amount) - cancelled_value(line)
