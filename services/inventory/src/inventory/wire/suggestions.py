"""Suggestions and batches of links as people read and send them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from inventory.domain import Batch, Listing, Pair, Suggestion
from inventory.wire.views import ListingView

Score = Annotated[int, Field(ge=0, le=100)]


class Why(BaseModel):
    """The parts of a score, each 0 to 100; null where one side does not say it."""

    title: int
    brand: int | None
    price: int | None


class SuggestionView(BaseModel):
    """An article that a listing may show, with its score of 0 to 100 and why."""

    article_id: UUID
    sku: str | None
    title: str
    score: int
    why: Why

    @classmethod
    def of(cls, one: Suggestion) -> SuggestionView:
        """As people read it."""
        why = Why(title=one.title, brand=one.brand, price=one.price)
        found = one.candidate
        return cls(article_id=found.article_id, sku=found.sku, title=found.title, score=one.score, why=why)


class ListingSuggestions(BaseModel):
    """What one listing may show, best first."""

    listing: ListingView
    items: list[SuggestionView]

    @classmethod
    def of(cls, listing: Listing, suggestions: Sequence[Suggestion]) -> ListingSuggestions:
        """As people read it."""
        return cls(listing=ListingView.of(listing), items=[SuggestionView.of(one) for one in suggestions])


class BestSuggestion(BaseModel):
    """A listing without an article and the best there is for it; null when nothing is like it."""

    listing: ListingView
    best: SuggestionView | None

    @classmethod
    def of(cls, listing: Listing, suggestions: Sequence[Suggestion]) -> BestSuggestion:
        """As people read it."""
        best = SuggestionView.of(suggestions[0]) if suggestions else None
        return cls(listing=ListingView.of(listing), best=best)


class SuggestionPage(BaseModel):
    """Listings without an article; `next` is the cursor of the following page, null on the last."""

    items: list[BestSuggestion]
    next: str | None


class PreviewBody(BaseModel):
    """From which score on, how many pairs at most, and after which listing to go on (`next` of the preview before)."""

    min_score: Score
    limit: Annotated[int, Field(ge=1, le=500)] = 500
    after: Annotated[str, StringConstraints(max_length=200)] | None = None


class PairView(BaseModel):
    """A listing and its article. `result`: linked, refused, undone, or stays (linked, can't be undone), with the reason."""

    listing_id: UUID
    listing_title: str
    account_id: UUID
    article_id: UUID
    article_sku: str | None
    article_title: str
    score: int
    why: Why
    result: str | None
    reason: str | None

    @classmethod
    def of(cls, pair: Pair) -> PairView:
        """As people read it."""
        values = {name: getattr(pair, name) for name in cls.model_fields if name != "why"}
        return cls(**values, why=Why(title=pair.title, brand=pair.brand, price=pair.price))


class BatchView(BaseModel):
    """A batch of links: its pairs, best first, and what became of them."""

    id: UUID
    min_score: int
    made_at: AwareDatetime
    accepted_at: AwareDatetime | None
    undone_at: AwareDatetime | None
    pairs: list[PairView]

    @classmethod
    def of(cls, batch: Batch, pairs: Sequence[Pair]) -> BatchView:
        """As people read it."""
        values = {name: getattr(batch, name) for name in BatchView.model_fields if name != "pairs"}
        return cls(**values, pairs=[PairView.of(pair) for pair in pairs])


class PreviewView(BatchView):
    """A batch as it is shown first. `next`: where to go on when not all listings were looked at."""

    looked_at: int
    left_out: int
    """Pairs of these listings beyond the limit: accept the batch, then make another preview from the same place."""
    next: str | None

    @classmethod
    def made(
        cls, batch: Batch, pairs: Sequence[Pair], *, looked_at: int, left_out: int, following: str | None
    ) -> PreviewView:
        """As people read it."""
        shown = BatchView.of(batch, pairs).model_dump()
        return cls(**shown, looked_at=looked_at, left_out=left_out, next=following)
