"""What Shopify's two JSON dialects share: ids as digits, money as exact decimals, texts a database can keep."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

T = TypeVar("T")

ZERO = Decimal(0)


def _digits(value: object) -> object:
    """`gid://shopify/Order/1?x=2` and the number 1 are both `1`; GraphQL names things by the first, webhooks by the second."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    return value.rpartition("/")[2].partition("?")[0] if isinstance(value, str) else value


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text holds a NUL character")
    return text


def _keepable(value: object) -> object:
    """Neither NUL nor half a character can be kept by a database, and neither is anything a person wrote."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _empty_for_null(value: object) -> object:
    return () if value is None else value


Id = Annotated[str, BeforeValidator(_digits), Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Text = Annotated[str, AfterValidator(_without_nul)]
Words = Annotated[str, BeforeValidator(_keepable)]
"""A text that is for people to read: what can't be kept of it is left out."""
Value = Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
"""An amount; Shopify writes it as a string, in old places as a number."""
_value = TypeAdapter(Value)


def _none_if_too_long(value: object) -> object:
    try:
        return _value.validate_python(value)
    except ValidationError:
        return None


Price = Annotated[Decimal | None, BeforeValidator(_none_if_too_long)]
"""What an article is offered at; None where it has more digits than money holds, for nobody is to pay it."""
Units = Annotated[int, Field(ge=0, le=1_000_000)]
_INT32 = 2**31 - 1
_MOST_UNITS = 1_000_000_000


def _within_int32(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return max(-_INT32, min(value, _INT32))


def units_told(units: int) -> int:
    """Units as they are told: a figure beyond a billion is nobody's stock, and no column holds a few of them added up."""
    return max(-_MOST_UNITS, min(units, _MOST_UNITS))


Stock = Annotated[int, BeforeValidator(_within_int32)]
"""Available units, as exact as Shopify's own integers; below zero after overselling."""
Several = Annotated[tuple[T, ...], BeforeValidator(_empty_for_null)]
"""A list that Shopify may leave out, send empty or send as null."""


class Wire(BaseModel):
    """Fields Soldwire does not read are ignored: Shopify adds some every quarter."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def kept(text: str | None) -> str | None:
    """A text, or None for an empty one: the two dialects disagree on what nothing looks like."""
    return (text or "").strip() or None
