"""Amounts, and how finely each currency is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency."""

    amount: Decimal
    currency: str


_OTHER_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DIGITS: Mapping[str, int] = MappingProxyType(
    {currency: digits for digits, currencies in _OTHER_DIGITS.items() for currency in currencies.split()}
)
"""Digits after the point of the currencies that have not two.

Source: ISO 4217, List One, column "minor unit" (SIX Financial Information, the standard's maintenance agency).
"""


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units of its currency; a half goes up, away from zero."""
    return amount.quantize(Decimal(1).scaleb(-DIGITS.get(currency, 2)), ROUND_HALF_UP)


def tidy(amount: Decimal, currency: str) -> Decimal:
    """The same amount with its currency's digits: 38.4 and 38.400000 are 38.40. Finer ones stay as fine as they are."""
    whole = rounded(amount, currency)
    return whole if whole == amount else amount.normalize()
