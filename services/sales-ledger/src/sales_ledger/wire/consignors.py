"""HTTP bodies of consignors and their terms."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from sales_ledger.domain import Band, Base, Consignor, Fixed, Linear, Money, Profile, Rate, Tiers
from sales_ledger.wire.api import ChangeView
from sales_ledger.wire.decisions import Reason
from sales_ledger.wire.runs import DueSumView
from sales_ledger.wire.values import MoneyView, View

Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Note = Annotated[str, StringConstraints(max_length=2000)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
Price = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class ConsignorBody(BaseModel):
    """What a shop keeps of a consignor. The code is how files and owner rules name the consignor, and leaves the house."""

    code: Code
    name: Name
    email: Email | None = None
    note: Note | None = None
    reason: Reason | None = None

    def profile(self) -> Profile:
        """As the domain has it."""
        return Profile(self.code, self.name, self.email, self.note)


class ConsignorEdit(ConsignorBody):
    """The same, changed. `expected_revision` is the one the person looked at: another one by now is refused."""

    expected_revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class WhyBody(BaseModel):
    """Why."""

    reason: Reason | None = None


class ConsignorView(View):
    """A consignor."""

    consignor_id: UUID
    code: str
    name: str
    email: str | None
    note: str | None
    active: bool
    revision: int
    created_at: AwareDatetime
    changed_at: AwareDatetime


class ConsignorPage(BaseModel):
    """A page of consignors, by code."""

    items: list[ConsignorView]
    next: str | None


class ConsignorDetail(BaseModel):
    """A consignor with what the shop owes by the books, what is due, and the latest changes."""

    consignor: ConsignorView
    balances: list[MoneyView]
    due: list[DueSumView]
    changes: list[ChangeView]


class FixedBody(View):
    """The same percentage of every sale."""

    kind: Literal["fixed"]
    percent: Percent


class BandBody(View):
    """From this unit price on, this percentage."""

    from_price: Price
    percent: Percent


class TiersBody(View):
    """The percentage of the band the unit price falls in; the first begins at 0."""

    kind: Literal["tiers"]
    bands: list[BandBody] = Field(min_length=1, max_length=50)


class LinearBody(View):
    """A percentage that moves evenly between two unit prices and is flat outside."""

    kind: Literal["linear"]
    low_price: Price
    low_percent: Percent
    high_price: Price
    high_percent: Percent


RateBody = Annotated[FixedBody | TiersBody | LinearBody, Field(discriminator="kind")]
"""Prices are plain figures in whatever currency a sale is in."""


class MinimumFee(BaseModel):
    """The least commission per unit, for sales in its currency only."""

    amount: Price
    currency: Currency


class TermsBody(BaseModel):
    """Terms hold from now on, from a later time, or, the first ones only, from the beginning where nothing was agreed."""

    rate: RateBody
    minimum_fee: MinimumFee | None = None
    base: Base = Base.BEFORE_FEES
    return_days: Annotated[int, Field(ge=0, le=365)] = 14
    effective_from: AwareDatetime | None = None
    from_the_beginning: bool = False
    reason: Reason | None = None

    def of_rate(self) -> Rate:
        """As the domain has it."""
        rate = self.rate
        if isinstance(rate, FixedBody):
            return Fixed(rate.percent)
        if isinstance(rate, TiersBody):
            return Tiers(tuple(Band(band.from_price, band.percent) for band in rate.bands))
        return Linear(rate.low_price, rate.low_percent, rate.high_price, rate.high_percent)

    def of_minimum(self) -> Money | None:
        """As the domain has it."""
        return Money(self.minimum_fee.amount, self.minimum_fee.currency) if self.minimum_fee else None


class TermsView(View):
    """Terms as they were agreed; without a consignor the house's."""

    terms_id: UUID
    consignor_id: UUID | None
    effective_from: AwareDatetime
    fills_gap: bool
    """Whether they also hold before, where nothing was agreed."""
    rate: RateBody
    minimum_fee: MoneyView | None
    base: Base
    return_days: int
    created_at: AwareDatetime
    created_by: str
    reason: str | None


class TermsPage(BaseModel):
    """A page of terms, the last said first."""

    items: list[TermsView]
    next: str | None


def consignor_view(consignor: Consignor) -> ConsignorView:
    """A consignor as people see it."""
    profile = consignor.profile
    return ConsignorView(
        consignor_id=consignor.consignor_id,
        code=profile.code,
        name=profile.name,
        email=profile.email,
        note=profile.note,
        active=consignor.active,
        revision=consignor.revision,
        created_at=consignor.created_at,
        changed_at=consignor.changed_at,
    )


def consignor_detail(
    consignor: Consignor,
    balances: Sequence[tuple[str, Decimal]],
    due: list[DueSumView],
    changes: Sequence[object],
) -> ConsignorDetail:
    """A consignor with what the shop owes."""
    return ConsignorDetail(
        consignor=consignor_view(consignor),
        balances=[MoneyView(amount=amount, currency=currency) for currency, amount in balances],
        due=due,
        changes=[ChangeView.model_validate(change) for change in changes],
    )
