"""HTTP: articles, their quantity, what sold elsewhere, and why the stock is what it is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep

from inventory import usecases
from inventory.routes.paging import After, Limit, cursor_of, number_after
from inventory.wire import article_bodies, bodies, seller_views, views
from inventory.wire.queries import ArticleQuery, cursor_at


def build(db: Database) -> APIRouter:
    """Routes of articles."""
    router = APIRouter(tags=["articles"])
    _add_reading(router, db)
    _add_creating(router, db)
    _add_editing(router, db)
    _add_stock(router, db)
    return router


def _add_reading(router: APIRouter, db: Database) -> None:
    @router.get("/articles")
    async def list_articles(caller: CallerDep, wanted: Annotated[ArticleQuery, Query()]) -> views.ArticlePage:
        """Articles, newest first (by SKU when chosen by SKU), narrowed to whatever is given.

        What few articles have together may take several pages to find: a page may be short while `next` goes on.
        """
        async with db.request(caller.tenant_id) as uow:
            found, following = await usecases.articles_page(
                uow, caller, wanted.filter(), after=wanted.place(), limit=wanted.limit
            )
        items = [views.ArticleView.of(article) for article in found]
        return views.ArticlePage(items=items, next=cursor_at(following))

    @router.get("/articles/{article_id}")
    async def get_article(article_id: UUID, caller: CallerDep) -> views.ArticleWithListings:
        """One article with the listings that show it."""
        async with db.request(caller.tenant_id) as uow:
            return views.ArticleWithListings.of(await usecases.article(uow, article_id))

    @router.get("/articles/{article_id}/journal")
    async def explain_article(
        article_id: UUID, caller: CallerDep, after: After = None, limit: Limit = 100
    ) -> views.ExplainedView:
        """Explain this article: its stock journal, its listings, and the latest 200 sales on it and questions about it."""
        before = number_after(after)
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.explain(uow, caller, article_id, before=before, limit=limit)
        journal = [views.JournalView.of(entry) for entry in found.journal]
        return views.ExplainedView(
            article=views.ArticleWithListings.of(found.article),
            sales=[views.HoldView.of_hold(hold) for hold in found.sales],
            journal=journal,
            next_journal=cursor_of([entry.id for entry in journal], limit),
            questions=[views.QuestionView.of(asked) for asked in found.questions],
        )


def _wanted(changes: article_bodies.ArticleChanges, quantity: int | None = None) -> usecases.Wanted:
    return usecases.Wanted(changes.edit(), changes.owner_wish(), changes.says_owner, quantity)


def _add_creating(router: APIRouter, db: Database) -> None:
    @router.post("/articles", status_code=201)
    async def create_article(
        body: article_bodies.ArticleCreate, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Create an article; unlinked live listings and unmatched sales of its SKU come to it at once.

        Without an owner it follows the owner rules. 409 `sku_taken` when another article has the SKU; 422
        `no_such_consignor` for one nobody knows or who takes no new articles; 422 `two_currencies` when price and cost are
        not in one.
        """
        async with db.request(caller.tenant_id) as uow:
            made = await usecases.create_article(uow, caller, _wanted(body, body.quantity))
            return views.ArticleWithListings.of(made)


def _add_editing(router: APIRouter, db: Database) -> None:
    @router.post("/articles/edit")
    async def edit_articles(
        body: article_bodies.ArticlesEdit, caller: WriterDep
    ) -> list[seller_views.EditedView]:
        """Change the same of many articles; what is refused of one leaves the others be, and is said.

        Per article: `no_such_article`, `merged`, `no_such_consignor`, `two_currencies`.
        """
        wanted = _wanted(body.changes, body.changes.quantity)
        async with db.request(caller.tenant_id) as uow:
            edited = await usecases.edit_articles(uow, caller, body.article_ids, wanted)
        return [
            seller_views.EditedView(
                article_id=one.article_id,
                done=one.refusal is None,
                code=one.refusal.code if one.refusal else None,
                message=one.refusal.message if one.refusal else None,
            )
            for one in edited
        ]

    @router.patch("/articles/{article_id}")
    async def edit_article(
        article_id: UUID, body: article_bodies.ArticleEdit, caller: WriterDep
    ) -> views.ArticleWithListings:
        """Change what is given of an article; null clears, an owner of null lets it follow the owner rules.

        Sales made already keep the owner and cost they were made with. Another SKU unlinks nothing; listings and sales
        that waited for it come to the article. 409 `sku_taken`, `merged`; 422 `no_such_consignor`, 422 `two_currencies`.
        """
        async with db.request(caller.tenant_id) as uow:
            return views.ArticleWithListings.of(
                await usecases.edit_article(uow, caller, article_id, _wanted(body))
            )


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
        """Say that it was sold where no connector is, such as a shop till: it is held and delisted as any sale.

        422 `sold_in_future` for a time that is still to come.
        """
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
