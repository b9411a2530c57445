"""An import is applied: one transaction, few statements, all of its lines or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kit.errors import Invalid, Refused
from kit.ids import new_id
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, Consignors, NoSuchConsignor, Owner
from inventory.domain.sheets import Action, PlannedLine
from inventory.store import Import, Sku, Stock
from inventory.usecases.common import Drawn, breathe, draw, drawn_by, finish, follow_rules
from inventory.usecases.imports import consignors_of, waiting_import

_MOST_NAMED = 10
"""Lines that are named in a sentence; a program reads all of them."""


async def apply_import(uow: UnitOfWork, caller: Caller, import_id: UUID) -> Import:
    """Do all that an import would do, or nothing. Raises NotFound, Invalid or Refused.

    Refused while it has errors, when it was applied, and when what it changes has changed since it was checked.
    """
    made = await waiting_import(uow, import_id)
    if made.errors:
        message = f"The file has {made.errors} errors: correct them and check it again."
        raise Refused("has_errors", message, errors=made.errors)
    lines = await store.import_lines(uow, import_id)
    await store.lock_policies(uow, {caller.tenant_id})
    hand = await _take_in_hand(uow, caller, lines)
    await _refuse_stale(uow, caller, lines, hand)
    await _carry_out(uow, caller, lines, hand)
    await store.mark_applied(uow, import_id, caller.user_id)
    return made.applied(caller.user_id, uow.now)


@dataclass(slots=True)
class Hand:
    """All that an import touches, locked: its articles, and the listings and sales that come to new ones."""

    stock: Stock
    drawn: Drawn
    consignors: Consignors
    edited: list[tuple[PlannedLine, Article]] = field(default_factory=list)

    @property
    def made(self) -> list[Article]:
        """The new articles."""
        return [article for line, article in self.edited if line.action is Action.CREATE]

    @property
    def renamed(self) -> list[Article]:
        """Articles that are called otherwise than before."""
        return [article for line, article in self.edited if line.article_id and "title" in line.changes]

    def article_of(self, line: PlannedLine) -> Article | None:
        """The article a line changes, if it is there."""
        return self.stock.articles.get(line.article_id) if line.article_id else None


async def _take_in_hand(uow: UnitOfWork, caller: Caller, lines: Sequence[PlannedLine]) -> Hand:
    drawn = await drawn_by(uow, _new_skus(caller, lines))
    wanted = {line.article_id: _units(line) for line in lines if line.article_id}
    stock = await store.lock(uow, wanted, named=drawn.named)
    ids = consignors_of(list(stock.articles.values()))
    codes = {line.consignor for line in lines if line.consignor}
    return Hand(stock, drawn, await store.consignors_of(uow, caller.tenant_id, ids=ids, codes=codes))


def _new_skus(caller: Caller, lines: Sequence[PlannedLine]) -> set[Sku]:
    return {(caller.tenant_id, line.sku) for line in lines if line.action is Action.CREATE and line.sku}


def _units(line: PlannedLine) -> int:
    """A count may move units between all sales; nothing else in a file moves any."""
    return store.EVERY_SALE if line.quantity is not None else 0


async def _refuse_stale(uow: UnitOfWork, caller: Caller, lines: Sequence[PlannedLine], hand: Hand) -> None:
    taken = {sku for _, sku in await store.articles_by_sku(uow, _new_skus(caller, lines))}
    stale = [line.number for line in lines if _is_stale(line, hand, taken)]
    if not stale:
        return
    named = ", ".join(map(str, stale[:_MOST_NAMED]))
    more = f" and {len(stale) - _MOST_NAMED} more" if len(stale) > _MOST_NAMED else ""
    message = f"Since the file was checked, the articles of these lines have changed: {named}{more}."
    raise Refused("changed_meanwhile", f"{message} Check the file again.", lines=stale)


def _is_stale(line: PlannedLine, hand: Hand, taken: set[str]) -> bool:
    if line.action is Action.CREATE:
        return line.sku in taken
    article = hand.article_of(line)
    return article is None or article.merged_into is not None or line.is_stale(article, hand.consignors)


async def _carry_out(uow: UnitOfWork, caller: Caller, lines: Sequence[PlannedLine], hand: Hand) -> None:
    """Edit, then count: a count may say sales, with the owners the edits have given."""
    for number, line in enumerate(lines, start=1):
        hand.edited.append((line, _edited(uow, caller, line, hand)))
        await breathe(number)
    touched = [article for _, article in hand.edited]
    await follow_rules(uow, touched)
    for number, (line, article) in enumerate(hand.edited, start=1):
        if line.quantity is not None:
            article.count(line.quantity, uow.now)
        await breathe(number)
    made = hand.made
    await draw(uow, hand.stock, hand.drawn, made)
    await store.index_words(uow, made)
    await store.index_words(uow, hand.renamed, anew=True)
    await finish(uow, touched, caller)


def _edited(uow: UnitOfWork, caller: Caller, line: PlannedLine, hand: Hand) -> Article:
    """The article a line makes or changes, as it then is but for its quantity."""
    article = hand.article_of(line)
    kept = article.owner if article is not None and article.owner_given else None
    try:
        edit = line.edit(kept, hand.consignors)
    except NoSuchConsignor as error:
        raise Invalid("no_such_consignor", f"Line {line.number}: {error}") from error
    if article is None:
        title = edit["title"]
        article = Article.make(new_id(), caller.tenant_id, uow.now, sku=line.sku, title=title, owner=Owner())
    article.edit(edit)
    return article
