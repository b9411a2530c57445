"""What a person does: count, link, say what sold elsewhere, answer questions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from kit.errors import Invalid, NotFound, Refused
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
    Policy,
    QuestionKind,
)
from inventory.usecases.common import (
    article_in_hand,
    changed_meanwhile,
    finish,
    found_in,
    no_such_article,
    no_such_listing,
    sell_waiting,
)

_CLOCKS_DIFFER = timedelta(minutes=10)


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
    _, article = await article_in_hand(uow, article_id)
    if expected is not None and article.is_open and expected != article.free:
        raise changed_meanwhile(article, expected)
    article.count(quantity, uow.now, note=note)
    await finish(uow, [article], caller)
    return article


async def link_listing(uow: UnitOfWork, caller: Caller, listing_id: UUID, article_id: UUID) -> Article:
    """Let a listing show an article; its unmatched sales are held at once."""
    await store.lock_policies(uow, {caller.tenant_id})
    waiting = await store.waiting_sales(uow, [listing_id], set())
    stock, article = await article_in_hand(uow, article_id, named=[listing_id])
    listing = stock.alone.get(listing_id)
    if listing_id in stock.home:
        return article
    if listing is None:
        raise no_such_listing()
    if listing.article_id is not None:
        message = "The listing shows another article: unlink it there first."
        raise Refused("linked_elsewhere", message, article_id=str(listing.article_id))
    stock.settle_in(listing, article)
    article.link(listing, uow.now, by_person=True)
    await sell_waiting(uow, stock, [(article, line) for line in waiting])
    await finish(uow, [article], caller)
    return article


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

    The same reference again is the same sale. Returns the sale's id. Raises NotFound, and Invalid for a time to come.
    """
    if sold_at is not None and sold_at > uow.now + _CLOCKS_DIFFER:
        raise Invalid("sold_in_future", "This time is still to come. Say when it was sold.")
    article = await store.article(uow, article_id)
    if article is None:
        raise no_such_article()
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
    # So that its article is not merged into another one meanwhile.
    await store.lock_policies(uow, {caller.tenant_id})
    asked = await _open_question(uow, question_id)
    if answer not in ANSWERS[asked.question.kind]:
        fitting = ", ".join(sorted(ANSWERS[asked.question.kind]))
        raise Refused("wrong_answer", f"This question takes one of: {fitting}.", status=422)
    is_sale = asked.question.kind in (QuestionKind.NOT_RESTOCKED, QuestionKind.REFUNDED)
    sales = [asked.question.subject] if is_sale else []
    stock = await store.lock(uow, {asked.article_id: store.EVERY_SALE}, sales=sales)
    asked = await _open_question(uow, question_id)
    article = found_in(stock, asked.article_id)
    if answer is Answer.MARKETPLACE_IS_RIGHT and article.free != asked.question.free:
        raise changed_meanwhile(article, asked.question.free)
    if answer is Answer.RESTOCK:
        await _refuse_restocked(uow, article, asked.question.subject)
    article.answer(asked.question, answer, uow.now)
    await store.close_question(uow, question_id, answer, caller.user_id)
    await finish(uow, [article], caller)
    return article


async def _open_question(uow: UnitOfWork, question_id: UUID) -> AskedQuestion:
    asked = await store.question(uow, question_id)
    if asked is None:
        raise NotFound("no_such_question", "There is no such question.")
    if asked.answered_at is not None:
        raise Refused("already_answered", f"This question was answered already: {asked.answer}.")
    return asked


async def _refuse_restocked(uow: UnitOfWork, article: Article, sale_id: UUID) -> None:
    """A unit that the listing that sold has counted back since its refund is not to be added a second time."""
    line = article.holds[sale_id].line
    if line.listing_id is None or line.given_back_at is None:
        return
    units = await store.risen_since(uow, article.id, line.listing_id, line.given_back_at)
    if units:
        message = (
            f"The marketplace's own figure rose by {units} since the refund: it seems to be counted already. "
            'Answer "don\'t restock", or count the article.'
        )
        raise Refused("counted_already", message, units=units)
