"""What every route needs, wired once in `app.py`."""

from __future__ import annotations

from dataclasses import dataclass

from kit.clock import Clock, utc_now
from kit.database import Database

from gateway.client import Owners
from gateway.config import Settings
from gateway.live import Hub
from gateway.routes.rendering import Pages


@dataclass(frozen=True)
class Context:
    """The gateway's collaborators."""

    settings: Settings
    database: Database
    owners: Owners
    hub: Hub
    pages: Pages
    clock: Clock = utc_now
