"""The floors of the calls: a bare loop that makes the same ones on listings nobody else knows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from connector_kit.http import http_client
from connector_shopify.client.documents import API_VERSION, DOCUMENTS

Json = dict[str, Any]
Place = tuple[str, str]
"""Platform and account."""
AT_ONCE = 32


def plain() -> httpx.AsyncClient:
    """httpx as it comes."""
    return httpx.AsyncClient(timeout=30, trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE))


def of_the_connectors() -> httpx.AsyncClient:
    """httpx over the connectors' transport, which takes a fraction of its time."""
    return http_client(timeout=30, connections=AT_ONCE)


async def bare(
    url: str,
    calls: Sequence[Json],
    tokens: Mapping[Place, str],
    fresh: Mapping[Place, Sequence[str]],
    client: Callable[[], httpx.AsyncClient],
) -> float:
    """Make calls like these, in their order; seconds it took.

    Each listing of `calls` is stood for by one of `fresh` that is for sale, so that the first call that takes it down
    does. Raises RuntimeError for an answer that is neither success nor what a repetition gets.
    """
    stand_ins = _stand_ins(calls, fresh)
    limit = asyncio.Semaphore(AT_ONCE)
    async with client() as http:

        async def one(call: Json) -> None:
            async with limit:
                await _same(http, url, call, tokens[_place(call)], stand_ins[*_place(call), call["listing"]])

        begun = time.monotonic()
        await asyncio.gather(*(one(call) for call in calls))
        return time.monotonic() - begun


def _place(call: Json) -> Place:
    return call["platform"], call["account"]


def _stand_ins(
    calls: Sequence[Json], fresh: Mapping[Place, Sequence[str]]
) -> dict[tuple[str, str, str | None], str]:
    """Which fresh listing stands for which of the calls."""
    left = {place: iter(listings) for place, listings in fresh.items()}
    found: dict[tuple[str, str, str | None], str] = {}
    for call in calls:
        key = (*_place(call), call["listing"])
        if key not in found:
            found[key] = next(left[_place(call)])
    return found


async def _same(http: httpx.AsyncClient, url: str, call: Json, token: str, listing: str) -> None:
    if call["platform"] == "shopify":
        answer = await _shopify(http, f"{url}/shopify/{call['account']}", token, listing)
    else:
        answer = await _ebay(http, f"{url}/ebay/sell/inventory/v1/offer/{listing}", token, call["operation"])
    told = answer.json() if answer.content else {}
    gone_before = answer.status_code == 400 and call["operation"] == "withdrawOffer"
    if not (answer.is_success or gone_before) or (call["platform"] == "shopify" and not told.get("data")):
        raise RuntimeError(f"{call['operation']} was answered {answer.status_code}: {answer.text[:200]}")


async def _shopify(http: httpx.AsyncClient, shop: str, token: str, listing: str) -> httpx.Response:
    variables = {"id": f"gid://shopify/ProductVariant/{listing}", "levels": 10}
    return await http.post(
        f"{shop}/admin/api/{API_VERSION}/graphql.json",
        json={"query": DOCUMENTS["Variant"], "variables": variables},
        headers={"X-Shopify-Access-Token": token},
    )


async def _ebay(http: httpx.AsyncClient, offer: str, token: str, operation: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    if operation == "withdrawOffer":
        return await http.post(f"{offer}/withdraw", headers=headers)
    return await http.get(offer, headers=headers)
