"""What every route needs, wired once in `app.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kit.clock import Clock, utc_now
from kit.database import Database

from gateway.client import Owners
from gateway.routes.rendering import Pages
from gateway.usecases import API_PACES, Hub, Meter, SessionRules


@dataclass(frozen=True, slots=True)
class Manner:
    """How people reach us, and how long a page waits."""

    https: bool = False
    trust_forwarded_for: bool = False
    panel_patience_seconds: float = 0.35


def _meters() -> dict[str, Meter]:
    return {what: Meter(pace) for what, pace in API_PACES.items()}


@dataclass(frozen=True)
class Context:
    """The gateway's collaborators."""

    manner: Manner
    rules: SessionRules
    database: Database
    owners: Owners
    hub: Hub
    pages: Pages
    clock: Clock = utc_now
    meters: Mapping[str, Meter] = field(default_factory=_meters)
    """The public API's, by what they count."""
