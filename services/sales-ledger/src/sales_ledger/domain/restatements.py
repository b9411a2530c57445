"""What a marketplace changed of a sale's figures after it had told them: kept, never silently overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from sales_ledger.domain.money import Money
from sales_ledger.domain.sale import Fee, Line, Refund, Sale

Figure = Money | tuple[Fee, ...] | tuple[Refund, ...] | None

FIGURES: Mapping[str, Callable[[Line], Figure]] = MappingProxyType(
    {
        "price": lambda line: line.price,
        "shipping_price": lambda line: line.shipping_price,
        "tax": lambda line: line.tax,
        "fees": lambda line: tuple(sorted(line.fees, key=_place_of_fee)),
        "refunds": lambda line: tuple(sorted(line.refunds, key=lambda refund: refund.refund_id)),
    }
)
"""The figures that are watched; of lists their order says nothing."""

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
    at: datetime | None = None
    """When we heard of it."""

    @property
    def words(self) -> str:
        """What changed, for the seller."""
        called, was, is_now = _CALLED[self.field]
        return f"{called} {was} {_said(self.before)}, {is_now} {_said(self.after)} now."


def restatements(before: Sale, after: Sale) -> list[Restatement]:
    """The figures that changed between two states of a sale; none while it had not been told at all."""
    old, new = before.line, after.line
    if old is None or new is None or old is new:
        return []
    return [
        Restatement(after.tenant_id, after.sale_id, new.revision, field, figure(old), figure(new))
        for field, figure in FIGURES.items()
        if figure(old) != figure(new)
    ]


def _place_of_fee(fee: Fee) -> tuple[str, str, Decimal]:
    return fee.kind, fee.amount.currency, fee.amount.amount


def _said(figure: Figure) -> str:
    if figure is None or figure == ():
        return "unknown" if figure is None else "none"
    if isinstance(figure, Money):
        return f"{figure.amount:f} {figure.currency}"
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for part in figure:
        sums[part.amount.currency] += part.amount.amount
    return " and ".join(f"{amount:f} {currency}" for currency, amount in sorted(sums.items()))
