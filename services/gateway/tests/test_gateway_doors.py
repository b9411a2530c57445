"""Every address there is: closed without a session or key, and open onto one's own tenant alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from gateway import usecases
from gateway.config import Settings
from gateway.routes.panels import PANELS
from gateway_fixtures.owners import Owners
from gateway_fixtures.server import PASSWORD
from kit.database import Database

SignIn = Callable[..., Awaitable[httpx.Response]]
OPEN = {"/live", "/ready", "/metrics", "/sign-in", "/static/{name:path}", "/automations", "/settings"}
"""Health, the way in, the files every page needs, and redirects that tell nothing."""
FILLED = {
    "{name}": "latest",
    "{sale_id}": "{sale}",
    "{command}": "approve",
    "{listing_id}": "{sale}",
    "{version}": "1",
    "{pause_id}": "{sale}",
    "{run_id}": "{sale}",
    "{letter_id}": "{sale}",
    "{platform}": "shopify",
    "{account_id}": "{sale}",
    "{request_id}": "{sale}",
}


def doors(app: FastAPI, sale: str) -> Iterator[tuple[str, str]]:
    """Method and address of every route, filled in."""
    for route in routes(app.routes):
        path = route.path
        for name, value in FILLED.items():
            path = path.replace(name, value.format(sale=sale))
        for method in route.methods:
            if route.path not in OPEN:
                yield method, path


def routes(found: object) -> Iterator[APIRoute]:
    """Routes of the application and of the routers it includes."""
    for route in found:  # type: ignore[attr-defined]
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)


async def test_every_door_is_closed_to_strangers(
    app: FastAPI, browser: httpx.AsyncClient, owners: Owners
) -> None:
    known = list(doors(app, owners.shop.sales[0]["sale_id"]))
    assert len(known) >= 19, "the routes were not found"
    assert not [path for _, path in known if "{" in path]
    for method, path in known:
        answer = await browser.request(method, path)
        if path.startswith(("/api/", "/admin/")):
            assert answer.status_code == 401, (method, path)
        else:
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), (method, path)
    assert owners.tenants == []


@pytest.fixture
async def neighbour(settings: Settings, app: FastAPI, sign_in: SignIn, browser: httpx.AsyncClient) -> UUID:
    """Someone of another tenant, signed in; their tenant."""
    database = Database(settings, source="/gateway")
    hashed = await usecases.hash_password(PASSWORD)
    async with database.bus() as uow:
        made = await usecases.create_seller(
            uow, email="bo@other.example", tenant_name="Other", password_hash=hashed
        )
    await database.dispose()
    assert (await sign_in(email="bo@other.example")).status_code == 303
    return made.tenant_id


async def test_a_neighbour_asks_owners_for_their_own_tenant_alone(
    app: FastAPI, browser: httpx.AsyncClient, owners: Owners, neighbour: UUID, proof: Callable[[str], str]
) -> None:
    right = {"x-csrf-token": proof((await browser.get("/you")).text)}
    for method, path in doors(app, owners.shop.sales[0]["sale_id"]):
        if path not in ("/stream", "/sign-out"):
            answer = await browser.request(method, path, headers=right, data={"scope": "sales"})
            assert not any(sale["title"] in answer.text for sale in owners.shop.sales), (method, path)
    for name in PANELS:
        await browser.get(f"/panels/{name}", params={"sale": owners.shop.sales[0]["sale_id"]})
    assert len(owners.tenants) >= 20
    assert set(owners.tenants) == {neighbour}
    assert owners.commands == []


async def test_a_viewer_may_look_and_change_nothing(
    app: FastAPI,
    settings: Settings,
    signed_in: httpx.AsyncClient,
    owners: Owners,
    proof: Callable[[str], str],
) -> None:
    database = Database(settings, source="/gateway")
    async with database.bus([owners.shop.tenant_id]) as uow:
        await uow.conn.execute_sql("update users set role = 'viewer'")
    await database.dispose()
    page = await signed_in.get("/")
    assert page.status_code == 200
    right = {"x-csrf-token": proof(page.text)}
    for method, path in doors(app, str(uuid4())):
        if method == "POST" and not path.startswith(("/sign-out", "/admin/")):
            answer = await signed_in.post(path, headers=right, data={"scope": "sales"})
            assert (answer.status_code, "may look" in answer.text) == (403, True), path
    assert owners.commands == []
