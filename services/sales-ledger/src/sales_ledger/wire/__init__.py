"""Contracts, HTTP bodies and CSV to and from the domain."""

from sales_ledger.domain import OwnerKind, Status
from sales_ledger.wire.api import (
    AnswerView,
    BalanceView,
    DayView,
    DecisionBody,
    PayBody,
    RemoveBody,
    SalePage,
    SaleView,
    TimelineView,
    TotalView,
    balance_view,
    day_view,
    sale_view,
    timeline_view,
)
from sales_ledger.wire.csv import csv_head, csv_lines
from sales_ledger.wire.facts import (
    payouts,
    sale_confirmed,
    sale_paid,
    sale_recorded,
    sale_removed,
    word_of_delist,
    word_of_sale,
    words_of_stock,
)

__all__ = [
    "AnswerView",
    "BalanceView",
    "DayView",
    "DecisionBody",
    "OwnerKind",
    "PayBody",
    "RemoveBody",
    "SalePage",
    "SaleView",
    "Status",
    "TimelineView",
    "TotalView",
    "balance_view",
    "csv_head",
    "csv_lines",
    "day_view",
    "payouts",
    "sale_confirmed",
    "sale_paid",
    "sale_recorded",
    "sale_removed",
    "sale_view",
    "timeline_view",
    "word_of_delist",
    "word_of_sale",
    "words_of_stock",
]
