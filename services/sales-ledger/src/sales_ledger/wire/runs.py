"""HTTP bodies of payout runs and of what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from sales_ledger.domain import Consignor, DueSum, Run, RunLine, RunState, RunSum, Sale, tidy
from sales_ledger.wire.decisions import Reason
from sales_ledger.wire.values import View

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class RunBody(BaseModel):
    """What a run takes up: all that is due in a currency until a time, or until now; of all, of some consignors, or of
    some sales with what their consignors owe."""

    currency: Currency
    due_until: AwareDatetime | None = None
    consignor_ids: list[UUID] = Field(default_factory=list, max_length=500)
    sale_ids: list[UUID] = Field(default_factory=list, max_length=500)
    reason: Reason | None = None


class PayBody(BaseModel):
    """How a run was paid: the method (bank transfer, cash) and the reference by which it is found again."""

    method: Text
    reference: Text
    reason: Reason | None = None


class ActView(View):
    """Who did what with a run, when and why."""

    what: str
    by: str
    at: AwareDatetime
    reason: str | None


class RunView(BaseModel):
    """A payout run."""

    run_id: UUID
    currency: str
    state: RunState
    due_until: AwareDatetime
    consignor_ids: list[UUID]
    sale_ids: list[UUID]
    total: Decimal
    method: str | None
    reference: str | None
    acts: list[ActView]


class RunPage(BaseModel):
    """A page of runs, newest first."""

    items: list[RunView]
    next: str | None


class RunConsignorView(BaseModel):
    """What a run pays one consignor."""

    consignor_id: UUID
    code: str | None
    name: str | None
    sales: int
    due: Decimal
    clawbacks: Decimal
    """What is taken back for late refunds; negative."""
    sum: Decimal


class LeftOutView(BaseModel):
    """Whom a run left out, and why."""

    consignor_id: UUID
    code: str | None
    name: str | None
    amount: Decimal
    why: str


class RunDetail(RunView):
    """A payout run with what it pays whom, and who was left out."""

    consignors: list[RunConsignorView]
    left_out: list[LeftOutView]


class RunLineView(BaseModel):
    """What a run pays of one sale; negative where it takes back."""

    sale_id: UUID
    consignor_id: UUID
    order_number: str | None
    title: str | None
    share: Decimal
    paid_before: Decimal
    amount: Decimal


class RunLinePage(BaseModel):
    """A page of a run's lines, by consignor."""

    items: list[RunLineView]
    next: str | None


class DueSumView(BaseModel):
    """What is due of a consignor in a currency, and when the rest will be."""

    consignor_id: UUID
    code: str | None
    name: str | None
    currency: str
    due: Decimal
    clawbacks: Decimal
    """What is to be taken back for late refunds; negative."""
    sum: Decimal
    later: Decimal
    """Confirmed, with a return window that is still open."""
    next_due_at: AwareDatetime | None
    in_runs: Decimal
    """In drafts and approved runs already."""


class DuePage(BaseModel):
    """A page of what is due, by consignor."""

    items: list[DueSumView]
    next: str | None


def _who(named: Mapping[UUID, Consignor], consignor_id: UUID) -> dict[str, object]:
    found = named.get(consignor_id)
    return {
        "consignor_id": consignor_id,
        "code": found.profile.code if found else None,
        "name": found.profile.name if found else None,
    }


def _run(run: Run) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "currency": run.currency,
        "state": run.state,
        "due_until": run.due_until,
        "consignor_ids": run.consignor_ids,
        "sale_ids": run.sale_ids,
        "total": tidy(run.total, run.currency),
        "method": run.method,
        "reference": run.reference,
        "acts": [ActView.model_validate(act) for act in run.acts],
    }


def run_view(run: Run) -> RunView:
    """A run as lists show it."""
    return RunView.model_validate(_run(run))


def run_detail(run: Run, sums: Sequence[RunSum], named: Mapping[UUID, Consignor]) -> RunDetail:
    """A run with what it pays whom, and who was left out."""
    consignors = [
        {
            **_who(named, one.consignor_id),
            "sales": one.sales,
            "due": tidy(one.due, run.currency),
            "clawbacks": tidy(one.clawbacks, run.currency),
            "sum": tidy(one.due + one.clawbacks, run.currency),
        }
        for one in sums
    ]
    left_out = [
        {**_who(named, out.consignor_id), "amount": tidy(out.amount, run.currency), "why": out.why}
        for out in run.left_out
    ]
    return RunDetail.model_validate({**_run(run), "consignors": consignors, "left_out": left_out})


def run_line_view(line: RunLine, sale: Sale | None, currency: str) -> RunLineView:
    """A line with the sale it pays."""
    said = sale.line if sale else None
    return RunLineView(
        sale_id=line.sale_id,
        consignor_id=line.consignor_id,
        order_number=(said.order_number or said.order_id) if said else None,
        title=said.title if said else None,
        share=tidy(line.share, currency),
        paid_before=tidy(line.paid_before, currency),
        amount=tidy(line.amount, currency),
    )


def due_sum_view(found: DueSum, named: Mapping[UUID, Consignor]) -> DueSumView:
    """What is due of a consignor."""
    amounts = {
        "due": found.due,
        "clawbacks": found.clawbacks,
        "sum": found.due + found.clawbacks,
        "later": found.later,
        "in_runs": found.in_runs,
    }
    return DueSumView.model_validate(
        {
            **_who(named, found.consignor_id),
            "currency": found.currency,
            "next_due_at": found.next_due_at,
            **{name: tidy(amount, found.currency) for name, amount in amounts.items()},
        }
    )
