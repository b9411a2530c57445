"""HTTP: sales and decisions on them, consignors and their terms, payout runs, statements, the books, payouts of marketplaces,
couriers.

Removals and new terms run under the bus role bound to the caller's tenant alone, because they wait in a work queue;
everything else runs under the request role.
"""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from kit.database import Database

from sales_ledger.routes import consignors, couriers, decisions, payouts, runs, sales, statements, terms


def build(database: Database, undo_for: timedelta, export_page: int, run_sales: int) -> list[APIRouter]:
    """Every router of the service."""
    return [
        *sales.build(database, export_page),
        decisions.build(database, undo_for),
        consignors.build(database),
        terms.build(database),
        statements.build(database),
        runs.build(database, run_sales),
        *payouts.build(database),
        couriers.build(),
    ]
