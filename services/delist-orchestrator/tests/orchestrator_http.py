"""People's requests to the delist-orchestrator under test."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
from kit.tokens import Caller, Role, sign
from orchestrator_shop import Shop, Stack


def client(stack: Stack, shop: Shop, role: Role = "seller") -> httpx.AsyncClient:
    token = sign(stack.service.settings, Caller(shop.tenant, uuid4(), role), audience="delist-orchestrator")
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(stack.app),
        base_url="http://orchestrator",
        headers={"Authorization": f"Bearer {token}"},
    )


async def post(
    stack: Stack, shop: Shop, path: str, body: dict[str, Any], role: Role = "seller"
) -> dict[str, Any]:
    async with client(stack, shop, role) as http:
        answer = await http.post(path, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def get(stack: Stack, shop: Shop, path: str, **query: object) -> dict[str, Any]:
    params = {name: str(value) for name, value in query.items() if value is not None}
    async with client(stack, shop, "viewer") as http:
        answer = await http.get(path, params=params)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(stack: Stack, shop: Shop, method: str, path: str, **more: Any) -> tuple[int, str]:
    """The status and code of a request that is not done."""
    async with client(stack, shop) as http:
        answer = await http.request(method, path, **more)
    assert not answer.is_success
    return answer.status_code, str(answer.json()["code"])
