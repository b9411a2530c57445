"""One function = one transaction: listen, people's decisions, removals that come due, lists, books."""

from sales_ledger.store import Filter
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
from sales_ledger.usecases.removals import claim, say_removed

__all__ = [
    "Answer",
    "Filter",
    "Person",
    "balances",
    "by_day",
    "changes_of",
    "claim",
    "confirm",
    "forget",
    "listen",
    "page",
    "pay",
    "remove",
    "say_removed",
    "settle",
    "shown",
    "totals",
    "way",
]
