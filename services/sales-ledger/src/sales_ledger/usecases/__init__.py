"""One function = one transaction: listen, people's decisions, removals that come due, lists, books, payouts."""

from sales_ledger.domain import Delays, SoldPeriod
from sales_ledger.store import Filter, PayoutFilter
from sales_ledger.usecases.decisions import Answer, Person, confirm, pay, remove
from sales_ledger.usecases.listen import forget, listen, settle
from sales_ledger.usecases.queries import (
    balances,
    by_day,
    changes_of,
    page,
    shown,
    totals,
    way,
)
from sales_ledger.usecases.reconciliation import Differences, PayoutParts, compare, payout, payouts, restated
from sales_ledger.usecases.removals import claim, say_removed

__all__ = [
    "Answer",
    "Delays",
    "Differences",
    "Filter",
    "PayoutFilter",
    "PayoutParts",
    "Person",
    "SoldPeriod",
    "balances",
    "by_day",
    "changes_of",
    "claim",
    "compare",
    "confirm",
    "forget",
    "listen",
    "page",
    "pay",
    "payout",
    "payouts",
    "remove",
    "restated",
    "say_removed",
    "settle",
    "shown",
    "totals",
    "way",
]
