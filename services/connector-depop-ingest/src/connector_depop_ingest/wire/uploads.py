"""What a paired browser uploads and reports; strict, for it crosses from a seller's machine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Words = Annotated[str, StringConstraints(max_length=5000)]


class Upload(BaseModel):
    """A part of what a browser sends; unknown fields are a newer extension's and are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Item(Upload):
    """One article on a receipt."""

    slug: Slug
    description: Words = ""
    price: Price | None = None
    quantity: int = Field(default=1, ge=1, le=1000)
    thumbnail_url: Annotated[str, StringConstraints(max_length=1000)] | None = None


class Receipt(Upload):
    """One sale as its receipt shows it. The buyer is left out: nothing here needs him."""

    receipt_id: Annotated[str, StringConstraints(pattern=r"^\d{1,24}$")]
    sold_on: date
    sold_at: AwareDatetime | None = None
    status: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    currency: Currency
    items: tuple[Item, ...] = Field(min_length=1, max_length=100)
    items_price: Price
    shipping_price: Price | None = None
    fees: dict[str, Price] = Field(default_factory=dict, max_length=10)
    courier: Annotated[str, StringConstraints(max_length=100)] | None = None
    tracking_number: Annotated[str, StringConstraints(max_length=100)] | None = None


class SoldItems(Upload):
    """A batch of receipts, each read by itself, so that one that is none leaves its neighbours."""

    batch_id: UUID
    read_at: AwareDatetime
    receipts: tuple[JsonValue, ...] = Field(max_length=500)


class ActiveListing(Upload):
    """One row of Active items."""

    slug: Slug
    title: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    sku: Annotated[str, StringConstraints(max_length=100)] | None = None
    price: Price | None = None
    currency: Currency | None = None
    thumbnail_url: Annotated[str, StringConstraints(max_length=1000)] | None = None


class Listings(Upload):
    """Active items as they were seen; `complete` when the list was read to its end."""

    batch_id: UUID
    read_at: AwareDatetime
    complete: bool = False
    listings: tuple[ActiveListing, ...] = Field(max_length=2000)


class Shop(Upload):
    """Which shop the browser is signed in to."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
    seller_id: Annotated[str, StringConstraints(pattern=r"^\d{1,24}$")] | None = None
    currency: Currency = "GBP"


class Pair(Upload):
    """A code typed into the extension."""

    code: Annotated[str, StringConstraints(max_length=20)]
    device: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    shop: Shop


class LeaseRequest(Upload):
    """How many tasks a browser takes at once."""

    limit: int = Field(default=1, ge=1, le=20)


class Held(Upload):
    """The lease a browser believes it has."""

    lease: int = Field(ge=1)


class Evidence(Upload):
    """The listing's public page, read after the task."""

    for_sale: bool
    gone: bool = False
    read_at: AwareDatetime


class TaskResult(Held):
    """What became of a task."""

    outcome: Literal["done", "already_off_sale", "signed_out", "challenged", "unclear", "failed"]
    evidence: Evidence | None = None
    reason: Annotated[str, StringConstraints(max_length=1000)] | None = None
