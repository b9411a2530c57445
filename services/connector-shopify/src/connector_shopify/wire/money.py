"""Money in two currencies, the shop's and the one the buyer saw, and what is a currency's smallest unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from connector_shopify.wire.base import ZERO

_CENT = Decimal("0.01")
# ISO 4217: currencies whose smallest unit is not a hundredth.
_WHOLE = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_SMALLEST: dict[str, Decimal] = {
    **dict.fromkeys(_WHOLE, Decimal(1)),
    **dict.fromkeys(_THOUSANDTHS, Decimal("0.001")),
}


def smallest(currency: str) -> Decimal:
    """What amounts of a currency are whole multiples of."""
    return _SMALLEST.get(currency, _CENT)


@dataclass(frozen=True, slots=True)
class Pair:
    """One amount twice: in the shop's currency, and in the buyer's; the latter None where it is not told."""

    shop: Decimal
    buyer: Decimal | None

    def __add__(self, other: Pair) -> Pair:
        """Told in the buyer's currency only if both are."""
        unknown = self.buyer is None or other.buyer is None
        return Pair(self.shop + other.shop, None if unknown else (self.buyer or ZERO) + (other.buyer or ZERO))

    def __sub__(self, other: Pair) -> Pair:
        return self + Pair(-other.shop, None if other.buyer is None else -other.buyer)

    def times(self, units: int) -> Pair:
        """So many of it."""
        return Pair(self.shop * units, None if self.buyer is None else self.buyer * units)


NOTHING = Pair(ZERO, ZERO)


def shops_alone(amount: Decimal) -> Pair:
    """An amount told in the shop's currency alone; nothing is nothing in every currency."""
    return Pair(amount, None if amount else ZERO)


def total(amounts: Iterable[Pair]) -> Pair:
    """All of them together."""
    return sum(amounts, NOTHING)
