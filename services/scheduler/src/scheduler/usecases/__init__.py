"""One function, one transaction: what events, timers and people do to plans and runs."""

from scheduler.usecases.follow import erase, follow
from scheduler.usecases.people import cancel, change_plan, list_runs, plan_of, plans_of_tenant, refresh
from scheduler.usecases.sweep import fire_due_plans, judge_silent_runs

__all__ = [
    "cancel",
    "change_plan",
    "erase",
    "fire_due_plans",
    "follow",
    "judge_silent_runs",
    "list_runs",
    "plan_of",
    "plans_of_tenant",
    "refresh",
]
