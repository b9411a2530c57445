"""All SQL of the sales-ledger: sales, the books, lists, what is due."""

from sales_ledger.store.books import balances, newer_payouts, post, posted, save_payouts
from sales_ledger.store.comparison import OrderPlace, comparison, differing
from sales_ledger.store.due import claim_removals, drop_removals, erase, schedule_removals
from sales_ledger.store.lists import Filter, Total, by_day, page, totals
from sales_ledger.store.payouts import PayoutFilter, line_sums, matched_lines, payout_head, payouts_page
from sales_ledger.store.restatements import restatements_of, save_restatements
from sales_ledger.store.sales import changes_of, get, lock, lock_or_start, save, save_changes

__all__ = [
    "Filter",
    "OrderPlace",
    "PayoutFilter",
    "Total",
    "balances",
    "by_day",
    "changes_of",
    "claim_removals",
    "comparison",
    "differing",
    "drop_removals",
    "erase",
    "get",
    "line_sums",
    "lock",
    "lock_or_start",
    "matched_lines",
    "newer_payouts",
    "page",
    "payout_head",
    "payouts_page",
    "post",
    "posted",
    "restatements_of",
    "save",
    "save_changes",
    "save_payouts",
    "save_restatements",
    "schedule_removals",
    "totals",
]
