"""One HTTP request to a marketplace: classified by the error table, the trace on it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from kit import telemetry

from connector_kit.errors import AMBIGUOUS, CallFailed, ErrorTable, read_only


async def send(
    client: httpx.AsyncClient,
    request: httpx.Request,
    table: ErrorTable,
    *,
    changes: bool,
    timeout: float = 10.0,
) -> httpx.Response:
    """Send once, never again; a 2xx answer comes back whole.

    `changes` says whether the request changes the marketplace's state: then what may have arrived is ambiguous,
    else it may be repeated. The whole exchange ends within `timeout` seconds. Raises CallFailed.
    """
    traceparent = telemetry.current_traceparent()
    if traceparent is not None:
        request.headers["traceparent"] = traceparent
    try:
        async with asyncio.timeout(timeout):
            response = await client.send(request)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        problem = table.of_exception(error)
        raise CallFailed(problem if changes else read_only(problem), repr(error)) from error
    if response.is_success:
        return response
    problem = table.of_status(response.status_code, response.headers.get("retry-after"))
    detail = f"HTTP {response.status_code}: {response.text[:300]}"
    raise CallFailed(problem if changes else read_only(problem), detail)


def json_of(response: httpx.Response, *, changes: bool) -> Any:
    """The answer's JSON. Garbage is CallFailed: ambiguous for a change, to be repeated for a read."""
    try:
        return response.json()
    except ValueError as error:
        problem = AMBIGUOUS if changes else read_only(AMBIGUOUS)
        raise CallFailed(problem, f"not JSON: {response.text[:200]}") from error
