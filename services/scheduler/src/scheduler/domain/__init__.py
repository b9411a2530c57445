"""The rules of plans and runs, in plain Python: what is due, what a word of a connector changes, when to give up."""

from scheduler.domain.accounts import LOOKBACK, Account
from scheduler.domain.plans import Interval, Plan, next_due
from scheduler.domain.runs import (
    ATTEMPTS,
    Counts,
    Origin,
    Progress,
    Run,
    Scope,
    State,
    Verdict,
    advised,
    covering,
    patience,
)

__all__ = [
    "ATTEMPTS",
    "LOOKBACK",
    "Account",
    "Counts",
    "Interval",
    "Origin",
    "Plan",
    "Progress",
    "Run",
    "Scope",
    "State",
    "Verdict",
    "advised",
    "covering",
    "next_due",
    "patience",
]
