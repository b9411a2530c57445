"""Small values that several HTTP bodies share."""

from __future__ import annotations

from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict


class View(BaseModel):
    """What is read off the domain's own attributes."""

    model_config = ConfigDict(from_attributes=True)


class MoneyView(View):
    """An exact amount."""

    amount: Decimal
    currency: str


class FeeView(View):
    """One fee."""

    kind: str
    amount: MoneyView


class RefundView(View):
    """One refund."""

    refund_id: str
    amount: MoneyView
    quantity: int
    at: AwareDatetime
    presentment: MoneyView | None
    """In the buyer's currency, where that is another."""


class PresentmentView(View):
    """What the buyer saw, in another currency than the books are in."""

    price: MoneyView
    shipping_price: MoneyView | None
    tax: MoneyView | None
    discount: MoneyView | None
