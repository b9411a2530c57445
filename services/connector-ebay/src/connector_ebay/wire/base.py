"""What every eBay JSON model shares: camelCase names, unknown fields ignored, amounts as decimal strings."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

T = TypeVar("T")


def _empty_for_null(value: object) -> object:
    return () if value is None else value


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text holds a NUL character")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
"""A text that PostgreSQL can keep."""
Stock = Annotated[int, Field(ge=0, le=1_000_000_000)]
Several = Annotated[tuple[T, ...], BeforeValidator(_empty_for_null)]
"""An array eBay may leave out, send empty or send as null."""


class Wire(BaseModel):
    """A part of eBay's JSON; fields we do not use are ignored, so eBay's additions break nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Amount(Wire):
    """Money as eBay writes it: the value is a string."""

    value: Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def value_of(amount: Amount | None) -> Decimal:
    """The amount's value, zero for a field eBay left out."""
    return Decimal(0) if amount is None else amount.value
