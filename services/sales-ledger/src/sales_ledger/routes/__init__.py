"""HTTP: sales and decisions on them, the books, payouts of marketplaces, couriers."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from kit.database import Database

from sales_ledger.routes import couriers, payouts, sales


def build(database: Database, undo_for: timedelta, export_page: int) -> list[APIRouter]:
    """Every router of the service."""
    return [*sales.build(database, undo_for, export_page), *payouts.build(database), couriers.build()]
