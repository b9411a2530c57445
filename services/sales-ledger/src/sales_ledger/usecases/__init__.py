"""One function = one transaction: listen, people's decisions, what comes due, consignors, payout runs, lists, books, payouts."""

from sales_ledger.domain import Delays, SoldPeriod
from sales_ledger.store import Filter, PayoutFilter
from sales_ledger.usecases.consignors import (
    ConsignorFound,
    consignor,
    consignors_page,
    create_consignor,
    edit_consignor,
    set_active,
)
from sales_ledger.usecases.decisions import (
    Answer,
    Person,
    confirm,
    confirm_all,
    correct_owner,
    give_fees,
    remove,
)
from sales_ledger.usecases.listen import forget, listen, settle
from sales_ledger.usecases.looking import (
    Period,
    RunFound,
    due_page,
    run,
    run_lines,
    runs_page,
    statement_of,
)
from sales_ledger.usecases.queries import (
    balances,
    by_day,
    changes_of,
    page,
    removal,
    shown,
    totals,
    way,
)
from sales_ledger.usecases.reconciliation import Differences, PayoutParts, compare, payout, payouts, restated
from sales_ledger.usecases.removals import claim, say_removed
from sales_ledger.usecases.runs import NewRun, approve_run, cancel_run, draw_run, pay_run, unpay_run
from sales_ledger.usecases.terms import NewTerms, add_terms, claim_terms, fill_gap, terms_page
from sales_ledger.usecases.zones import zone_of

__all__ = [
    "Answer",
    "ConsignorFound",
    "Delays",
    "Differences",
    "Filter",
    "NewRun",
    "NewTerms",
    "PayoutFilter",
    "PayoutParts",
    "Period",
    "Person",
    "RunFound",
    "SoldPeriod",
    "add_terms",
    "approve_run",
    "balances",
    "by_day",
    "cancel_run",
    "changes_of",
    "claim",
    "claim_terms",
    "compare",
    "confirm",
    "confirm_all",
    "consignor",
    "consignors_page",
    "correct_owner",
    "create_consignor",
    "draw_run",
    "due_page",
    "edit_consignor",
    "fill_gap",
    "forget",
    "give_fees",
    "listen",
    "page",
    "pay_run",
    "payout",
    "payouts",
    "removal",
    "remove",
    "restated",
    "run",
    "run_lines",
    "runs_page",
    "say_removed",
    "set_active",
    "settle",
    "shown",
    "statement_of",
    "terms_page",
    "totals",
    "unpay_run",
    "way",
    "zone_of",
]
