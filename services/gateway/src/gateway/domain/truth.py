"""The dashboard's first line: one sentence that is true, and calm when it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.words import Tone, platform

CALM_FOR = timedelta(seconds=60)
"""A take-down younger than this is under way, not late."""

_WAITS = ("waiting_for_approval", "waiting_for_browser", "paused")
_TO_DO = {
    "waiting_for_browser": "open your browser with the extension",
    "waiting_for_approval": "it waits for your approval",
    "paused": "delisting is paused",
    "failed": "we could not take it down",
}


@dataclass(frozen=True, slots=True)
class StillLive:
    """A listing of a sold article that is not down yet."""

    sale_id: UUID
    platform: str
    state: str
    sold_at: datetime


@dataclass(frozen=True, slots=True)
class Truth:
    """The line, how urgent it looks, and whether the Delist tab helps."""

    text: str
    tone: Tone
    act: bool = False


def truth(
    live: Sequence[StillLive], now: datetime, *, any_sales: bool = True, articles: int | None = None
) -> Truth:
    """Say what is still for sale though it was sold; `articles` when there are more than `live` holds."""
    if not live:
        if any_sales:
            return Truth("All sold articles are off sale everywhere.", "green")
        return Truth("Nothing sold yet. Your first sale appears here the moment it happens.", "grey")
    act = any(step.state != "asked" for step in live)
    if articles is not None:
        return Truth(f"{_count(articles)} still live elsewhere.", _tone(live, now), act)
    articles = len({step.sale_id for step in live})
    return Truth(_sentence(live, articles, now), _tone(live, now), act)


def _tone(live: Sequence[StillLive], now: datetime) -> Tone:
    states = {step.state for step in live}
    if "failed" in states:
        return "red"
    late = any(now - step.sold_at > CALM_FOR for step in live)
    return "amber" if late or states & set(_WAITS) else "blue"


def _sentence(live: Sequence[StillLive], articles: int, now: datetime) -> str:
    longest = span(now - min(step.sold_at for step in live))
    where = _where(live)
    if all(step.state == "asked" for step in live) and _tone(live, now) == "blue":
        return f"{_count(articles)} being taken down on {where}, {longest}."
    said = f"{_count(articles)} still live on {where}, {longest if articles == 1 else 'the longest for ' + longest}"
    states = {step.state for step in live}
    only = _TO_DO.get(states.pop()) if len(states) == 1 else None
    return f"{said}; {only}." if only else f"{said}."


def _count(articles: int) -> str:
    return "1 sold article is" if articles == 1 else f"{articles:,} sold articles are"


def _where(live: Sequence[StillLive]) -> str:
    """Platforms, with how many articles each when there are several."""
    articles = {(step.platform, step.sale_id) for step in live}
    per_platform = Counter(name for name, _ in sorted(articles))
    names = [platform(name) for name, _ in per_platform.most_common()]
    if len({step.sale_id for step in live}) == 1 or len(names) == 1:
        return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]
    return ", ".join(f"{platform(name)} ({count})" for name, count in per_platform.most_common())


def span(length: timedelta) -> str:
    """A length of time in its largest sensible unit: 12 s, 4 min, 3 h, 2 days."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"
