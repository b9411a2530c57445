"""HTTP in: pages, panels, live hints, actions, the public API."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from kit.http import BodyLimit

from gateway.routes import actions, api, assets, connecting, errors, fees, pages, settings, sign_in, stream
from gateway.routes.assets import Assets
from gateway.routes.context import Context, Manner
from gateway.routes.panels import PANELS
from gateway.routes.panels import router as panel_router
from gateway.routes.protection import Protection

__all__ = ["Context", "Manner", "build", "install"]


_BODY_LIMIT = 64 * 1024
"""People send forms, never files."""


def build(found: Assets) -> list[APIRouter]:
    """Every router of the gateway."""
    panels = panel_router(PANELS)
    return [
        assets.build(found),
        sign_in.router,
        pages.router,
        panels,
        stream.router,
        actions.router,
        fees.router,
        settings.router,
        connecting.router,
        api.router,
    ]


def install(context: Context) -> Callable[[FastAPI], None]:
    """What the application needs besides routes: its collaborators, headers on every answer, pages for errors."""

    def mount(app: FastAPI) -> None:
        app.state.context = context
        app.add_middleware(BodyLimit, limit=_BODY_LIMIT)
        app.add_middleware(Protection, https=context.manner.https)
        errors.install(app)

    return mount
