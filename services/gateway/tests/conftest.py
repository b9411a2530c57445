"""Fixtures of the gateway's tests: a migrated database, stand-in owners, a client that is signed in."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from gateway import usecases
from gateway.app import build
from gateway.config import Settings
from kit.database import Database
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

sys.path.insert(0, str(Path(__file__).parent))

from gateway_fixtures.day import busy_shop
from gateway_fixtures.owners import ADDRESSES, Owners
from gateway_fixtures.server import EMAIL, PASSWORD, create_person
from gateway_fixtures.shop import Shop

SignIn = Callable[..., Awaitable[httpx.Response]]
_PROOF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where owners are."""
    for name, address in ADDRESSES.items():
        monkeypatch.setenv(name, address)


@pytest.fixture
def settings(database: FreshDatabase, request: pytest.FixtureRequest) -> Settings:
    """Settings on a fresh database; pages wait long enough that no panel is late by chance, unless a test says."""
    return settings_for(Settings, database("gateway"), panel_patience_seconds=getattr(request, "param", 3.0))


@pytest.fixture
def shop() -> Shop:
    """A usual day at noon."""
    return busy_shop(datetime.now(UTC))


@pytest.fixture
def owners(settings: Settings, shop: Shop) -> Owners:
    """Every owner, in memory."""
    return Owners(settings, shop)


@pytest.fixture
async def app(settings: Settings, owners: Owners) -> AsyncIterator[FastAPI]:
    """The gateway's HTTP application with a person in its database."""
    await create_person(settings)
    service = build(settings, http=owners.client())
    yield service.app()
    await service.database.dispose()


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that keeps cookies and is not signed in."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        yield client


def proof_in(html: str) -> str:
    """The CSRF token of a page's first form."""
    found = _PROOF.search(html)
    assert found, "the page has no form with a proof"
    return found.group(1)


@pytest.fixture
def proof() -> Callable[[str], str]:
    """Reads the CSRF token out of a page."""
    return proof_in


@pytest.fixture
def sign_in(browser: httpx.AsyncClient) -> SignIn:
    """Sends the sign-in form as a person would; fields can be given other values."""

    async def send(**fields: str) -> httpx.Response:
        page = await browser.get("/sign-in")
        return await browser.post(
            "/sign-in", data={"csrf": proof_in(page.text), "email": EMAIL, "password": PASSWORD, **fields}
        )

    return send


@pytest.fixture
async def signed_in(browser: httpx.AsyncClient, sign_in: SignIn) -> httpx.AsyncClient:
    """A browser that signed in."""
    answer = await sign_in()
    assert answer.status_code == 303, answer.text
    return browser


@pytest.fixture
async def key(settings: Settings, app: FastAPI) -> str:
    """A key of the shop's owner."""
    database = Database(settings, source="/gateway")
    async with database.bus() as uow:
        user = await usecases.find_user(uow, EMAIL)
        assert user is not None
        _, made = await usecases.issue_key(uow, user, "till")
    await database.dispose()
    return made
