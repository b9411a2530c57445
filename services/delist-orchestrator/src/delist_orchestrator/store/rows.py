"""Rows to domain objects and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from kit.connection import Row

from delist_orchestrator.domain import (
    Cause,
    Delist,
    Group,
    Outcome,
    Pause,
    Platform,
    Result,
    Scope,
    Step,
    StepState,
)

_STEP = tuple(f.name for f in fields(Step))
_RESULT = tuple(f.name for f in fields(Result))
_DELIST = tuple(f.name for f in fields(Delist))
_PAUSE = tuple(f.name for f in fields(Pause))


def _values(row: Row, names: tuple[str, ...], **converted: object) -> dict[str, Any]:
    return {name: row[name] for name in names} | converted


def step(row: Row) -> Step:
    """A row of `steps`."""
    return Step(
        **_values(
            row,
            _STEP,
            platform=Platform(row["platform"]),
            cause=Cause(row["cause"]),
            state=StepState(row["state"]),
        )
    )


def step_row(value: Step) -> dict[str, object]:
    """The columns of a step."""
    return {name: getattr(value, name) for name in _STEP} | {"ended": value.is_ended}


def result(row: Row) -> Result:
    """A row of `early_results`."""
    return Result(**_values(row, _RESULT, platform=Platform(row["platform"])))


def result_row(value: Result) -> dict[str, object]:
    """The columns of an early result."""
    return {name: getattr(value, name) for name in _RESULT}


def delist(row: Row) -> Delist:
    """A row of `delists`."""
    return Delist(**_values(row, _DELIST, outcome=Outcome(row["outcome"]), state=Group(row["state"])))


def delist_row(value: Delist) -> dict[str, object]:
    """The columns of a delist."""
    return {name: getattr(value, name) for name in _DELIST}


def pause(row: Row) -> Pause:
    """A row of `pauses`, or of `platform_pauses`, which lacks what one tenant's pause has."""
    values = {name: row[name] for name in _PAUSE if name in row}
    platform = row["platform"]
    return Pause(
        **values | {"scope": Scope(row["scope"]), "platform": Platform(platform) if platform else None}
    )


def pause_row(value: Pause) -> dict[str, object]:
    """The columns of a tenant's pause."""
    return {name: getattr(value, name) for name in _PAUSE}
