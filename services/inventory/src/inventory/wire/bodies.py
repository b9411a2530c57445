"""What people send to the HTTP API."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, field_validator
from soldwire_contracts.values import Money

from inventory.domain import Answer, CreateFrom, OwnerKind, Policy

Units = Annotated[int, Field(ge=0, le=1_000_000)]


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

    @field_validator("price")
    @classmethod
    def _a_price_is_not_negative(cls, price: Money) -> Money:
        if price.amount < 0:
            raise ValueError("a price can't be negative: a refund is said of the sale it belongs to")
        return price


class Answered(BaseModel):
    """A person's answer to a question."""

    answer: Answer


class SettingsBody(BaseModel):
    """How listings become articles."""

    create_articles: bool
    """Make an article of a live listing whose SKU no article has."""
    default_owner: Literal[OwnerKind.OWN, OwnerKind.UNKNOWN]
    """Whose articles are that no owner rule takes."""
    create_from: CreateFrom = CreateFrom.SKU_ONLY
    """`all`: a live listing without SKU becomes an article of its own too, unless one of the same title is there that its
    account does not show; for what is seen from then on. Keep `sku_only` when you list without SKUs on several
    marketplaces: one item under two titles would be two articles, until they are merged."""

    @classmethod
    def of(cls, policy: Policy) -> SettingsBody:
        """As people read it."""
        owner = OwnerKind.UNKNOWN if policy.default_owner is OwnerKind.UNKNOWN else OwnerKind.OWN
        return cls(
            create_articles=policy.create_articles, default_owner=owner, create_from=policy.create_from
        )

    def policy(self) -> Policy:
        """As the domain has it."""
        return Policy(self.create_articles, self.default_owner, self.create_from)
