"""The Delist tab: sold articles grouped by what they need."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from gateway.client.base import Query
from gateway.routes.panels.base import Ask, Values
from gateway.routes.panels.dashboard import midnight
from gateway.wire.base import Page
from gateway.wire.delists import Delist

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Group:
    """One group with its first page."""

    name: str
    title: str
    tone: str
    delists: tuple[Delist, ...]
    count: int
    more: str | None


_TITLES = {
    "waiting": ("Waiting for you", "amber"),
    "running": ("Running", "blue"),
    "failed": ("Failed", "red"),
    "done": ("Done today", "green"),
}


async def groups(ask: Ask) -> Values:
    """Every group that holds something, and what is paused."""
    since = midnight(ask.context.clock())
    delists = ask.context.owners.delists
    counts, pauses, pages = await asyncio.gather(
        delists.counts(ask.visitor, since),
        delists.pauses(ask.visitor),
        asyncio.gather(*(_page(ask, name, since) for name in _TITLES)),
    )
    numbers = counts.model_dump()
    shown = [_group(name, page, numbers[name]) for name, page in zip(_TITLES, pages, strict=True)]
    return {
        "groups": [group for group in shown if group.count or group.delists],
        "pauses": [pause for pause in pauses if pause.resumed_at is None],
    }


async def _page(ask: Ask, name: str, since: datetime) -> Page[Delist]:
    query: Query = {
        "group": name,
        "limit": _PAGE,
        "cursor": ask.get(name),
        "since": since if name == "done" else None,
    }
    return await ask.context.owners.delists.listed(ask.visitor, query)


def _group(name: str, page: Page[Delist], count: int) -> Group:
    title, tone = _TITLES[name]
    return Group(name, title, tone, page.items, max(count, len(page.items)), page.following)
