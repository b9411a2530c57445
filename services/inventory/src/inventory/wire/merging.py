"""Merging, splitting and disconnecting as people read and send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from inventory.domain import Article, clean_sku
from inventory.wire.article_bodies import Title
from inventory.wire.bodies import Units
from inventory.wire.views import ArticleWithListings


class Double(BaseModel):
    """Live listings of one account that would show one article: each sale there takes the others down."""

    account_id: UUID
    listing_ids: list[UUID]


class MergePlanView(BaseModel):
    """What a merge would do: both articles, what of the second moves to the first, and what to look at before."""

    article: ArticleWithListings
    other: ArticleWithListings
    moving_listings: int
    moving_sales: int
    moving_questions: int
    doubles: list[Double]

    @classmethod
    def of(
        cls,
        article: Article,
        other: Article,
        sales: int,
        questions: int,
        doubles: Mapping[UUID, Sequence[UUID]],
    ) -> MergePlanView:
        """As people read it."""
        return cls(
            article=ArticleWithListings.of(article),
            other=ArticleWithListings.of(other),
            moving_listings=len(other.linked.by_id),
            moving_sales=sales,
            moving_questions=questions,
            doubles=[Double(account_id=one, listing_ids=list(ids)) for one, ids in doubles.items()],
        )


class MergeBody(BaseModel):
    """The article that is part of this one, and how many there are for sale of both. `expected` and `from_expected` are the
    quantities the person looked at: others by now are refused.
    """

    from_id: UUID
    quantity: Units
    expected: Units | None = None
    from_expected: Units | None = None


class SplitBody(BaseModel):
    """The listings that are another article, with the sales they made; `quantity` of what is for sale goes along."""

    listing_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    title: Title
    sku: Annotated[str, StringConstraints(max_length=200)] | None = None
    quantity: Units = 0
    expected: Units | None = None

    def clean_sku(self) -> str | None:
        """The SKU as it is compared."""
        return clean_sku(self.sku)


class DisconnectBody(BaseModel):
    """Listings to take down and then unlink, and why."""

    listing_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    reason: Title | None = None


class DisconnectionView(BaseModel):
    """One listing's result: `taking_down`, `unlinked` (it was off sale already), or `refused` with the reason."""

    listing_id: UUID
    result: str
    reason: str | None


class DisconnectionsView(BaseModel):
    """A result for each listing, in the order they were named."""

    items: list[DisconnectionView]
