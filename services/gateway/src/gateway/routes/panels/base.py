"""How a panel is loaded, shown while it loads, and shown when its owner is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from kit.errors import NotFound
from kit.logs import logger
from markupsafe import Markup

from gateway.client import OwnerAwayError
from gateway.routes.context import Context
from gateway.routes.guard import ContextDep, VisitorDep
from gateway.usecases import Visitor

log = logger(__name__)

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a panel is to show: who looks, and the page's query."""

    context: Context
    visitor: Visitor
    query: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """A parameter, None when absent or empty."""
        return self.query.get(name) or None


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of a page. `hears` are the hints after which it reads again."""

    name: str
    title: str
    load: Callable[[Ask], Awaitable[Values]]
    hears: tuple[str, ...]
    skeleton_rows: int = 5
    bare: bool = False
    """Without a card around it."""
    meanwhile: str = "Sales and take-downs go on"
    """What its owner's silence means for the seller."""

    @property
    def template(self) -> str:
        """Its template."""
        return f"panels/{self.name}.html"


async def filled(panel: Panel, ask: Ask) -> Markup:
    """The panel's content. Raises OwnerAwayError."""
    values = await panel.load(ask)
    return ask.context.pages.fragment(panel.template, {"visitor": ask.visitor, "query": ask.query, **values})


def failed(panel: Panel, ask: Ask) -> Markup:
    """What stands in its place while its owner is away."""
    values = {"panel": panel, "url": _url(panel, ask.query)}
    return ask.context.pages.fragment("components/failed.html", values)


async def _or_failed(panel: Panel, ask: Ask) -> Markup:
    try:
        return await filled(panel, ask)
    except OwnerAwayError as error:
        log.warning("panel without its owner", panel=panel.name, error=str(error))
        return failed(panel, ask)


async def compose(ask: Ask, panels: Sequence[Panel]) -> dict[str, Markup]:
    """Every panel in its frame, by name: filled if its owner answers soon, else a skeleton that loads itself."""
    if not panels:
        return {}
    tasks = {panel.name: asyncio.create_task(_or_failed(panel, ask)) for panel in panels}
    try:
        await asyncio.wait(tasks.values(), timeout=ask.context.manner.panel_patience_seconds)
    finally:
        late = {name for name, task in tasks.items() if not task.done()}
        for name in late:
            tasks[name].cancel()
    # Each is asked, though one is enough to fail: an error nobody asked for is logged whenever it is collected.
    broken = [error for name, task in tasks.items() if name not in late and (error := task.exception())]
    if broken:
        raise broken[0]
    return {p.name: _framed(p, ask, None if p.name in late else tasks[p.name].result()) for p in panels}


def _framed(panel: Panel, ask: Ask, content: Markup | None) -> Markup:
    triggers = [f"hint:{kind}" for kind in panel.hears] + ["refresh"]
    if content is None:
        triggers.append("load")
    values = {
        "panel": panel,
        "url": _url(panel, ask.query),
        "triggers": ", ".join(triggers),
        "content": content,
    }
    return ask.context.pages.fragment("components/panel.html", values)


def _url(panel: Panel, query: Mapping[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"/panels/{panel.name}" + (f"?{urlencode(kept)}" if kept else "")


def router(panels: Mapping[str, Panel]) -> APIRouter:
    """Each panel by itself, for htmx. 503 with the failed state while its owner is away."""
    made = APIRouter(include_in_schema=False)

    @made.get("/panels/{name}")
    async def panel(name: str, request: Request, context: ContextDep, visitor: VisitorDep) -> Response:
        found = panels.get(name)
        if found is None:
            raise NotFound("no_such_panel", "There is no such part of a page.")
        ask = Ask(context, visitor, dict(request.query_params))
        try:
            return HTMLResponse(await filled(found, ask))
        except OwnerAwayError as error:
            log.warning("panel without its owner", panel=name, error=str(error))
            return HTMLResponse(failed(found, ask), status_code=503)

    return made
