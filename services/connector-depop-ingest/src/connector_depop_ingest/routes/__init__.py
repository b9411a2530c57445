"""HTTP in: what people do in Settings, and what paired browsers upload, take and report."""

from __future__ import annotations

from connector_kit.sealing import Sealer
from fastapi import APIRouter
from kit.database import Database

from connector_depop_ingest.config import Settings
from connector_depop_ingest.jobs import Jobs
from connector_depop_ingest.routes import browsers, people


def build(settings: Settings, database: Database, sealer: Sealer, jobs: Jobs) -> list[APIRouter]:
    """The service's routers."""
    return [people.build(settings, database), browsers.build(settings, database, sealer, jobs)]
