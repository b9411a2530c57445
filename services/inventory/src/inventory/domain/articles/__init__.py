"""The article: its stock, the sales that hold of it, the listings that show it (design.md, rule 4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from inventory.domain.articles.listings import ListedArticle
from inventory.domain.articles.moving import MovedArticle
from inventory.domain.articles.sales import SoldArticle
from inventory.domain.facts import Question
from inventory.domain.owners import Cost, Owner
from inventory.domain.words import Answer, QuestionKind


class Article(SoldArticle, ListedArticle, MovedArticle):
    """What a seller owns one or more of, in hand under its row's lock."""

    __slots__ = ()

    @classmethod
    def make(
        cls, article_id: UUID, tenant_id: UUID, at: datetime, *, sku: str | None, title: str, owner: Owner
    ) -> Article:
        """A new article, its stock not open yet."""
        made = cls(article_id, tenant_id, sku, title, owner, created_at=at)
        made.changes.stock = True
        return made

    def describe(self, title: str, owner: Owner, cost: Cost | None) -> None:
        """Change what it is called, whose it is and what it cost."""
        self.title, self.owner, self.cost = title, owner, cost
        self.changes.stock = True

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
