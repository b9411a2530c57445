"""What people send to the HTTP API."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator
from soldwire_contracts.values import Money

from inventory.domain import (
    Answer,
    Cost,
    Owner,
    OwnerKind,
    Policy,
    clean_sku,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Units = Annotated[int, Field(ge=0, le=1_000_000)]


class OwnerBody(BaseModel):
    """Whose article it is; `consignor_id` goes with `consigned`, and with nothing else."""

    kind: OwnerKind = OwnerKind.OWN
    consignor_id: UUID | None = None

    @model_validator(mode="after")
    def _consignor_goes_with_consigned(self) -> OwnerBody:
        if (self.kind is OwnerKind.CONSIGNED) != (self.consignor_id is not None):
            raise ValueError("consignor_id goes with kind consigned, and with nothing else")
        return self

    def owner(self) -> Owner:
        """As the domain has it."""
        return Owner(self.kind, self.consignor_id)


def cost_of(body: Money | None) -> Cost | None:
    """A cost as the domain has it."""
    return Cost(body.amount, body.currency) if body else None


class ArticleCreate(BaseModel):
    """A new article. `quantity` opens its stock; without it, its first live listing does."""

    sku: Annotated[str, StringConstraints(max_length=200)] | None = None
    title: Text
    quantity: Units | None = None
    owner: OwnerBody = Field(default_factory=OwnerBody)
    cost: Money | None = None

    def clean_sku(self) -> str | None:
        """The SKU as it is compared."""
        return clean_sku(self.sku)


class ArticleEdit(BaseModel):
    """What an article is called, whose it is, what it cost; sales made already keep what they said."""

    title: Text
    owner: OwnerBody
    cost: Money | None = None


class QuantityEdit(BaseModel):
    """How many are for sale. `expected` is the figure the person looked at: another one by now is refused."""

    quantity: Units
    expected: Units | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None


class LinkTo(BaseModel):
    """The article a listing shows."""

    article_id: UUID


class SoldElsewhere(BaseModel):
    """A sale without a marketplace, such as at a shop till. The same `reference` again is the same sale."""

    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    price: Money
    sold_at: AwareDatetime | None = None
    reference: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None
    ) = None


class Answered(BaseModel):
    """A person's answer to a question."""

    answer: Answer


class SettingsBody(BaseModel):
    """How listings become articles."""

    create_articles: bool
    """Make an article of a live listing whose SKU no article has."""
    default_owner: Literal[OwnerKind.OWN, OwnerKind.UNKNOWN]
    """Whose articles made that way are."""

    @classmethod
    def of(cls, policy: Policy) -> SettingsBody:
        """As people read it."""
        owner = OwnerKind.UNKNOWN if policy.default_owner is OwnerKind.UNKNOWN else OwnerKind.OWN
        return cls(create_articles=policy.create_articles, default_owner=owner)

    def policy(self) -> Policy:
        """As the domain has it."""
        return Policy(self.create_articles, self.default_owner)
