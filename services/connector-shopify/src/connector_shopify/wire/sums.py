"""What each line of an order comes to, and what was given back of it, to the cent and in either currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector_kit.domain import Amount, LineRefund, smallest_unit, split_by_share

from connector_shopify.wire.base import ZERO
from connector_shopify.wire.money import Pair
from connector_shopify.wire.orders import Line, Order, Refund, restock_word

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
    """What is not of a line is split by the same shares in both currencies."""
    sold, unit = order.sold, smallest_unit(currency)
    prices = [of(line.total) - (of(line.tax) if order.taxes_included else ZERO) for line in sold]
    more = _beside_lines(order, sum(prices, ZERO), unit, of)
    shares = [max(line.total.shop, ZERO) for line in sold]
    shipping, tax = split_by_share(more.shipping, shares, unit), split_by_share(more.tax, shares, unit)
    dearest = shares.index(max(shares)) if shares else None
    return [
        Sums(
            currency=currency,
            price=prices[n] + (more.price if n == dearest else ZERO),
            discount=of(line.discount),
            shipping=shipping[n],
            tax=of(line.tax) + tax[n],
        )
        for n, line in enumerate(sold)
    ]


@dataclass(frozen=True, slots=True)
class _Beside:
    """What an order comes to beside its lines' own prices and taxes; `price` is rounding that goes to the dearest line."""

    price: Decimal
    shipping: Decimal
    tax: Decimal


def _beside_lines(order: Order, prices: Decimal, unit: Decimal, of: Side) -> _Beside:
    """Shipping without its tax, and all tax that is not of a line. What the order's total has beyond that is collected for
    others as tax is (duties, import fees); what it lacks is nothing but rounding, for each amount is converted by itself.
    """
    own, shipping = sum((of(line.tax) for line in order.sold), ZERO), of(order.shipping)
    if order.taxes_included:
        tax = min(max(of(order.shipping_tax), ZERO), max(shipping, ZERO))
        shipping -= tax
    else:
        tax = max(of(order.tax) - own, ZERO)
    if order.total is None:
        return _Beside(ZERO, shipping, tax)
    missing = of(order.total) - (prices + own + shipping + tax)
    if missing >= unit * _amounts_of(order):
        return _Beside(ZERO, shipping, tax + missing)
    return _rounded_by(missing if -missing < unit * _amounts_of(order) else ZERO, shipping, tax)


def _amounts_of(order: Order) -> int:
    """How many amounts add up to the order's total, each of which may be rounded: price, discount and tax of each line."""
    return 3 * (len(order.sold) + 1)


def _rounded_by(missing: Decimal, shipping: Decimal, tax: Decimal) -> _Beside:
    """A cent or two go to what is there beside the lines, where that is more than they are, else to a price."""
    if tax > abs(missing):
        return _Beside(ZERO, shipping, tax + missing)
    if shipping > abs(missing):
        return _Beside(ZERO, shipping + missing, tax)
    return _Beside(missing, shipping, tax)


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
    parts = [part for part in refund.parts if part.line_id == line.line_id and part.quantity]
    if not given and not parts and not (seen and seen.amount):
        return None
    units = sum(part.quantity for part in parts)
    return LineRefund(
        refund.refund_id, Amount(given, order.currency), units, refund.at, seen, restock_word(parts)
    )


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
