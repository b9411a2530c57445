"""The article: its stock, the sales that hold of it, the listings that show it (design.md, rule 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from inventory.domain.articles.listings import ListedArticle
from inventory.domain.articles.moving import MovedArticle
from inventory.domain.articles.sales import SoldArticle
from inventory.domain.articles.trying import TriedArticle
from inventory.domain.editing import Edit
from inventory.domain.facts import Question
from inventory.domain.owners import Owner
from inventory.domain.words import Answer, QuestionKind

_Plain = Literal["sku", "title", "price", "cost", "brand", "location", "thumbnail_url"]
_PLAIN: tuple[_Plain, ...] = ("sku", "title", "price", "cost", "brand", "location", "thumbnail_url")


class Article(SoldArticle, ListedArticle, MovedArticle, TriedArticle):
    """What a seller owns one or more of, in hand under its row's lock."""

    __slots__ = ()

    @classmethod
    def make(
        cls, article_id: UUID, tenant_id: UUID, at: datetime, *, sku: str | None, title: str, owner: Owner
    ) -> Article:
        """A new article, its stock not open yet, its owner given by nobody yet."""
        made = cls(article_id, tenant_id, sku, title, owner, created_at=at)
        made.changes.stock = True
        return made

    def edit(self, edit: Edit) -> None:
        """Change what is given of it. Another SKU unlinks nothing; without a given owner it follows the rules."""
        for name in _PLAIN:
            if name in edit:
                setattr(self, name, edit[name])
        if "owner" in edit:
            self.owner_given = edit["owner"] is not None
            self.owner = edit["owner"] or self.owner
        self.follow_rules()
        self.changes.stock = True

    def currencies_after(self, edit: Edit) -> frozenset[str]:
        """The currencies its price and cost would be in; more than one is refused, a file has one column for them."""
        amounts = (edit.get("price", self.price), edit.get("cost", self.cost))
        return frozenset(amount.currency for amount in amounts if amount is not None)

    def answer(self, question: Question, answer: Answer, at: datetime) -> None:
        """Do what a person answered."""
        if answer is Answer.MARKETPLACE_IS_RIGHT:
            self.count(question.units, at, note="the marketplace's figure was confirmed")
        elif answer is Answer.STOCK_IS_RIGHT:
            self.count(self.free, at)
        elif question.kind is QuestionKind.REFUNDED:
            self._settle_refund(self.holds[question.subject], restock=answer is Answer.RESTOCK)
        else:
            self._settle_return(self.holds[question.subject], put_back=answer is Answer.PUT_BACK)
        self._answered(question.kind, question.subject)
