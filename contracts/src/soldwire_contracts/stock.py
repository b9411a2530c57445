"""What inventory says: stock was taken by a sale, changed otherwise, or was not enough."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from soldwire_contracts.envelope import Fact, Value
from soldwire_contracts.listings import Target
from soldwire_contracts.values import Money, Outcome, OwnerKind, Platform, StockCause


class Owner(Value):
    """Whose article it is; `consignor_id` only when consigned."""

    kind: OwnerKind
    consignor_id: UUID | None = None


class Drop(Value):
    """Units that an observation of a listing took off the stock without an order. `at` is when it was observed."""

    at: AwareDatetime
    units: int = Field(ge=1)


class ArticleFact(Fact):
    """A fact of one article."""

    article_id: UUID

    def key(self) -> str:
        """tenant:article."""
        return f"{self.tenant_id}:{self.article_id}"


class ListingSold(ArticleFact):
    """A sale met its article: what it held, what remains, and what every linked listing should show.

    For outcome `history` the targets are only proposed and wait for a yes in the Delist tab.
    """

    topic: ClassVar[str] = "listing.sold"
    type: ClassVar[str] = "listing.sold.v1"

    sale_id: UUID
    account_id: UUID
    platform: Platform
    listing_id: UUID | None = None
    sku: str | None = None
    title: str
    outcome: Outcome
    units_sold: int = Field(ge=1)
    units_held: int = Field(ge=0)
    remaining: int = Field(ge=0)
    """Free stock after the sale."""
    owner: Owner
    cost: Money | None = None
    targets: tuple[Target, ...] = ()
    explains: tuple[Drop, ...] = ()
    """Earlier drops that this order was behind, with the units of each that it explains; in the sale's first word only."""
    sold_at: AwareDatetime
    reserved_at: AwareDatetime
    revision: int = Field(default=0, ge=0)
    """Rises with each word inventory says of the article, `stock.oversold` included: the highest is the newest."""


class StockChanged(ArticleFact):
    """Stock or targets changed otherwise than by a sale."""

    topic: ClassVar[str] = "stock.changed"
    type: ClassVar[str] = "stock.changed.v1"

    quantity: int = Field(ge=0)
    """Free stock after the change."""
    cause: StockCause
    drop: Drop | None = None
    """What lowered the stock, when that was an observation: an order may be behind it, which then says so (`explains`)."""
    sale_id: UUID | None = None
    """The sale whose cancelling or removal released the stock."""
    targets: tuple[Target, ...] = ()
    changed_at: AwareDatetime


class Contender(Value):
    """One sale on a contended article."""

    sale_id: UUID
    units_sold: int = Field(ge=1)
    units_held: int = Field(ge=0)


class StockOversold(ArticleFact):
    """More was sold than was free; every contending sale with what it holds."""

    topic: ClassVar[str] = "stock.oversold"
    type: ClassVar[str] = "stock.oversold.v1"

    contenders: tuple[Contender, ...] = Field(min_length=1)
    reason: str
    at: AwareDatetime
    revision: int = Field(default=0, ge=0)
    """One sequence with `listing.sold` of the article."""
