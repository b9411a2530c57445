"""HTTP bodies of what a person decides about steps, named one by one, by sale, or by what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from delist_orchestrator.domain import Platform, StepFilter, StepState


class StepKey(BaseModel):
    """One step: a listing and the version of its target."""

    listing_id: UUID
    version: int = Field(ge=1)


class StepFilterBody(BaseModel):
    """Which steps are meant: all that is said must hold. What is misspelt is refused, for it would be left out."""

    model_config = ConfigDict(extra="forbid")

    article_id: UUID | None = None
    sale_id: UUID | None = None
    account_id: UUID | None = None
    platform: Platform | None = None
    state: StepState | None = None
    code: str | None = Field(default=None, max_length=100)
    overdue: bool | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    def chosen(self) -> StepFilter:
        """The same as the domain has it."""
        return StepFilter(**self.model_dump())


class CommandBody(BaseModel):
    """Which steps to act on: named ones and all of these sales that allow it, or all that a filter leaves in.

    A filter acts on up to 500 at a time; the answer's `next` is the `cursor` to go on with.
    """

    steps: list[StepKey] = Field(default_factory=list, max_length=500)
    sale_ids: list[UUID] = Field(default_factory=list, max_length=500)
    filter: StepFilterBody | None = None
    cursor: str | None = Field(default=None, max_length=200)
    reason: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _one_way_to_say_which(self) -> Self:
        if self.filter is not None and (self.steps or self.sale_ids):
            raise ValueError("name listings and sales, or give a filter, not both")
        if self.filter is None and self.cursor is not None:
            raise ValueError("a cursor goes with the filter it came from")
        return self


class CommandResult(StepKey):
    """What became of one step of a command."""

    done: bool
    state: StepState | None
    message: str | None = None


class CommandAnswer(BaseModel):
    """A result per step; `next` when a filter leaves more in."""

    results: list[CommandResult]
    next: str | None = None


def command_answer(
    results: Sequence[tuple[UUID, int, StepState | None, str | None]], following: str | None = None
) -> CommandAnswer:
    """(listing, version, state now, refusal) of each step."""
    return CommandAnswer(
        results=[
            CommandResult(
                listing_id=listing, version=version, done=refusal is None, state=state, message=refusal
            )
            for listing, version, state, refusal in results
        ],
        next=following,
    )
