"""The rules of delisting: steps and their moves, policies, pauses, the brake; no clock, no I/O."""

from delist_orchestrator.domain.board import Board, Demand, Drop, Key, Result, Wanted
from delist_orchestrator.domain.commands import COMMANDS, REFUSALS, Command, act
from delist_orchestrator.domain.delists import Chapter, Delist, Group, Outcome, group_of, latest
from delist_orchestrator.domain.lowerings import Lowerings, Unexplained
from delist_orchestrator.domain.rules import Brake, Mode, Pause, Policy, Rules, Scope
from delist_orchestrator.domain.steps import (
    NEEDS_BROWSER,
    TRANSITIONS,
    Cause,
    IllegalMoveError,
    Move,
    Platform,
    Step,
    StepState,
    Timing,
)

__all__ = [
    "COMMANDS",
    "NEEDS_BROWSER",
    "REFUSALS",
    "TRANSITIONS",
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
    "Lowerings",
    "Mode",
    "Move",
    "Outcome",
    "Pause",
    "Platform",
    "Policy",
    "Result",
    "Rules",
    "Scope",
    "Step",
    "StepState",
    "Timing",
    "Unexplained",
    "Wanted",
    "act",
    "group_of",
    "latest",
]
