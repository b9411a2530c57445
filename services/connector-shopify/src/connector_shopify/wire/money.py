"""Money in two currencies: the shop's and the one the buyer saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from connector_shopify.wire.base import ZERO

_CENT = Decimal("0.01")


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
