"""How long a query takes, how many rows come back, and how many PostgreSQL looks at for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from tests.lists.plans import scans, watching
from tests.lists.queries import Query
from tests.lists.seeds import Large
from tests.lists.way import calling

_LONG, _FEWEST = 20_000, 5
"""Milliseconds that one query is measured, and how many requests at least."""


async def measure(large: Large, query: Query, times: int) -> dict[str, Any]:
    """Its row of the table. Raises AssertionError for an answer other than 200, or pages that end too early."""
    made = large.made[query.service]
    app = made.app
    async with calling(made, large.seller, beginning_of(app) if query.streams else app) as client:
        asked = await _place(client, query)
        async with watching(made.service.database) as sent:
            answer = await _ask(client, query, asked)
        took = await _timed(client, query, asked, times)
    found = await scans(made.database, large.seller.tenant, sent)
    ordered = sorted(took)
    return {
        "service": query.service,
        "what": query.what,
        "path": query.route + (f"?{httpx.QueryParams(_texts(query.asked))}" if query.asked else ""),
        "rows": rows_of(answer),
        "p50": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[int(0.95 * len(ordered))], 1),
        "statements": len(sent),
        "looked_at": sum(scan.rows for scan in found),
        "whole": [f"{scan.table} ({scan.rows:,} rows)" for scan in found if scan.is_whole],
    }


async def _timed(
    client: httpx.AsyncClient, query: Query, asked: Mapping[str, Any], times: int
) -> list[float]:
    """Milliseconds of so many requests, of fewer where they take too long."""
    took: list[float] = []
    while len(took) < times and (sum(took) < _LONG or len(took) < _FEWEST):
        begun = time.perf_counter()
        await _ask(client, query, asked)
        took.append((time.perf_counter() - begun) * 1000)
    return took


async def _place(client: httpx.AsyncClient, query: Query) -> Mapping[str, Any]:
    """The parameters of the page that is measured."""
    asked = _texts(query.asked)
    for turned in range(query.deep):
        following = (await _ask(client, query, asked)).json()
        following = following.get("next") or following.get("next_journal")
        assert following is not None, f"{query.what}: there is no page after the {turned + 1}."
        asked = {**asked, "after" if query.service == "inventory" else "cursor": following}
    return asked


async def _ask(client: httpx.AsyncClient, query: Query, asked: Mapping[str, Any]) -> httpx.Response:
    answer = await client.request(query.method, query.path, params=asked, json=query.body)
    assert answer.is_success, f"{query.what}: {answer.text}"
    return answer


def _texts(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else value
        if isinstance(value, list | bool)
        else str(value)
        for name, value in asked.items()
    }


def rows_of(answer: httpx.Response) -> int:
    """How many rows came back; of counts their sum, of anything else 1."""
    if not answer.headers["content-type"].startswith("application/json"):
        return max(1, answer.content.count(b"\n") - 1)
    found = answer.json()
    if isinstance(found, list):
        return len(found)
    for name in ("items", "entries", "lines", "pairs", "rules", "journal", "platforms"):
        if isinstance(found.get(name), list):
            return len(found[name])
    counts = [value for name, value in found.items() if not name.endswith("_ms")]
    return sum(counts) if all(isinstance(count, int) for count in counts) else 1


def beginning_of(app: Any) -> Any:
    """The app, each answer of which ends with its first part: whoever saves a file sees it begin after that."""

    async def begun(scope: Any, receive: Any, send: Any) -> None:
        ended = asyncio.Event()

        async def first(message: Any) -> None:
            if message.get("body"):
                await send({**message, "more_body": False})
                ended.set()
                await asyncio.Event().wait()  # until it is cancelled, with no statement under way
            await send(message)

        turns = [asyncio.create_task(app(scope, receive, first)), asyncio.create_task(ended.wait())]
        await asyncio.wait(turns, return_when=asyncio.FIRST_COMPLETED)
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)

    return begun
