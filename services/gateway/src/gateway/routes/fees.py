"""What a person says of fees that a marketplace never tells: given, none, or taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from kit.errors import Refused

from gateway.routes.context import Context
from gateway.routes.guard import ContextDep, WriterDep
from gateway.routes.rendering import Offer, done, plural
from gateway.usecases import Visitor

router = APIRouter(include_in_schema=False)

WAITING = "/automations/sync?fees=waiting"
NONE = Decimal(0)
_MOST = Decimal(10) ** 12
_REASONS = 3
"""So many are said at once of sales that stayed as they were."""
Chosen = Annotated[list[UUID] | None, Form(max_length=50)]
"""As many as a page lists: the undo of all travels in a header."""


@router.post("/sales/fees")
async def none_of_these(
    request: Request, context: ContextDep, visitor: WriterDep, sale: Chosen = None
) -> Response:
    """Of the chosen sales nothing was kept; of what took it, that can be taken back at once."""
    took, refusals = await _give_each(context, visitor, sale, NONE)
    said = plural(len(took), "sale has no fees.", "sales have no fees.")
    known = "Its share is known now." if len(took) == 1 else "Their shares are known now."
    undo = Offer("Undo", "/sales/fees/undo", {"sale": [str(one) for one in took]})
    return done(request, f"{said} {_stayed(refusals) or known}", WAITING, undo)


@router.post("/sales/fees/undo")
async def none_taken_back(
    request: Request, context: ContextDep, visitor: WriterDep, sale: Chosen = None
) -> Response:
    """Wait for the marketplace's word on the chosen sales again."""
    took, refusals = await _give_each(context, visitor, sale, None)
    said = plural(len(took), "sale waits for its fees again.", "sales wait for their fees again.")
    return done(request, f"Taken back. {said} {_stayed(refusals)}".rstrip(), WAITING)


@router.post("/sales/{sale_id}/fees")
async def given(
    request: Request,
    context: ContextDep,
    visitor: WriterDep,
    sale_id: UUID,
    amount: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """So much was kept of a sale."""
    await _give(context, visitor, [sale_id], _amount(amount))
    return done(request, "Fees given. The share is known now.", f"/sales/{sale_id}")


@router.post("/sales/{sale_id}/no-fees")
async def none(request: Request, context: ContextDep, visitor: WriterDep, sale_id: UUID) -> Response:
    """Nothing was kept of a sale."""
    await _give(context, visitor, [sale_id], NONE)
    return done(request, "No fees. The share is known now.", f"/sales/{sale_id}")


@router.post("/sales/{sale_id}/fees/undo")
async def taken_back(request: Request, context: ContextDep, visitor: WriterDep, sale_id: UUID) -> Response:
    """Wait for the marketplace's word again."""
    await _give(context, visitor, [sale_id], None)
    return done(request, "Taken back. This sale waits for its fees again.", f"/sales/{sale_id}")


async def _give_each(
    context: Context, visitor: Visitor, sales: list[UUID] | None, fees: Decimal | None
) -> tuple[list[UUID], list[str]]:
    """Which of the chosen sales took it, and why the others did not. Raises Refused when none is chosen, or none took it."""
    if not sales:
        raise Refused("nothing_chosen", "Choose at least one sale first.", status=422)
    return await _give(context, visitor, sales, fees)


async def _give(
    context: Context, visitor: Visitor, sales: list[UUID], fees: Decimal | None
) -> tuple[list[UUID], list[str]]:
    """Which sales took it, and why the others did not. Raises Refused in the owner's words when none did."""
    answers = await context.owners.ledger.give_fees(visitor, sales, fees)
    refusals = [answer.refusal for answer in answers if answer.refusal]
    if refusals and len(refusals) == len(answers):
        raise Refused("nothing_done", _reasons(refusals))
    return [answer.sale_id for answer in answers if not answer.refusal], refusals


def _stayed(refusals: Sequence[str]) -> str:
    """That some sales are as they were, and why; a line for each reason of several sales."""
    if not refusals:
        return ""
    if len(refusals) == 1:
        return f"1 stayed as it was. {refusals[0]}"
    return f"{len(refusals):,} stayed as they were.\n{_reasons(refusals)}"


def _reasons(refusals: Sequence[str]) -> str:
    """The owner's reasons, the most frequent first; of several sales with how many each is of."""
    if len(refusals) == 1:
        return refusals[0]
    counted = Counter(refusals).most_common()
    said = [f"{reason} ({plural(count, 'sale')})" for reason, count in counted[:_REASONS]]
    others = sum(count for _, count in counted[_REASONS:])
    return "\n".join([*said, *([f"Other reasons. ({plural(others, 'sale')})"] if others else [])])


def _amount(text: str) -> Decimal:
    """An amount as people write it. Raises Refused for what is none."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount < _MOST):
        raise Refused("no_amount", "Give an amount such as 1.25, or choose No fees.", status=422)
    return amount
