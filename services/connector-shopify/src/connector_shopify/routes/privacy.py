"""What Shopify asked about buyers' data, for the seller: the list, and a buyer's data to hand on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from connector_kit.connector import Connector
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from kit import paging
from kit.http import CallerDep, WriterDep
from pydantic import BaseModel

from connector_shopify import usecases
from connector_shopify.usecases import Held, Place, PrivacyRequest
from connector_shopify.wire.compliance import data_head, data_item


class PrivacyRequestView(BaseModel):
    """One request. `forgotten` webhooks were deleted or emptied for it; `done_at`: carried out, or fetched."""

    request_id: UUID
    account_id: UUID
    topic: str
    received_at: datetime
    due_by: datetime
    done_at: datetime | None
    forgotten: int


class PrivacyRequestsView(BaseModel):
    """A page of requests, and where the next begins."""

    requests: list[PrivacyRequestView]
    next: str | None


def privacy_router(connector: Connector) -> APIRouter:
    """`/v1/privacy-requests`."""
    router = APIRouter(prefix="/v1/privacy-requests", tags=["privacy"])
    database = connector.database

    @router.get("")
    async def requests(
        caller: CallerDep,
        topic: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=300)] = None,
    ) -> PrivacyRequestsView:
        """The tenant's requests, of one topic or all, the newest first. 422 bad_cursor for an `after` that we did not make."""
        place = paging.place_of(after)
        async with database.request(caller.tenant_id) as uow:
            found, last = await usecases.privacy_requests(uow, caller.tenant_id, place, limit, topic)
        following = paging.cursor_of(last.received_at, last.request_id) if last else None
        return PrivacyRequestsView(requests=[_view(one) for one in found], next=following)

    @router.get("/{request_id}/data")
    async def data(caller: WriterDep, request_id: UUID) -> StreamingResponse:
        """What we hold of the buyer, as a JSON file: webhooks that name him, as they came. They are deleted after a while.

        404 no_such_request; 409 not_a_data_request; 403 for who may only look.
        """
        async with database.request(caller.tenant_id) as uow:
            request = await usecases.data_request(uow, request_id)
        name = f"customer-data-{request_id}.json"
        return StreamingResponse(
            _download(connector, request),
            media_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    return router


async def _download(connector: Connector, request: PrivacyRequest) -> AsyncIterator[bytes]:
    """The file in pieces, a page of webhooks per transaction. Fetched to its end, the request is done."""
    yield data_head(request)
    between = b"\n"
    async for held in _held(connector, request):
        yield between + data_item(held)
        between = b",\n"
    async with connector.database.bus([request.tenant_id]) as uow:
        await usecases.data_handed_over(uow, request)
    yield b"\n]}\n"


async def _held(connector: Connector, request: PrivacyRequest) -> AsyncIterator[Held]:
    place = Place() if request.naming else None
    while place is not None:
        async with connector.database.bus([request.tenant_id]) as uow:
            page, place = await usecases.data_page(uow, request, place)
        for held in page:
            yield held


def _view(request: PrivacyRequest) -> PrivacyRequestView:
    return PrivacyRequestView(
        request_id=request.request_id,
        account_id=request.account_id,
        topic=request.topic,
        received_at=request.received_at,
        due_by=request.due_by,
        done_at=request.done_at,
        forgotten=request.forgotten,
    )
