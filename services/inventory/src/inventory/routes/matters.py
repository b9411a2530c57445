"""HTTP: what waits for a person (unmatched sales, questions), and the tenant's settings."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from kit import paging
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, uuid_after
from inventory.wire import bodies, views


def build(db: Database) -> APIRouter:
    """Routes of what waits for a person."""
    router = APIRouter()
    _add_waiting(router, db)
    _add_settings(router, db)
    return router


def _add_waiting(router: APIRouter, db: Database) -> None:
    @router.get("/unmatched", tags=["unmatched"])
    async def list_unmatched(caller: CallerDep, after: After = None, limit: Limit = 50) -> views.SalePage:
        """Sales whose listing has no article yet, latest first. Linking the listing holds them at once."""
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.unmatched_page(uow, caller, before=paging.place_of(after), limit=limit)
        following = paging.cursor_of(found[-1].sold_at, found[-1].sale_id) if len(found) == limit else None
        return views.SalePage(items=[views.SaleView.of(line) for line in found], next=following)

    @router.get("/questions", tags=["questions"])
    async def list_questions(caller: CallerDep, after: After = None, limit: Limit = 50) -> views.QuestionPage:
        """Open questions: a listing that shows more or less than the stock, a cancelled or
        refunded unit of which nobody has said whether it is back.
        """
        before = uuid_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.questions_page(uow, caller, before=before, limit=limit)
        items = [views.QuestionView.of(asked) for asked in found]
        return views.QuestionPage(items=items, next=cursor_of([one.id for one in items], limit))

    @router.post("/questions/{question_id}/answer", tags=["questions"])
    async def answer_question(
        question_id: UUID, body: bodies.Answered, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Answer a question; the stock and the listings follow.

        `surplus` and `deficit` take `marketplace_is_right` or `stock_is_right`; `not_restocked` takes `put_back` or
        `gone`; `refunded` takes `restock` (and relist) or `dont_restock`, 409 `counted_already` to `restock` when the
        marketplace has counted the unit back since. 409 `already_answered` when it was; 409 `quantity_changed` to `marketplace_is_right` when the stock is
        not what it was when we asked.
        """
        async with db.request(caller.tenant_id) as uow:
            article = await usecases.answer_question(uow, caller, question_id, body.answer)
            return views.ArticleWithListings.of(article)


def _add_settings(router: APIRouter, db: Database) -> None:
    @router.get("/settings", tags=["settings"])
    async def get_settings(caller: CallerDep) -> bodies.SettingsBody:
        """How listings become articles."""
        async with db.request(caller.tenant_id) as uow:
            return bodies.SettingsBody.of(await usecases.policy(uow, caller))

    @router.put("/settings", tags=["settings"])
    async def put_settings(body: bodies.SettingsBody, caller: WriterDep) -> bodies.SettingsBody:
        """Change how listings become articles; what was matched already stays."""
        async with db.request(caller.tenant_id) as uow:
            return bodies.SettingsBody.of(await usecases.set_policy(uow, caller, body.policy()))
