"""A batch of links: shown first, accepted as far as it still stands, undone as far as nothing was built on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from inventory.domain.articles import Article
from inventory.domain.listings import Listing
from inventory.domain.suggestions import Suggestion
from inventory.domain.words import ListingState


class PairResult(StrEnum):
    """What became of a pair."""

    LINKED = "linked"
    REFUSED = "refused"
    UNDONE = "undone"
    STAYS = "stays"
    """It was linked, and can't be undone any more."""


@dataclass(slots=True)
class Batch:
    """A preview that may be accepted once and undone once."""

    id: UUID
    tenant_id: UUID
    min_score: int
    made_at: datetime
    made_by: UUID
    accepted_at: datetime | None = None
    accepted_by: UUID | None = None
    undone_at: datetime | None = None
    undone_by: UUID | None = None


@dataclass(slots=True)
class Pair:
    """A listing and the article it is to show, as they were called when a person saw them."""

    batch_id: UUID
    position: int
    tenant_id: UUID
    listing_id: UUID
    account_id: UUID
    listing_title: str
    article_id: UUID
    article_sku: str | None
    article_title: str
    score: int
    title: int
    brand: int | None
    price: int | None
    result: PairResult | None = None
    reason: str | None = None
    opened: bool = False
    """Linking it has opened the article's stock."""
    kept_sales: Sequence[UUID] = ()
    """Sales of the listing that were on the article before."""

    @classmethod
    def of(cls, batch: Batch, position: int, listing: Listing, found: Suggestion) -> Pair:
        """A suggestion as it is shown."""
        return cls(
            batch_id=batch.id,
            position=position,
            tenant_id=batch.tenant_id,
            listing_id=listing.id,
            account_id=listing.account_id,
            listing_title=listing.title,
            article_id=found.candidate.article_id,
            article_sku=found.candidate.sku,
            article_title=found.candidate.title,
            score=found.score,
            title=found.title,
            brand=found.brand,
            price=found.price,
        )

    def ends(self, result: PairResult, reason: str | None = None) -> None:
        """Note what became of it."""
        self.result, self.reason = result, reason


def refusal(pair: Pair, listing: Listing | None, article: Article | None) -> str | None:
    """Why a pair stands no more; None when it does."""
    if listing is None or article is None:
        return "It is not there any more."
    return next((reason for holds, reason in _FALLEN if holds(pair, listing, article)), None)


def undo_refusal(pair: Pair, listing: Listing | None, article: Article | None) -> str | None:
    """Why a link can't be undone; None when it can."""
    if listing is None or article is None:
        return "It is not there any more."
    return next((reason for holds, reason in _BUILT_ON if holds(pair, listing, article)), None)


_Rule = tuple[Callable[[Pair, Listing, Article], bool], str]


def _is_shown(_: Pair, listing: Listing, article: Article) -> bool:
    linked = article.linked
    return any(o.account_id == listing.account_id and o.state is ListingState.LIVE for o in linked)


_FALLEN: tuple[_Rule, ...] = (
    (lambda _, listing, __: listing.article_id is not None, "It shows an article by now."),
    (lambda _, listing, __: listing.kept_apart, "It was unlinked by hand since."),
    (lambda _, listing, __: listing.state is not ListingState.LIVE, "It is not for sale any more."),
    (lambda _, __, article: article.merged_into is not None, "The article was merged with another one."),
    (lambda pair, listing, _: pair.listing_title != listing.title, "Its title has changed. Look again."),
    (
        lambda pair, _, article: pair.article_title != article.title,
        "The article's title has changed. Look again.",
    ),
    (_is_shown, "Another listing of the account shows the article by now."),
)
_BUILT_ON: tuple[_Rule, ...] = (
    (lambda _, listing, __: listing.article_id is None, "It was unlinked already."),
    (
        lambda pair, listing, _: pair.article_id != listing.article_id,
        "It shows another article by now: there was a merge, a split or another link since.",
    ),
    (lambda _, listing, __: listing.disconnecting_version > 0, "It is being taken down to be unlinked."),
    (
        lambda pair, _, __: pair.opened,
        "The stock was opened with what this listing shows. Unlink it, then count the article.",
    ),
)
