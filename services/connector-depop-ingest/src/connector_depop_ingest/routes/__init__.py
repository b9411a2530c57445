"""HTTP in: what people do in Settings, and what paired browsers upload, take and report."""

from __future__ import annotations

from connector_kit.sealing import Sealer
from fastapi import APIRouter
from kit.database import Database
from kit.jobs import Wake
from pydantic import SecretStr

from connector_depop_ingest.routes import browsers, people
from connector_depop_ingest.routes.door import Limits

__all__ = ["Limits", "build"]


def build(
    secret: SecretStr, limits: Limits, database: Database, sealer: Sealer, uploads: Wake
) -> list[APIRouter]:
    """The service's routers. `secret` keys the hashes of codes and tokens; `uploads` is woken by each new one."""
    return [people.build(secret, database), browsers.build(secret, limits, database, sealer, uploads)]
