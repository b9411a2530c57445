"""What crosses the bus of a listing: what was seen, what it should become, what became of it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from soldwire_contracts.envelope import Fact, PlatformFact, Value
from soldwire_contracts.values import ListingState, Money, Platform, TargetCause


class ListingObserved(Fact):
    """A listing as its marketplace shows it, or that it is gone; `revision` rises per listing."""

    topic: ClassVar[str] = "listing.observed"
    type: ClassVar[str] = "listing.observed.v1"

    account_id: UUID
    platform: Platform
    listing_id: UUID
    revision: int = Field(ge=1)
    sku: str | None = None
    title: str
    price: Money | None = None
    quantity: int = Field(ge=0)
    state: ListingState
    vendor: str | None = None
    brand: str | None = None
    url: str | None = None
    thumbnail_url: str | None = None
    stock_master: bool = False
    """Whether this account is where the tenant counts stock; only its changes adjust stock (rule 4)."""
    settled_version: int = Field(default=0, ge=0)
    """Highest target version whose effect this observation can show; 0 when none was applied."""
    observed_at: AwareDatetime

    def key(self) -> str:
        """account:listing."""
        return f"{self.account_id}:{self.listing_id}"


class Target(Value):
    """The quantity one listing should show; `version` rises per listing, the highest wins."""

    listing_id: UUID
    account_id: UUID
    platform: Platform
    version: int = Field(ge=1)
    quantity: int = Field(ge=0)
    may_raise: bool = False
    sold_here: bool = False
    """The listing that sold: its marketplace has most likely lowered it by itself."""


class ListingTarget(PlatformFact):
    """Bring this listing to this quantity (0 = off sale): a desired state, not a command (rule 3)."""

    topic: ClassVar[str] = "listing.target"
    type: ClassVar[str] = "listing.target.v1"

    account_id: UUID
    listing_id: UUID
    article_id: UUID
    version: int = Field(ge=1)
    quantity: int = Field(ge=0)
    cause: TargetCause
    sale_id: UUID | None = None
    may_raise: bool = False
    sold_here: bool = False
    order_backed: bool = True
    """An order read from the marketplace stands behind it; the brake never stops such a lowering."""
    requested_at: AwareDatetime
    deadline: AwareDatetime
    """When to alert; the intent itself does not end with it."""

    def key(self) -> str:
        """account:listing."""
        return f"{self.account_id}:{self.listing_id}"


class Evidence(Value):
    """What was read back from the marketplace after the change."""

    quantity: int = Field(ge=0)
    buyable: bool
    read_at: AwareDatetime


class ListingOutcome(Fact):
    """How one target of a listing ended, or why it has not."""

    account_id: UUID
    platform: Platform
    article_id: UUID
    listing_id: UUID
    version: int = Field(ge=1)
    target_quantity: int = Field(ge=0)
    sale_id: UUID | None = None
    attempts: int = Field(default=0, ge=0)
    called_at: AwareDatetime | None = None
    """When the call that changed the marketplace went out; None when it already showed the target."""

    def key(self) -> str:
        """tenant:article."""
        return f"{self.tenant_id}:{self.article_id}"


class ListingReached(ListingOutcome):
    """The target is reached and was read back."""

    applied_at: AwareDatetime
    evidence: Evidence
    ended_by_us: bool = True


class ListingDelisted(ListingReached):
    """The listing is off sale."""

    topic: ClassVar[str] = "listing.delisted"
    type: ClassVar[str] = "listing.delisted.v1"


class ListingAdjusted(ListingReached):
    """The listing was lowered and stays for sale."""

    topic: ClassVar[str] = "listing.adjusted"
    type: ClassVar[str] = "listing.adjusted.v1"


class ListingRelisted(ListingReached):
    """The listing was raised, or is for sale again."""

    topic: ClassVar[str] = "listing.relisted"
    type: ClassVar[str] = "listing.relisted.v1"


class ListingFailed(ListingOutcome):
    """The connector gave up on this target for now."""

    topic: ClassVar[str] = "listing.failed"
    type: ClassVar[str] = "listing.failed.v1"

    code: str
    reason: str
    """One or two sentences in a seller's words: what happened and what to do."""
    can_retry: bool
    link: str | None = None
    """Where the seller does it by hand: the listing's page, when its marketplace told one."""
    failed_at: AwareDatetime
