"""Explain an article: what happened to it in the order it happened, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from inventory.domain.articles import Article
from inventory.domain.views import AskedQuestion
from inventory.domain.words import QuestionKind


class Source(IntEnum):
    """Where a line of the timeline comes from; of what has one time, the lower number is the cause."""

    SOLD = 0
    PAID = 1
    SHIPPED = 2
    CANCELLED = 3
    REFUNDED = 4
    ANSWERED = 5
    STOCK = 6
    LISTING = 7
    ASKED = 8


Place = tuple[datetime, int, str]
"""Where a page ends: time, source, and the row's own id."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    source: Source
    id: str
    what: str
    """The journal's entry, the log's word, the question's kind, or the source itself for a sale."""
    units: int | None = None
    version: int | None = None
    sale_id: UUID | None = None
    listing_id: UUID | None = None
    question_id: UUID | None = None
    account_id: UUID | None = None
    platform: str | None = None
    user_id: UUID | None = None
    note: str | None = None

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return (self.at, self.source, self.id)


@dataclass(frozen=True, slots=True)
class NextAction:
    """The most urgent thing that waits for the seller; what it is about, and where it is done."""

    code: str
    text: str
    listing_id: UUID | None = None
    sale_id: UUID | None = None
    question_id: UUID | None = None
    link: str | None = None


def next_action(article: Article, asked: Sequence[AskedQuestion]) -> NextAction:
    """The first rule that has something to say; `asked` are the open questions, oldest first."""
    return next(action for rule in RULES if (action := rule(article, asked)) is not None)


def _merged(article: Article, _: Sequence[AskedQuestion]) -> NextAction | None:
    if article.merged_into is None:
        return None
    return NextAction("merged", "This was merged with another article. Look there.")


def _contended(article: Article, _: Sequence[AskedQuestion]) -> NextAction | None:
    short = sorted((hold for hold in article.holds.values() if hold.short), key=lambda hold: hold.rank)
    if not short:
        return None
    hold = short[-1]
    text = (
        f"{hold.claim} sold and {hold.held} can be sent. Another sale has the rest. "
        "Find another one and correct the quantity, or cancel this sale."
    )
    return NextAction("contended", text, hold.line.listing_id, hold.line.sale_id)


ASKED = {
    QuestionKind.SURPLUS: "A listing shows {units} and the stock says {free}. Say which is right.",
    QuestionKind.DEFICIT: "A listing shows {units} and the stock says {free}. Say which is right.",
    QuestionKind.NOT_RESTOCKED: "{units} of a cancelled sale did not come back. Say whether it is there again.",
    QuestionKind.REFUNDED: "{units} of a sale was refunded. Say whether to restock and relist it.",
}
"""What each question asks, in the seller's words."""


def _question(_: Article, asked: Sequence[AskedQuestion]) -> NextAction | None:
    for one in asked:
        question = one.question
        text = ASKED[question.kind].format(units=question.units, free=question.free)
        return NextAction("question", text, question_id=one.id)
    return None


def _failed(article: Article, _: Sequence[AskedQuestion]) -> NextAction | None:
    for listing in article.linked:
        if listing.has_failed:
            text = listing.failure or "The last change failed. Do it by hand."
            return NextAction("failed", text, listing.id, link=listing.url)
    return None


WAITS = {
    "depop": "Waiting for a browser: open Depop in the browser with the extension.",
}
"""What a platform without an open interface needs; others are waited for."""
WAITING = (
    "Waiting for the marketplace to show {quantity}. If your setting asks first, say yes in the Delist tab."
)


def _waiting(article: Article, _: Sequence[AskedQuestion]) -> NextAction | None:
    pending = [listing for listing in article.linked if listing.is_pending]
    for listing in sorted(pending, key=lambda one: (one.platform not in WAITS, one.id)):
        text = WAITS.get(listing.platform, WAITING).format(quantity=listing.target_quantity)
        return NextAction("waiting", text, listing.id, link=listing.url)
    return None


def _nothing(_: Article, __: Sequence[AskedQuestion]) -> NextAction:
    return NextAction("nothing", "Nothing to do.")


RULES: tuple[Callable[[Article, Sequence[AskedQuestion]], NextAction | None], ...] = (
    _merged,
    _contended,
    _question,
    _failed,
    _waiting,
    _nothing,
)
"""Most urgent first."""
