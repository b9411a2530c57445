"""All SQL of the sales-ledger: sales, the books, lists, what is due."""

from sales_ledger.store.books import balances, newer_payouts, post, posted, save_payouts
from sales_ledger.store.due import claim_removals, drop_removals, erase, schedule_removals
from sales_ledger.store.lists import Filter, Total, by_day, page, totals
from sales_ledger.store.sales import changes_of, get, lock, lock_or_start, save, save_changes

__all__ = [
    "Filter",
    "Total",
    "balances",
    "by_day",
    "changes_of",
    "claim_removals",
    "drop_removals",
    "erase",
    "get",
    "lock",
    "lock_or_start",
    "newer_payouts",
    "page",
    "post",
    "posted",
    "save",
    "save_changes",
    "save_payouts",
    "schedule_removals",
    "totals",
]
