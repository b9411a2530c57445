"""The rules of delisting: steps and their moves, policies, pauses, the brake; no clock, no I/O."""

from delist_orchestrator.domain.board import Board, Demand, Drop, Key, Result, Wanted
from delist_orchestrator.domain.commands import COMMANDS, REFUSALS, Command, act
from delist_orchestrator.domain.delists import (
    Chapter,
    Delist,
    Group,
    ListedStep,
    Outcome,
    group_of,
    groups_with,
    latest,
)
from delist_orchestrator.domain.filters import StepFilter
from delist_orchestrator.domain.lowerings import Lowerings, Unexplained
from delist_orchestrator.domain.rules import Brake, Mode, Pause, Policy, Rules, Scope
from delist_orchestrator.domain.shares import LONGEST_SPAN, WITHIN, Share
from delist_orchestrator.domain.states import (
    NEEDS_BROWSER,
    OPEN,
    TRANSITIONS,
    Cause,
    IllegalMoveError,
    Move,
    Platform,
    StepState,
)
from delist_orchestrator.domain.steps import Reached, Step
from delist_orchestrator.domain.timing import Timing

__all__ = [
    "COMMANDS",
    "LONGEST_SPAN",
    "NEEDS_BROWSER",
    "OPEN",
    "REFUSALS",
    "TRANSITIONS",
    "WITHIN",
    "Board",
    "Brake",
    "Cause",
    "Chapter",
    "Command",
    "Delist",
    "Demand",
    "Drop",
    "Group",
    "IllegalMoveError",
    "Key",
    "ListedStep",
    "Lowerings",
    "Mode",
    "Move",
    "Outcome",
    "Pause",
    "Platform",
    "Policy",
    "Reached",
    "Result",
    "Rules",
    "Scope",
    "Share",
    "Step",
    "StepFilter",
    "StepState",
    "Timing",
    "Unexplained",
    "Wanted",
    "act",
    "group_of",
    "groups_with",
    "latest",
]
