"""HTTP bodies of people's decisions on sales, and what becomes of each."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from sales_ledger.domain import Owned, OwnerKind, RefundState, Removal, Status
from sales_ledger.wire.values import View

Reason = Annotated[str, StringConstraints(max_length=500)]
SaleIds = Annotated[list[UUID], Field(min_length=1, max_length=500)]
Word = Annotated[str, StringConstraints(max_length=50)]


class DecisionBody(BaseModel):
    """Which sales, and why."""

    sale_ids: SaleIds
    undo: bool = False
    reason: Reason | None = None


class RemoveBody(DecisionBody):
    """Remove wrong sales. The stock comes back only if the seller still has the article.

    Without an answer the default stands: no while the marketplace's order does.
    """

    still_have_it: bool | None = None


class OwnerBody(BaseModel):
    """Whose articles these sales were; `undo` goes back to inventory's word. A consignor goes with consigned alone."""

    sale_ids: SaleIds
    owner: Literal[OwnerKind.OWN, OwnerKind.CONSIGNED] | None = None
    consignor_id: UUID | None = None
    undo: bool = False
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> OwnerBody:
        if self.undo != (self.owner is None):
            raise ValueError("say the owner, or undo")
        if (self.owner is OwnerKind.CONSIGNED) != (self.consignor_id is not None):
            raise ValueError("consignor_id goes with owner consigned, and with nothing else")
        return self

    def owned(self) -> Owned | None:
        """As the domain has it; None for an undo."""
        return None if self.owner is None else Owned(self.owner, self.consignor_id)


class FeesBody(BaseModel):
    """What was kept of each of these sales, in its own currency; 0 for none. `undo` waits for the marketplace's word again."""

    sale_ids: SaleIds
    fees: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)] | None = None
    undo: bool = False
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> FeesBody:
        if self.undo != (self.fees is None):
            raise ValueError("say the fees, or undo")
        return self


class SaleFilter(BaseModel):
    """What the sales list is narrowed to, by the names the list has for it."""

    platform: list[Word] | None = Field(default=None, max_length=20)
    status: list[Status] | None = Field(default=None, max_length=20)
    owner: list[OwnerKind] | None = Field(default=None, max_length=20)
    delist: list[Word] | None = Field(default=None, max_length=20)
    account_id: UUID | None = None
    contended: bool | None = None
    restated: bool | None = None
    provisional: bool | None = None
    refunded: list[RefundState] | None = Field(default=None, max_length=3)
    consignor_id: UUID | None = None
    due: bool | None = None
    waits_for_fees: bool | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    search: Annotated[str, StringConstraints(max_length=200)] = ""


class ConfirmAllBody(BaseModel):
    """Every sale the filter finds, `limit` at a time; `cursor` is the one of the answer before."""

    filter: SaleFilter
    undo: bool = False
    reason: Reason | None = None
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    limit: int = Field(default=200, ge=1, le=500)


class AnswerView(View):
    """What became of one sale; `refusal` says why nothing did."""

    sale_id: UUID
    status: Status | None
    refusal: str | None


class AnswerPage(BaseModel):
    """What became of some of them; go on with `next` until there is none."""

    items: list[AnswerView]
    next: str | None


class RemovalView(BaseModel):
    """The question a removal asks, "do you still have it?": its answer by default and why, or why it is refused."""

    sale_id: UUID
    still_have_it: bool
    why: str
    refusal: str | None


def removal_view(sale_id: UUID, removal: Removal, refusal: str | None) -> RemovalView:
    """The question of one sale."""
    return RemovalView(sale_id=sale_id, still_have_it=removal.still_have_it, why=removal.why, refusal=refusal)
