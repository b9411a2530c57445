"""What a person does: count, link, say what sold elsewhere, answer questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.values import Money

from inventory import store, wire
from inventory.domain import (
    ANSWERS,
    Answer,
    Article,
    AskedQuestion,
    Listing,
    Policy,
    QuestionKind,
    SaleLine,
)
from inventory.store import Stock
from inventory.usecases.common import Voice, adopt_seller


async def _sell_waiting(uow: UnitOfWork, stock: Stock, article: Article, waiting: Sequence[SaleLine]) -> None:
    """Hold for the sales that waited for this article."""
    removed = await store.removed_sales(uow, {line.sale_id for line in waiting})
    for line in waiting:
        adopt_seller(stock, article, line, uow.now)
        article.sell(line, removed=line.sale_id in removed)
    await store.unpark(uow, [line.sale_id for line in waiting])
    await store.save_seen(uow, stock)


async def _finish(uow: UnitOfWork, article: Article, caller: Caller) -> None:
    voice = Voice(uow)
    voice.say(article)
    voice.finish()
    await store.save(uow, [article], user_id=caller.user_id)


async def _article_in_hand(
    uow: UnitOfWork, article_id: UUID, *, named: Sequence[UUID] = ()
) -> tuple[Stock, Article]:
    stock = await store.lock(uow, {article_id: store.EVERY_SALE}, named=named)
    if article_id not in stock.articles:
        raise NotFound("no_such_article", "There is no such article.")
    return stock, stock.articles[article_id]


async def count_article(
    uow: UnitOfWork,
    caller: Caller,
    article_id: UUID,
    *,
    quantity: int,
    expected: int | None,
    note: str | None,
) -> Article:
    """Say how many are for sale; listings may be raised to it. Refused when the person looked at another figure."""
    _, article = await _article_in_hand(uow, article_id)
    if expected is not None and article.is_open and expected != article.free:
        raise _changed_meanwhile(article, expected)
    article.count(quantity, uow.now, note=note)
    await _finish(uow, article, caller)
    return article


def _changed_meanwhile(article: Article, looked_at: int) -> Refused:
    message = (
        f"The quantity is {article.free} by now, not {looked_at}: something sold or came back meanwhile."
    )
    return Refused(
        "quantity_changed", f"{message} Count again and say how many there are.", quantity=article.free
    )


async def link_listing(uow: UnitOfWork, caller: Caller, listing_id: UUID, article_id: UUID) -> Article:
    """Let a listing show an article; its unmatched sales are held at once."""
    await store.lock_policies(uow, {caller.tenant_id})
    waiting = await store.waiting_sales(uow, [listing_id], set())
    stock, article = await _article_in_hand(uow, article_id, named=[listing_id])
    listing = stock.alone.get(listing_id)
    if listing_id in stock.home:
        return article
    if listing is None:
        raise NotFound("no_such_listing", "There is no such listing.")
    if listing.article_id is not None:
        message = "The listing shows another article: unlink it there first."
        raise Refused("linked_elsewhere", message, article_id=str(listing.article_id))
    stock.settle_in(listing, article)
    article.link(listing, uow.now, by_person=True)
    await _sell_waiting(uow, stock, article, waiting)
    await _finish(uow, article, caller)
    return article


async def unlink_listing(uow: UnitOfWork, caller: Caller, listing_id: UUID) -> Listing:
    """Let a listing stand alone; only a person links it again."""
    await store.lock_policies(uow, {caller.tenant_id})
    known = (await store.listings_of(uow, [listing_id])).get(listing_id)
    if known is None:
        raise NotFound("no_such_listing", "There is no such listing.")
    if known.article_id is None:
        return known
    _, article = await _article_in_hand(uow, known.article_id)
    listing = article.unlink(listing_id)
    await _finish(uow, article, caller)
    await store.save_listings(uow, [listing])
    return listing


async def sell_elsewhere(
    uow: UnitOfWork,
    article_id: UUID,
    *,
    quantity: int,
    price: Money,
    sold_at: datetime | None,
    reference: str | None,
) -> UUID:
    """Say that an article was sold where no connector is, such as a shop till; inventory holds it as any sale.

    The same reference again is the same sale. Returns the sale's id.
    """
    article = await store.article(uow, article_id)
    if article is None:
        raise NotFound("no_such_article", "There is no such article.")
    order_id = reference or str(new_id())
    fact = wire.sale_elsewhere(
        article, order_id=order_id, quantity=quantity, price=price, sold_at=sold_at or uow.now, now=uow.now
    )
    uow.emit(fact)
    return fact.sale_id


async def set_policy(uow: UnitOfWork, caller: Caller, policy: Policy) -> Policy:
    """Change a tenant's settings (bus role). What was matched already stays."""
    before = (await store.lock_policies(uow, {caller.tenant_id}))[caller.tenant_id]
    await store.save_policy(uow, caller.tenant_id, policy)
    if policy.default_owner is not before.default_owner:
        await store.ask_sweep(uow, caller.tenant_id)
    return policy


async def answer_question(uow: UnitOfWork, caller: Caller, question_id: UUID, answer: Answer) -> Article:
    """Do what a person answered.

    Refused when the question was answered already or takes no such answer, and when a marketplace's figure is to count
    that was compared with another quantity than there is now.
    """
    asked = await _open_question(uow, question_id)
    if answer not in ANSWERS[asked.question.kind]:
        fitting = ", ".join(sorted(ANSWERS[asked.question.kind]))
        raise Refused("wrong_answer", f"This question takes one of: {fitting}.", status=422)
    is_sale = asked.question.kind is QuestionKind.NOT_RESTOCKED
    sales = [asked.question.subject] if is_sale else []
    stock = await store.lock(uow, {asked.article_id: store.EVERY_SALE}, sales=sales)
    asked = await _open_question(uow, question_id)
    article = stock.articles[asked.article_id]
    if answer is Answer.MARKETPLACE_IS_RIGHT and article.free != asked.question.free:
        raise _changed_meanwhile(article, asked.question.free)
    article.answer(asked.question, answer, uow.now)
    await store.close_question(uow, question_id, answer, caller.user_id)
    await _finish(uow, article, caller)
    return article


async def _open_question(uow: UnitOfWork, question_id: UUID) -> AskedQuestion:
    asked = await store.question(uow, question_id)
    if asked is None:
        raise NotFound("no_such_question", "There is no such question.")
    if asked.answered_at is not None:
        raise Refused("already_answered", f"This question was answered already: {asked.answer}.")
    return asked
