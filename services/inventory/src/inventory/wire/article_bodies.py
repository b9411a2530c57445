"""What people send of articles and their owners."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator
from soldwire_contracts.values import Currency

from inventory.domain import Edit, Money, OwnerKind, OwnerWish, RuleKind, clean_sku
from inventory.wire.bodies import Units

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Sku = Annotated[str, StringConstraints(max_length=200)]
Link = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^https?://[^\s]+$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]


class AmountBody(BaseModel):
    """An amount in major units, such as 12.50 GBP."""

    amount: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
    currency: Currency

    def money(self) -> Money:
        """As the domain has it."""
        return Money(self.amount, self.currency)


class OwnerBody(BaseModel):
    """Whose it is. A consignor, by id or by code, goes with `consigned` and with nothing else."""

    kind: OwnerKind = OwnerKind.OWN
    consignor_id: UUID | None = None
    consignor: Code | None = None

    @model_validator(mode="after")
    def _consignor_goes_with_consigned(self) -> OwnerBody:
        named = [name for name in (self.consignor_id, self.consignor) if name is not None]
        if len(named) != (self.kind is OwnerKind.CONSIGNED):
            raise ValueError(
                "one of consignor_id and consignor goes with kind consigned, and with nothing else"
            )
        return self

    def wish(self) -> OwnerWish:
        """As the domain has it."""
        return OwnerWish(self.kind, self.consignor_id, self.consignor)


class ArticleChanges(BaseModel):
    """What changes of an article: only what is given; null clears. Without an owner it follows the owner rules."""

    price: AmountBody | None = None
    cost: AmountBody | None = None
    """Per unit; in the currency of the price."""
    brand: Word | None = None
    location: Word | None = None
    """Where it lies."""
    thumbnail_url: Link | None = None
    owner: OwnerBody | None = None

    def edit(self) -> Edit:
        """The change, without the owner."""
        made = Edit()
        given = self.model_fields_set
        if "price" in given:
            made["price"] = self.price.money() if self.price else None
        if "cost" in given:
            made["cost"] = self.cost.money() if self.cost else None
        if "brand" in given:
            made["brand"] = self.brand
        if "location" in given:
            made["location"] = self.location
        if "thumbnail_url" in given:
            made["thumbnail_url"] = self.thumbnail_url
        return made

    def owner_wish(self) -> OwnerWish | None:
        """Whose it is to be; None leaves it to the owner rules."""
        return self.owner.wish() if self.owner else None

    @property
    def says_owner(self) -> bool:
        """Whether an owner is given, or cleared."""
        return "owner" in self.model_fields_set


class ArticleEdit(ArticleChanges):
    """What changes of one article; its quantity has an address of its own."""

    sku: Sku | None = None
    title: Title | None = None

    @model_validator(mode="after")
    def _a_title_is_never_cleared(self) -> ArticleEdit:
        if "title" in self.model_fields_set and self.title is None:
            raise ValueError("a title can't be cleared")
        return self

    def edit(self) -> Edit:
        """The change, without the owner."""
        made = super().edit()
        if self.title is not None:
            made["title"] = self.title
        if "sku" in self.model_fields_set:
            made["sku"] = clean_sku(self.sku)
        return made


class ArticleCreate(ArticleChanges):
    """A new article. `quantity` opens its stock; without it, its first live listing does."""

    sku: Sku | None = None
    title: Title
    quantity: Units | None = None

    def edit(self) -> Edit:
        """The article, without the owner."""
        made = super().edit()
        made["title"], made["sku"] = self.title, clean_sku(self.sku)
        return made


class ManyChanges(ArticleChanges):
    """What changes of every one of several articles. `quantity` is how many there are of each."""

    quantity: Units | None = None


class ArticlesEdit(BaseModel):
    """Several articles and what changes of them."""

    article_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    changes: ManyChanges


class RuleBody(BaseModel):
    """Articles whose SKU begins with `value` (case kept), or that a listing of this vendor shows (case aside)."""

    kind: RuleKind
    value: Word
    owner: OwnerBody


class RulesBody(BaseModel):
    """All owner rules; the longest SKU prefix wins, then the vendor, then the default owner of the settings."""

    rules: Annotated[list[RuleBody], Field(max_length=1000)]
