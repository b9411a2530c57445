"""What each line of an order comes to, and what was given back of it, to the cent and in either currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector_kit.domain import Amount, LineRefund, smallest_unit, split_by_share

from connector_shopify.wire.base import ZERO
from connector_shopify.wire.money import Pair
from connector_shopify.wire.orders import Line, Order, Refund

Side = Callable[[Pair], Decimal]
"""One of an amount's two currencies."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A line's amounts in one currency."""

    currency: str
    price: Decimal
    discount: Decimal
    shipping: Decimal
    tax: Decimal


def _shops(amount: Pair) -> Decimal:
    return amount.shop


def _buyers(amount: Pair) -> Decimal:
    return amount.buyer or ZERO


def sums_in_shops_currency(order: Order) -> list[Sums]:
    """Of each sold line."""
    return _sums(order, order.currency, _shops)


def sums_in_buyers_currency(order: Order) -> list[Sums] | None:
    """Of each sold line; None where the buyer's currency is the shop's, or not all is told in it."""
    if order.buyers_currency is None or not order.is_told_in_both:
        return None
    return _sums(order, order.buyers_currency, _buyers)


def _sums(order: Order, currency: str, of: Side) -> list[Sums]:
    """Shipping and the order's own tax are split by the same shares in both currencies."""
    sold, unit = order.sold, smallest_unit(currency)
    shares = [max(line.total.shop, ZERO) for line in sold]
    shipping_tax = max(of(order.tax) - sum((of(line.tax) for line in sold), ZERO), ZERO)
    shipping_net = of(order.shipping) - (shipping_tax if order.taxes_included else ZERO)
    shipping = split_by_share(shipping_net, shares, unit)
    more_tax = split_by_share(shipping_tax, shares, unit)
    return [
        Sums(
            currency=currency,
            price=of(line.total) - (of(line.tax) if order.taxes_included else ZERO),
            discount=of(line.discount),
            shipping=shipping[n],
            tax=of(line.tax) + more_tax[n],
        )
        for n, line in enumerate(sold)
    ]


def refunds_by_line(order: Order) -> dict[str, tuple[LineRefund, ...]]:
    """What each refund gave back of each sold line, oldest first."""
    found: dict[str, list[LineRefund]] = {line.line_id: [] for line in order.sold}
    for refund in sorted(order.refunds, key=lambda r: (r.at, len(r.refund_id), r.refund_id)):
        given = _shares(refund, order.sold, order.currency, _shops)
        seen = _presented(order, refund)
        for line in order.sold:
            part = _part(order, refund, line, given.get(line.line_id, ZERO), seen.get(line.line_id))
            if part is not None:
                found[line.line_id].append(part)
    return {line_id: tuple(parts) for line_id, parts in found.items()}


def _presented(order: Order, refund: Refund) -> Mapping[str, Amount]:
    """A refund's money in the buyer's currency, by line; nothing where that is the shop's, or not told."""
    currency = order.buyers_currency
    if currency is None or refund.amount.buyer is None:
        return {}
    shares = _shares(refund, order.sold, currency, _buyers)
    return {line_id: Amount(share, currency) for line_id, share in shares.items()}


def _part(order: Order, refund: Refund, line: Line, given: Decimal, seen: Amount | None) -> LineRefund | None:
    """None where the refund has neither money nor units of the line. Units without money were edited away, or exchanged."""
    units = sum(part.quantity for part in refund.parts if part.line_id == line.line_id)
    if not given and not units and not (seen and seen.amount):
        return None
    return LineRefund(refund.refund_id, Amount(given, order.currency), units, refund.at, seen)


def _shares(refund: Refund, lines: Sequence[Line], currency: str, of: Side) -> dict[str, Decimal]:
    """The refund's money on the lines it names, by their amounts; one that names none is for all of them, by price.

    What really went back counts, not what the named units cost: shipping and goodwill are in it, fees kept are not.
    """
    named = {
        line.line_id: sum((part.amount for part in parts), ZERO)
        for line in lines
        if (parts := [part for part in refund.parts if part.line_id == line.line_id])
    }
    of_all = {line.line_id: line.total.shop for line in lines}
    weights = {key: value for key, value in named.items() if value > 0} or named or of_all
    shares = split_by_share(
        of(refund.amount), [max(weight, ZERO) for weight in weights.values()], smallest_unit(currency)
    )
    return dict(zip(weights, shares, strict=True))
