"""The states of a step as data: which there are, what moves one to another, which are open or held."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Platform(StrEnum):
    """Where a listing can be asked to change."""

    SHOPIFY = "shopify"
    EBAY = "ebay"
    DEPOP = "depop"


NEEDS_BROWSER = frozenset({Platform.DEPOP})
"""Platforms without an open interface: a paired browser carries the step out."""


class Cause(StrEnum):
    """Why a listing should show another quantity."""

    SALE = "sale"
    OBSERVATION = "observation"
    RELEASE = "release"
    EDIT = "edit"
    LINK = "link"
    UNLINK = "unlink"
    """A person takes the listing off its article: down first, or left as it was."""


class StepState(StrEnum):
    """Where a step is."""

    WAITING_FOR_APPROVAL = "waiting_for_approval"
    PAUSED = "paused"
    ASKED = "asked"
    WAITING_FOR_BROWSER = "waiting_for_browser"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"


class Move(StrEnum):
    """What can happen to a step."""

    ASK = "ask"
    PAUSE = "pause"
    REACH = "reach"
    FAIL = "fail"
    SUPERSEDE = "supersede"
    SKIP = "skip"
    MARK_DONE = "mark_done"
    VERIFY = "verify"


class IllegalMoveError(Exception):
    """The step is in a state this can't happen in."""

    def __init__(self, move: Move, state: StepState) -> None:
        super().__init__(f"{move} from {state}")
        self.move = move
        self.state = state


_S = StepState
_RUNNING = (_S.ASKED, _S.WAITING_FOR_BROWSER)
_OPEN = (_S.WAITING_FOR_APPROVAL, _S.PAUSED, *_RUNNING, _S.FAILED)


def _from(*states: StepState, to: StepState) -> Mapping[StepState, StepState]:
    return MappingProxyType(dict.fromkeys(states, to))


TRANSITIONS: Mapping[Move, Mapping[StepState, StepState]] = MappingProxyType(
    {
        Move.ASK: _from(_S.WAITING_FOR_APPROVAL, _S.PAUSED, _S.FAILED, to=_S.ASKED),
        Move.PAUSE: _from(_S.WAITING_FOR_APPROVAL, _S.PAUSED, _S.FAILED, to=_S.PAUSED),
        Move.REACH: _from(*_OPEN, _S.SUPERSEDED, _S.SKIPPED, to=_S.DONE),
        Move.FAIL: _from(*_RUNNING, _S.FAILED, to=_S.FAILED),
        Move.SUPERSEDE: _from(*_OPEN, _S.SUPERSEDED, to=_S.SUPERSEDED),
        Move.SKIP: _from(*_OPEN, to=_S.SKIPPED),
        Move.MARK_DONE: _from(*_OPEN, to=_S.DONE),
        Move.VERIFY: _from(_S.DONE, to=_S.DONE),
    }
)
"""From which states each move leads where; what is not here does not happen."""

OPEN = frozenset(_OPEN)
HELD = frozenset({_S.WAITING_FOR_APPROVAL, _S.PAUSED})
"""The target has not been sent."""
