"""Money on a page: written for people, and added up in the open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

_SIGNS = {"GBP": "£", "USD": "$", "EUR": "€"}
_NO_CENTS = frozenset({"JPY", "KRW", "CLP", "VND"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sum; totals are ruled off."""

    label: str
    amount: Decimal
    total: bool = False


def written(amount: Decimal, currency: str) -> str:
    """An amount as people write it: £1,234.50, −$3.00, CHF 20.00."""
    places = 0 if currency in _NO_CENTS else 2
    digits = f"{abs(amount):,.{places}f}"
    sign = _SIGNS.get(currency)
    minus = "−" if amount < 0 and digits.strip("0.,") else ""
    return f"{minus}{sign}{digits}" if sign else f"{minus}{currency} {digits}"


def sums(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """One total per currency, in the order the currencies first come."""
    totals: dict[str, Decimal] = {}
    for currency, amount in amounts:
        totals[currency] = totals.get(currency, Decimal(0)) + amount
    return totals


def added_up(
    *,
    price: Decimal,
    shipping: Decimal | None,
    tax: Decimal | None,
    fees: Sequence[tuple[str, Decimal]],
    refunds: Sequence[Decimal],
    net: Decimal | None,
) -> list[Line]:
    """The way from the price to the net, whose lines add up to it whatever else the net contains."""
    lines = [Line("Price", price)]
    if shipping is not None:
        lines.append(Line("Shipping, paid by the buyer", shipping))
    lines += [Line(_named(kind), -amount) for kind, amount in fees]
    lines += [Line("Refunded", -amount) for amount in refunds]
    if net is None:
        return lines
    rest = net - sum((line.amount for line in lines), Decimal(0))
    if rest:
        lines.append(Line("Tax, paid by the buyer" if rest == tax else "Cancelled and adjusted", rest))
    return [*lines, Line("Net", net, total=True)]


def _named(kind: str) -> str:
    """FINAL_VALUE_FEE is a marketplace's word; people read Final value fee."""
    if kind == "given":
        return "Fees, as you gave them"
    words = kind.replace("_", " ").strip().lower()
    return "Marketplace fees" if words in ("", "fee", "fees") else words.capitalize()
