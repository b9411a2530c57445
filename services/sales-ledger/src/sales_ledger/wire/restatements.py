"""HTTP bodies of restatements: which figure a marketplace changed, when, from what to what."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import AwareDatetime, BaseModel, Field

from sales_ledger.domain import Restatement
from sales_ledger.wire.values import FeeView, MoneyView, RefundView, View

FigureView = MoneyView | list[FeeView] | list[RefundView] | None


class RestatementView(View):
    """One figure that a revision of the marketplace's changed, and the change in words."""

    revision: int
    field: str
    before: FigureView = Field(serialization_alias="from")
    after: FigureView = Field(serialization_alias="to")
    words: str
    at: AwareDatetime


class RestatementPage(BaseModel):
    """A page of a sale's restatements, the marketplace's first revision first."""

    items: list[RestatementView]
    next: str | None


def restatement_views(found: Sequence[Restatement]) -> list[RestatementView]:
    """What was kept of a sale's changed figures."""
    return [RestatementView.model_validate(one) for one in found]
