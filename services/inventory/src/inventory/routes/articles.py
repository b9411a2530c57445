"""HTTP: articles, their quantity, what sold elsewhere, and why the stock is what it is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, number_after, uuid_after
from inventory.wire import bodies, views

Search = Annotated[
    str | None, Query(max_length=200, description="Words of title or SKU; each may be the beginning of one.")
]
OnlyShort = Annotated[bool, Query(description="Only articles that were sold beyond what there is.")]


def build(db: Database) -> APIRouter:
    """Routes of articles."""
    router = APIRouter(tags=["articles"])
    _add_reading(router, db)
    _add_describing(router, db)
    _add_stock(router, db)
    return router


def _add_reading(router: APIRouter, db: Database) -> None:
    @router.get("/articles")
    async def list_articles(
        caller: CallerDep,
        search: Search = None,
        short: OnlyShort = False,
        after: After = None,
        limit: Limit = 50,
    ) -> views.ArticlePage:
        """Articles, newest first, optionally by words of title and SKU."""
        before = uuid_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.articles_page(
                uow, caller, search=search, only_short=short, before=before, limit=limit
            )
        items = [views.ArticleView.of(article) for article in found]
        return views.ArticlePage(items=items, next=cursor_of([one.id for one in items], limit))

    @router.get("/articles/{article_id}")
    async def get_article(article_id: UUID, caller: CallerDep) -> views.ArticleWithListings:
        """One article with the listings that show it."""
        async with db.request(caller.tenant_id) as uow:
            return views.ArticleWithListings.of(await usecases.article(uow, article_id))

    @router.get("/articles/{article_id}/journal")
    async def explain_article(
        article_id: UUID, caller: CallerDep, after: After = None, limit: Limit = 100
    ) -> views.ExplainedView:
        """Explain this article: its stock journal, the sales on it, its listings and what was asked about it."""
        before = number_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.explain(uow, caller, article_id, before=before, limit=limit)
        journal = [views.JournalView.of(entry) for entry in found.journal]
        return views.ExplainedView(
            article=views.ArticleWithListings.of(found.article),
            sales=[views.HoldView.of_hold(hold) for hold in found.article.holds.values()],
            journal=journal,
            next_journal=cursor_of([entry.id for entry in journal], limit),
            questions=[views.QuestionView.of(asked) for asked in found.questions],
        )


def _add_describing(router: APIRouter, db: Database) -> None:
    @router.post("/articles", status_code=201)
    async def create_article(body: bodies.ArticleCreate, caller: WriterDep) -> views.ArticleWithListings:
        """Create an article; unlinked live listings and unmatched sales of its SKU come to it at once.

        409 `sku_taken` when another article has the SKU.
        """
        new = usecases.NewArticle(
            body.clean_sku(), body.title, body.quantity, body.owner.owner(), bodies.cost_of(body.cost)
        )
        async with db.request(caller.tenant_id) as uow:
            return views.ArticleWithListings.of(await usecases.create_article(uow, caller, new))

    @router.put("/articles/{article_id}")
    async def edit_article(
        article_id: UUID, body: bodies.ArticleEdit, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Change title, owner and cost. Sales made already keep the owner and cost they were made with."""
        async with db.request(caller.tenant_id) as uow:
            article = await usecases.edit_article(
                uow,
                caller,
                article_id,
                title=body.title,
                owner=body.owner.owner(),
                cost=bodies.cost_of(body.cost),
            )
            return views.ArticleWithListings.of(article)


def _add_stock(router: APIRouter, db: Database) -> None:
    @router.put("/articles/{article_id}/quantity")
    async def count_article(
        article_id: UUID, body: bodies.QuantityEdit, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Say how many are for sale. Sales that wait for a unit are served first; listings may be raised to the rest.

        409 `quantity_changed` when `expected` is given and no longer true.
        """
        async with db.request(caller.tenant_id) as uow:
            article = await usecases.count_article(
                uow, caller, article_id, quantity=body.quantity, expected=body.expected, note=body.note
            )
            return views.ArticleWithListings.of(article)

    @router.post("/articles/{article_id}/sold-elsewhere", status_code=202)
    async def sold_elsewhere(
        article_id: UUID, body: bodies.SoldElsewhere, caller: WriterDep
    ) -> views.SaleAccepted:
        """Say that it was sold where no connector is, such as a shop till: it is held and delisted as any sale."""
        async with db.request(caller.tenant_id) as uow:
            sale_id = await usecases.sell_elsewhere(
                uow,
                article_id,
                quantity=body.quantity,
                price=body.price,
                sold_at=body.sold_at,
                reference=body.reference,
            )
        return views.SaleAccepted(sale_id=sale_id)
