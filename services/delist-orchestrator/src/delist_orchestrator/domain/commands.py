"""What a person can do with a step, where it is refused, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from delist_orchestrator.domain.rules import Rules
from delist_orchestrator.domain.states import TRANSITIONS, IllegalMoveError, Move, StepState
from delist_orchestrator.domain.steps import Step


class Command(StrEnum):
    """A person's decision on a step."""

    APPROVE = "approve"
    RETRY = "retry"
    SKIP = "skip"
    MARK_DONE = "mark_done"


COMMANDS: Mapping[Command, tuple[Move, frozenset[StepState]]] = MappingProxyType(
    {
        Command.APPROVE: (Move.ASK, frozenset({StepState.WAITING_FOR_APPROVAL})),
        Command.RETRY: (Move.ASK, frozenset({StepState.FAILED})),
        Command.SKIP: (Move.SKIP, frozenset(TRANSITIONS[Move.SKIP])),
        Command.MARK_DONE: (Move.MARK_DONE, frozenset(TRANSITIONS[Move.MARK_DONE])),
    }
)
"""The move each command makes and the states it is allowed in."""

REFUSALS: Mapping[StepState, str] = MappingProxyType(
    {
        StepState.WAITING_FOR_APPROVAL: "This listing waits for your yes: approve or skip it.",
        StepState.PAUSED: "Delisting is paused for this listing: resume it first.",
        StepState.ASKED: "This listing is being changed right now.",
        StepState.WAITING_FOR_BROWSER: "This listing waits for your browser with the extension.",
        StepState.DONE: "This listing is done already.",
        StepState.FAILED: "This listing could not be changed: retry, skip, or mark it done.",
        StepState.SUPERSEDED: "A newer change of this listing took over.",
        StepState.SKIPPED: "This listing was skipped.",
    }
)


SKIPPED = "You chose to leave this listing as it is."
SKIPPED_LATE = f"{SKIPPED} It had been asked for before, so it may still change."


def act(step: Step, command: Command, rules: Rules, now: datetime, reason: str | None) -> Step:
    """The step after a person's command. Raises IllegalMoveError; an approved step under a pause stays held."""
    move, states = COMMANDS[command]
    if step.state not in states:
        raise IllegalMoveError(move, step.state)
    if command is Command.SKIP:
        return step.skip(reason or (SKIPPED_LATE if step.is_under_way else SKIPPED))
    if command is Command.MARK_DONE:
        return step.mark_done(reason or "You said that you did this by hand.", now)
    return rules.release(step, now)
