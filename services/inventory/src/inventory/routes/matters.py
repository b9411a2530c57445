"""HTTP: what waits for a person (unmatched sales, questions), and the tenant's settings."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from kit import paging
from kit.database import Database
from kit.http import CallerDep, WriterDep
from kit.jobs import Wake

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, uuid_after
from inventory.wire import bodies, seller_views, views


def build(db: Database, sweep: Wake) -> APIRouter:
    """Routes of what waits for a person; `sweep` tells articles of another default owner."""
    router = APIRouter()
    _add_waiting(router, db)
    _add_settings(router, db, sweep)
    return router


def _add_waiting(router: APIRouter, db: Database) -> None:
    @router.get("/unmatched", tags=["unmatched"])
    async def list_unmatched(
        caller: CallerDep, after: After = None, limit: Limit = 50
    ) -> seller_views.UnmatchedPage:
        """Sales whose listing has no article yet, latest first, each with why. Linking the listing holds them at once."""
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.unmatched_page(uow, caller, before=paging.place_of(after), limit=limit)
        last = found[-1].line if len(found) == limit else None
        following = paging.cursor_of(last.sold_at, last.sale_id) if last else None
        items = [seller_views.UnmatchedView.of_sale(one.line, one.why) for one in found]
        return seller_views.UnmatchedPage(items=items, next=following)

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


def _add_settings(router: APIRouter, db: Database, sweep: Wake) -> None:
    @router.get("/settings", tags=["settings"])
    async def get_settings(caller: CallerDep) -> bodies.SettingsBody:
        """How listings become articles."""
        async with db.request(caller.tenant_id) as uow:
            return bodies.SettingsBody.of(await usecases.policy(uow, caller))

    @router.put("/settings", tags=["settings"])
    async def put_settings(body: bodies.SettingsBody, caller: WriterDep) -> bodies.SettingsBody:
        """Change how listings become articles; what was matched already stays.

        Under the bus role bound to the caller's tenant: articles that follow another default owner wait to be told.
        """
        async with db.bus([caller.tenant_id]) as uow:
            found = await usecases.set_policy(uow, caller, body.policy())
            uow.after_commit(sweep.wake)
        return bodies.SettingsBody.of(found)
