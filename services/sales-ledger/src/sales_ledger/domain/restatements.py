"""What a marketplace changed of a sale's figures after it had told them: kept, never silently overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from uuid import UUID

from sales_ledger.domain.line import Fee, Refund
from sales_ledger.domain.money import Money
from sales_ledger.domain.sale import Sale

Figure = Money | tuple[Fee, ...] | tuple[Refund, ...] | None

_CALLED: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "price": ("Price", "was", "is"),
        "shipping_price": ("Shipping", "was", "is"),
        "tax": ("Tax", "was", "is"),
        "fees": ("Fees", "were", "are"),
        "refunds": ("Refunds", "were", "are"),
    }
)


@dataclass(frozen=True, slots=True)
class Restatement:
    """One figure of a sale that the marketplace's revision changed."""

    tenant_id: UUID
    sale_id: UUID
    revision: int
    field: str
    before: Figure
    after: Figure
    at: datetime
    """When it was said to us."""

    @property
    def words(self) -> str:
        """What changed, for the seller."""
        called, was, is_now = _CALLED[self.field]
        return f"{called} {was} {_said(self.before)}, {is_now} {_said(self.after)} now."


def restatements(sale: Sale) -> list[Restatement]:
    """Every figure that changed from one revision told to the next, by revision and field.

    Fees told for the first time are none: a marketplace that tells them with its payouts had told none before.
    """
    return [
        Restatement(sale.tenant_id, sale.sale_id, new.revision, field, was, now, new.at)
        for old, new in pairwise(sale.told)
        for field in sorted(_CALLED)
        if (was := getattr(old.figures, field)) != (now := getattr(new.figures, field))
        and not (field == "fees" and not was)
    ]


def _said(figure: Figure) -> str:
    if figure is None or figure == ():
        return "unknown" if figure is None else "none"
    if isinstance(figure, Money):
        return f"{figure.amount:f} {figure.currency}"
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for part in figure:
        sums[part.amount.currency] += part.amount.amount
    return " and ".join(f"{amount:f} {currency}" for currency, amount in sorted(sums.items()))
