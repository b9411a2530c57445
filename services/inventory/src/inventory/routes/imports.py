"""HTTP: articles from CSV files, checked whole before anything is changed, and to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from kit.database import Database
from kit.errors import Refused
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, number_after
from inventory.wire import seller_views as views
from inventory.wire.sheets import read_sheet, sheet_head, sheet_lines

LARGEST = 5 * 1024 * 1024
_EXPORTED = 1_000
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "maxLength": LARGEST}}},
    }
}


def build(db: Database) -> APIRouter:
    """Routes of files; the export's address stands before that of one article."""
    router = APIRouter(tags=["imports"])
    _add_export(router, db)
    _add_checking(router, db)
    _add_applying(router, db)
    return router


def _add_export(router: APIRouter, db: Database) -> None:
    @router.get("/articles/export.csv")
    async def export_articles(caller: CallerDep) -> StreamingResponse:
        """Every article, newest first, in the columns that an import takes; safe against formula injection.

        A page per transaction, so that an export holds nothing open. An import of it unchanged changes nothing.
        """

        async def page(after: usecases.Place | None) -> tuple[str, usecases.Place | None]:
            async with db.request(caller.tenant_id) as uow:
                cells, following = await usecases.export_page(uow, caller, after=after, limit=_EXPORTED)
            return sheet_lines(cells), following

        async def lines(text: str, following: usecases.Place | None) -> AsyncIterator[str]:
            yield sheet_head() + text
            while following is not None:
                text, following = await page(following)
                yield text

        headers = {"Content-Disposition": 'attachment; filename="articles.csv"'}
        return StreamingResponse(
            lines(*await page(None)), media_type="text/csv; charset=utf-8", headers=headers
        )


def _shown(made: usecases.Import) -> views.ImportView:
    return views.ImportView(
        id=made.id,
        create=made.creates,
        change=made.changes,
        same=made.same,
        errors=made.errors,
        first_errors=[views.FaultView.of(fault) for fault in made.faults],
        made_by=made.made_by,
        made_at=made.made_at,
        applied_by=made.applied_by,
        applied_at=made.applied_at,
    )


async def _file_of(request: Request) -> bytes:
    """The body, refused as soon as it is too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            message = "The file is over 5 MB: cut it into several."
            raise Refused("too_large", message, status=413)
        parts.append(part)
    return b"".join(parts)


def _add_checking(router: APIRouter, db: Database) -> None:
    @router.post("/imports", status_code=201, openapi_extra=_FILE)
    async def check_import(request: Request, caller: WriterDep) -> views.ImportView:
        """Check a CSV file of articles (the body) and keep what it would do; nothing is changed until it is applied.

        UTF-8, parted by comma, semicolon or tab, the columns by name in any order: sku, title, price, cost, currency, quantity,
        location, brand, owner (own, consigned, unknown), consignor (its code), thumbnail_url, and article_id for articles
        without SKU. An empty cell keeps what is there, `-` clears it. Errors are told by line and column. 413 `too_large`
        over 5 MB; 422 `not_utf8`, `not_text`, `not_csv`, `empty_file`, `too_many_columns`, `too_many_lines` (20,000).
        """
        sheet = read_sheet(await _file_of(request))
        async with db.request(caller.tenant_id) as uow:
            return _shown(await usecases.check_import(uow, caller, sheet.lines, sheet.faults))

    @router.get("/imports/{import_id}")
    async def get_import(
        import_id: UUID, caller: CallerDep, after: After = None, limit: Limit = 100
    ) -> views.ImportPage:
        """An import, and a page of what it would do or did, line by line."""
        begun = number_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.shown_import(uow, import_id, after=begun, limit=limit)
        items = [views.PlannedView.of(line) for line in found.lines]
        following = cursor_of([line.line for line in items], limit)
        return views.ImportPage(made=_shown(found.made), items=items, next=following)


def _add_applying(router: APIRouter, db: Database) -> None:
    @router.post("/imports/{import_id}/apply")
    async def apply_import(import_id: UUID, caller: WriterDep) -> views.ImportView:
        """Do all that an import would do, in one transaction, or nothing.

        409 `has_errors`; 409 `already_applied` (by whom, when); 409 `changed_meanwhile` when what its lines change has
        changed since the file was checked (which lines); 422 `no_such_consignor` when one takes no new articles by now.
        """
        async with db.request(caller.tenant_id) as uow:
            return _shown(await usecases.apply_import(uow, caller, import_id))

    @router.delete("/imports/{import_id}", status_code=204)
    async def discard_import(import_id: UUID, caller: WriterDep) -> Response:
        """Forget an import that was not applied; after a week that happens by itself. 409 `already_applied`."""
        async with db.request(caller.tenant_id) as uow:
            await usecases.discard_import(uow, import_id)
        return Response(status_code=204)
