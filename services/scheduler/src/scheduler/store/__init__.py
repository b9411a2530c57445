"""All SQL of the scheduler: accounts and plans, runs, what is due, whom to forget."""

from scheduler.store.accounts import (
    accounts_of,
    load_accounts,
    load_plan,
    load_plans,
    lock_accounts,
    save_account,
    save_plan,
)
from scheduler.store.due import DuePlan, find_silent, schedule, take_due_plans, unwatch, watch
from scheduler.store.runs import lock_active_runs, lock_runs, newest_runs, save_runs
from scheduler.store.tenants import erase

__all__ = [
    "DuePlan",
    "accounts_of",
    "erase",
    "find_silent",
    "load_accounts",
    "load_plan",
    "load_plans",
    "lock_accounts",
    "lock_active_runs",
    "lock_runs",
    "newest_runs",
    "save_account",
    "save_plan",
    "save_runs",
    "schedule",
    "take_due_plans",
    "unwatch",
    "watch",
]
