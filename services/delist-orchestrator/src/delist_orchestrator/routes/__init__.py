"""HTTP: the Delist tab, policies, pauses; operations' pauses.

Commands run under the bus role bound to the caller's tenant alone, because they move steps whose due times are in
the work queue; everything that only reads runs under the request role.
"""

from __future__ import annotations

from fastapi import APIRouter
from kit.database import Database

from delist_orchestrator.routes import delists, rules
from delist_orchestrator.usecases import Conduct


def build(database: Database, conduct: Conduct) -> list[APIRouter]:
    """Every router of the service."""
    return [*delists.build(database, conduct), *rules.build(database, conduct)]
