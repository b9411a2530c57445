"""The floor of the calls: a bare loop that makes the same number of the same kinds, over the connectors' own transport."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from connector_kit.http import http_client

Json = dict[str, Any]

_READ = "query($id: ID!) { productVariant(id: $id) { id inventoryQuantity } }"


async def bare(url: str, calls: Sequence[Json], tokens: Mapping[str, str], at_once: int = 32) -> float:
    """Make calls like these; seconds it took."""
    limit = asyncio.Semaphore(at_once)
    async with http_client(timeout=30, connections=at_once) as http:

        async def one(call: Json) -> None:
            async with limit:
                await _same(http, url, call, tokens)

        begun = time.monotonic()
        await asyncio.gather(*(one(call) for call in calls))
        return time.monotonic() - begun


async def _same(http: httpx.AsyncClient, url: str, call: Json, tokens: Mapping[str, str]) -> None:
    token = tokens[call["account"]]
    if call["platform"] == "shopify":
        path = f"{url}/shopify/{call['account']}/admin/api/2026-10/graphql.json"
        body = {"query": _READ, "variables": {"id": f"gid://shopify/ProductVariant/{call['listing'] or 1}"}}
        answer = await http.post(path, json=body, headers={"X-Shopify-Access-Token": token})
    else:
        path = f"{url}/ebay/sell/inventory/v1/offer/{call['listing']}"
        headers = {"authorization": f"Bearer {token}"}
        if call["operation"] == "withdrawOffer":
            answer = await http.post(f"{path}/withdraw", headers=headers)
        else:
            answer = await http.get(path, headers=headers)
    answer.read()
