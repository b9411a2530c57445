"""The public API: sales for programs with an API key."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from gateway.routes.guard import ContextDep, KeyDep
from gateway.wire.sales import Sale

router = APIRouter(prefix="/api/v1", tags=["public"])


class SalePage(BaseModel):
    """A page of sales, newest first; pass `next_cursor` as `cursor` for the following one."""

    items: list[Sale]
    next_cursor: str | None


@router.get("/sales")
async def sales(
    context: ContextDep,
    holder: KeyDep,
    status: str | None = None,
    platform: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SalePage:
    """The tenant's sales."""
    query = {
        "status": status,
        "platform": platform,
        "since": since,
        "until": until,
        "cursor": cursor,
        "limit": limit,
    }
    page = await context.owners.ledger.sales(holder, query)
    return SalePage(items=list(page.items), next_cursor=page.following)


@router.get("/sales/{sale_id}")
async def sale(context: ContextDep, holder: KeyDep, sale_id: UUID) -> Sale:
    """One sale."""
    return await context.owners.ledger.sale(holder, sale_id)
