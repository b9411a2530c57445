"""An amount with its currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units of an ISO 4217 currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """`1234.50 GBP`: a point, at least two places, no more than there are."""
        whole, _, places = f"{self.amount:f}".partition(".")
        return f"{whole}.{places.rstrip('0').ljust(2, '0')} {self.currency}"
