"""What a person says of articles: new ones, and what is changed of one or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kit.errors import Invalid, Refused
from kit.ids import new_id
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, Consignors, Edit, NoSuchConsignor, Owner, OwnerWish
from inventory.store import Stock
from inventory.usecases.common import Drawn, draw, drawn_by, finish, follow_rules, found_in
from inventory.usecases.skus import refuse_taken, sku_giver


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is said of articles. `edit` names no owner: it is said apart, None lets them follow the owner rules.

    Without a quantity the first live listing opens a new article's stock.
    """

    edit: Edit = field(default_factory=Edit)
    owner: OwnerWish | None = None
    says_owner: bool = False
    quantity: int | None = None

    def edit_of(self, article: Article, consignors: Consignors) -> Edit:
        """The change of one article. Raises Invalid."""
        edit = self.edit.copy()
        if self.says_owner:
            kept = article.owner if article.owner_given else None
            edit["owner"] = owner_meant(self.owner, consignors, kept) if self.owner else None
        currencies = sorted(article.currencies_after(edit))
        if len(currencies) > 1:
            both = " and ".join(currencies)
            message = f"Price and cost would be in {both}: give both in one currency."
            raise Invalid("two_currencies", message)
        return edit


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of one article of several."""

    article_id: UUID
    refusal: Refused | None = None


def owner_meant(wish: OwnerWish, consignors: Consignors, kept: Owner | None = None) -> Owner:
    """Whom a person means. Raises Invalid for a consignor nobody knows or who takes no new articles."""
    try:
        return consignors.owner(wish, kept)
    except NoSuchConsignor as error:
        raise Invalid("no_such_consignor", str(error)) from error


async def consignors_meant(uow: UnitOfWork, tenant_id: UUID, wishes: Sequence[OwnerWish]) -> Consignors:
    """The consignors that are named by id or code."""
    ids = {wish.consignor_id for wish in wishes if wish.consignor_id}
    codes = {wish.code for wish in wishes if wish.code}
    return await store.consignors_of(uow, tenant_id, ids=ids, codes=codes)


async def create_article(uow: UnitOfWork, caller: Caller, wanted: Wanted) -> Article:
    """Create an article; unlinked live listings and unmatched sales of its SKU come to it."""
    sku = wanted.edit.get("sku")
    await store.lock_policies(uow, {caller.tenant_id})
    await refuse_taken(uow, caller, sku)
    title = wanted.edit["title"]
    article = Article.make(new_id(), caller.tenant_id, uow.now, sku=sku, title=title, owner=Owner())
    article.edit(wanted.edit_of(article, await _consignors(uow, caller, wanted)))
    await follow_rules(uow, [article])
    if wanted.quantity is not None:
        article.open(wanted.quantity, uow.now)
    drawn = await drawn_by(uow, {(caller.tenant_id, sku)} if sku else set())
    stock = await store.lock(uow, {}, named=drawn.named)
    stock.articles[article.id] = article
    await draw(uow, stock, drawn, [article])
    await store.index_words(uow, [article])
    await finish(uow, [article], caller)
    return article


async def _consignors(uow: UnitOfWork, caller: Caller, wanted: Wanted) -> Consignors:
    return await consignors_meant(uow, caller.tenant_id, [wanted.owner] if wanted.owner else [])


async def edit_article(uow: UnitOfWork, caller: Caller, article_id: UUID, wanted: Wanted) -> Article:
    """Change what is given of an article. Sales made already keep the owner and cost they were made with.

    Its listings stay linked whatever its SKU is; listings and sales that waited for a new SKU come to it.
    """
    drawn, giver = Drawn(), None
    if "sku" in wanted.edit:
        sku = wanted.edit["sku"]
        await store.lock_policies(uow, {caller.tenant_id})
        giver = await sku_giver(uow, caller, article_id, sku, for_itself=True)
        drawn = await drawn_by(uow, {(caller.tenant_id, sku)} if sku else set())
    stock = await store.lock(
        uow, {article_id: store.EVERY_SALE} | dict.fromkeys([giver] if giver else [], 0), named=drawn.named
    )
    article = found_in(stock, article_id)
    article.edit(wanted.edit_of(article, await _consignors(uow, caller, wanted)))
    if giver is not None:
        await store.give_up_sku(uow, giver)
    await follow_rules(uow, [article])
    await draw(uow, stock, drawn, [article])
    if wanted.edit.keys() & {"sku", "title"}:
        await store.index_words(uow, [article], anew=True)
    await finish(uow, [article], caller)
    return article


async def edit_articles(
    uow: UnitOfWork, caller: Caller, article_ids: Sequence[UUID], wanted: Wanted
) -> list[Edited]:
    """Change the same of many articles, their quantity too; what is refused of one leaves the others be."""
    quantity = wanted.quantity
    units = store.EVERY_SALE if quantity is not None else 0
    stock = await store.lock(uow, dict.fromkeys(article_ids, units))
    consignors = await _consignors(uow, caller, wanted)
    done = [_edit(stock, i, wanted, consignors) for i in dict.fromkeys(article_ids)]
    edited = [stock.articles[one.article_id] for one in done if one.refusal is None]
    await follow_rules(uow, edited)
    if quantity is not None:
        for article in edited:
            article.count(quantity, uow.now)
    await finish(uow, edited, caller)
    return done


def _edit(stock: Stock, article_id: UUID, wanted: Wanted, consignors: Consignors) -> Edited:
    try:
        article = found_in(stock, article_id)
        article.edit(wanted.edit_of(article, consignors))
    except Refused as refusal:
        return Edited(article_id, refusal)
    return Edited(article_id)
