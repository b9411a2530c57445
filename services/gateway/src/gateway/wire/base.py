"""What every answer of an owner has in common."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Answer(BaseModel):
    """A part of an owner's answer. Unknown fields are ignored, so owners may add.

    What the owner always says has no default: an answer without it is none, and nothing is made up in its place.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(Answer, Generic[T]):
    """One page of a list, and where the next one starts."""

    items: tuple[T, ...]
    following: str | None = Field(default=None, validation_alias="next")


class Problem(Answer):
    """RFC 9457, as kit answers it."""

    code: str = "refused"
    message: str = "This was refused."
