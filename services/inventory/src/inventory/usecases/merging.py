"""A person says that two articles are one, or that one is two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import Invalid, Refused
from kit.ids import new_id
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, doubles, merge, split
from inventory.store import Stock
from inventory.usecases.common import changed_meanwhile, finish, found_in
from inventory.usecases.skus import sku_giver

MOST_SALES = 5000
"""So many can move in one transaction."""


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do: what moves, and accounts on which two live listings would then show one article."""

    article: Article
    other: Article
    sales: int
    questions: int
    doubles: Mapping[UUID, Sequence[UUID]]


@dataclass(frozen=True, slots=True)
class SplitOff:
    """The article that a person splits off another one."""

    listing_ids: Sequence[UUID]
    title: str
    sku: str | None
    quantity: int
    expected: int | None


async def plan_merge(uow: UnitOfWork, article_id: UUID, from_id: UUID) -> MergePlan:
    """What merging one article into another would do. Raises NotFound and Refused."""
    _refuse_itself(article_id, from_id)
    article, other = [await _looked_at(uow, one) for one in (article_id, from_id)]
    sales = await store.count_sales(uow, from_id)
    asked = await store.open_questions(uow, from_id)
    return MergePlan(article, other, sales, len(asked), doubles([*article.linked, *other.linked]))


async def _looked_at(uow: UnitOfWork, article_id: UUID) -> Article:
    found = await store.article(uow, article_id)
    return found_in(Stock(articles={article_id: found} if found else {}), article_id)


def _refuse_itself(article_id: UUID, from_id: UUID) -> None:
    if article_id == from_id:
        raise Invalid("same_article", "These are one article already. Choose another one to merge.")


async def merge_articles(
    uow: UnitOfWork,
    caller: Caller,
    article_id: UUID,
    from_id: UUID,
    *,
    quantity: int,
    expected: int | None,
    from_expected: int | None,
) -> Article:
    """Let one article be part of another; its listings, sales and questions move. Refused when a quantity is another than
    the one the person looked at.
    """
    _refuse_itself(article_id, from_id)
    await store.lock_policies(uow, {caller.tenant_id})
    earlier = await store.merged_in(uow, from_id)
    both = {article_id: store.EVERY_SALE, from_id: store.EVERY_SALE}
    stock = await store.lock(uow, dict.fromkeys(earlier, 0) | both)
    article, other = found_in(stock, article_id), found_in(stock, from_id)
    _refuse_changed(article, expected)
    _refuse_changed(other, from_expected)
    await _refuse_many(uow, other, "Merge the other one into it instead.")
    await store.load_holds(uow, {other.id: other})
    merge(article, other, quantity, uow.now)
    await store.pass_on(uow, other, article)
    await store.move_questions(uow, other.id, article.id)
    await finish(uow, [other, article], caller)
    await store.index_words(uow, [other, article], anew=True)
    return article


def _refuse_changed(article: Article, expected: int | None) -> None:
    if expected is not None and expected != article.free:
        raise changed_meanwhile(article, expected)


async def _refuse_many(
    uow: UnitOfWork, article: Article, instead: str, listing_ids: Sequence[UUID] | None = None
) -> None:
    sales = await store.count_sales(uow, article.id, listing_ids=listing_ids)
    if sales > MOST_SALES:
        message = f"{sales} sales would move, {MOST_SALES} can at once. {instead}"
        raise Refused("too_many_sales", message, sales=sales)


async def split_article(uow: UnitOfWork, caller: Caller, article_id: UUID, new: SplitOff) -> Article:
    """Let some listings of an article be one of their own, with the sales they made. Returns the new one."""
    await store.lock_policies(uow, {caller.tenant_id})
    giver = await sku_giver(uow, caller, article_id, new.sku, for_itself=False)
    stock = await store.lock(uow, {article_id: store.EVERY_SALE} | dict.fromkeys([giver] if giver else [], 0))
    article = found_in(stock, article_id)
    _refuse_changed(article, new.expected)
    _refuse_split(article, new)
    await _refuse_many(uow, article, "Split its other listings off instead.", new.listing_ids)
    await store.load_holds(uow, {article.id: article}, listing_ids=new.listing_ids)
    made = Article.make(
        new_id(), caller.tenant_id, uow.now, sku=new.sku, title=new.title, owner=article.owner
    )
    made.cost, made.price, made.brand = article.cost, article.price, article.brand
    made.location, made.thumbnail_url = article.location, article.thumbnail_url
    made.owner_given, made.rules = article.owner_given, article.rules
    split(article, made, set(new.listing_ids), new.quantity)
    if giver is not None:
        await store.give_up_sku(uow, giver)
    subjects = {*new.listing_ids, *made.holds}
    await finish(uow, [article, made], caller)
    await store.move_questions(uow, article.id, made.id, subjects)
    await store.index_words(uow, [made])
    return made


def _refuse_split(article: Article, new: SplitOff) -> None:
    unknown = [listing_id for listing_id in new.listing_ids if listing_id not in article.linked.by_id]
    if unknown:
        message = "One of the listings does not show this article. Look again and choose."
        raise Refused("not_linked", message, listing_ids=[str(one) for one in unknown])
    if new.quantity > article.free:
        message = f"Only {article.free} are for sale: so many can go along at most."
        raise Refused("not_enough", message, quantity=article.free)
