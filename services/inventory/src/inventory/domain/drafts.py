"""A draft: what has never been for sale is no listing, but answers "it is a draft" (rule 4: drafts are no stock)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from inventory.domain.listings import Listing, Observation
from inventory.domain.words import ListingState


class WhyUnmatched(StrEnum):
    """Why a sale has no article."""

    DRAFT = "draft"
    """Its listing has only been seen as a draft."""
    UNLINKED = "unlinked"
    """Its listing shows no article."""
    NEVER_SEEN = "never_seen"
    """Its listing is not known, or the sale names none."""


@dataclass(slots=True)
class Draft:
    """A listing that has only been seen as a draft; kept when it is gone, so that an older observation changes nothing."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    platform: str
    revision: int
    title: str
    sku: str | None
    url: str | None
    thumbnail_url: str | None
    observed_at: datetime
    gone: bool = False

    @classmethod
    def of(cls, seen: Observation) -> Draft:
        """As it was seen first."""
        made = cls(
            id=seen.listing_id,
            tenant_id=seen.tenant_id,
            account_id=seen.account_id,
            platform=seen.platform,
            revision=0,
            title=seen.title,
            sku=seen.sku,
            url=seen.url,
            thumbnail_url=seen.thumbnail_url,
            observed_at=seen.observed_at,
        )
        made.see(seen)
        return made

    def see(self, seen: Observation) -> None:
        """Take over a newer observation that shows it as a draft still, or as gone."""
        self.revision, self.observed_at = seen.revision, seen.observed_at
        self.gone = seen.state is ListingState.GONE
        self.title, self.sku = seen.title or self.title, seen.sku
        self.url, self.thumbnail_url = seen.url, seen.thumbnail_url

    def leaves_by(self, seen: Observation) -> bool:
        """Whether this observation makes a listing of it: it has been for sale."""
        return seen.revision > self.revision and seen.state not in (ListingState.DRAFT, ListingState.GONE)

    def as_listing(self) -> Listing:
        """The listing it becomes; what was seen before it went live changes nothing any more."""
        return Listing(
            id=self.id,
            tenant_id=self.tenant_id,
            account_id=self.account_id,
            platform=self.platform,
            sku=self.sku,
            title=self.title,
            url=self.url,
            thumbnail_url=self.thumbnail_url,
            observed_revision=self.revision,
        )
