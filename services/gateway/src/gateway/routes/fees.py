"""What a person says of fees that a marketplace never tells: given, none, or taken back."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from kit.errors import Refused

from gateway.routes.context import Context
from gateway.routes.guard import ContextDep, WriterDep
from gateway.routes.rendering import done, plural
from gateway.usecases import Visitor

router = APIRouter(include_in_schema=False)

WAITING = "/automations/sync?fees=waiting"
NONE = Decimal(0)
_MOST = Decimal(10) ** 12


@router.post("/sales/fees")
async def none_of_these(
    request: Request,
    context: ContextDep,
    visitor: WriterDep,
    sale: Annotated[list[UUID] | None, Form(max_length=100)] = None,
) -> Response:
    """Of the chosen sales nothing was kept."""
    if not sale:
        raise Refused("nothing_chosen", "Choose at least one sale first.", status=422)
    count = await _give(context, visitor, sale, NONE)
    return done(request, f"No fees. Shares are known now. ({plural(count, 'sale')})", WAITING)


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


async def _give(context: Context, visitor: Visitor, sales: list[UUID], fees: Decimal | None) -> int:
    """How many sales took it. Raises Refused in the owner's words when none did."""
    answers = await context.owners.ledger.give_fees(visitor, sales, fees)
    refusals = [answer.refusal for answer in answers if answer.refusal]
    if refusals and len(refusals) == len(answers):
        raise Refused("nothing_done", refusals[0])
    return len(answers) - len(refusals)


def _amount(text: str) -> Decimal:
    """An amount as people write it. Raises Refused for what is none."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount < _MOST):
        raise Refused("no_amount", "Give an amount such as 1.25, or choose No fees.", status=422)
    return amount
