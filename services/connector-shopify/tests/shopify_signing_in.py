"""A seller who signs in at the sandbox's Shopify, through the connector's doors, as the gateway has him do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import UUID, uuid4

import httpx
from connector_kit import store
from connector_kit.sealing import Sealer
from connector_shopify.app import build
from connector_shopify.config import Settings
from connector_shopify.wire.credentials import Credentials
from kit.tokens import Caller, sign
from testkit.connector import Bench
from testkit.connector.shopify import shopify_bench
from testkit.http import http_to
from testkit.sandbox import Json, Sandbox, serving_app
from testkit.services import opened

CLIENT_ID, SECRET = "soldwire-app", "shpss_ours_0123456789"
BACK = "https://soldwire.example/connect/shopify/callback"
SESSION = "session-of-the-user"
SHOP = "signing-in.myshopify.com"


async def new_shop(sandbox: Sandbox, shop: str = SHOP, **more: object) -> Json:
    """A shop that has not installed our app, which there is once."""
    known = await sandbox.control.get(f"/control/shopify/applications/{CLIENT_ID}")
    if known.status_code == 404:
        application = {"client_id": CLIENT_ID, "client_secret": SECRET, "redirect_uris": [BACK]}
        await sandbox.post("shopify/applications", application)
    return await sandbox.account("shopify", shop, client_id=CLIENT_ID, installed=False, **more)


def settings_of(before: Settings, base: str, **more: object) -> Settings:
    """The same connector, with our app and a base address of shops."""
    return before.model_validate(
        {
            **before.model_dump(),
            "shopify_base": f"{base}/shopify/{{shop}}",
            "shopify_client_id": CLIENT_ID,
            "shopify_client_secret": SECRET,
            "shopify_redirect_uri": BACK,
            "call_timeout_seconds": 10.0,  # a code is good once, so nothing is asked for twice on a slow machine
            **more,
        }
    )


@dataclass
class Seller:
    """A user of one tenant in one session, and his connector."""

    bench: Bench
    session: str = SESSION
    user: UUID = field(default_factory=uuid4)

    async def ask(self, path: str, body: Mapping[str, object], method: str = "POST") -> httpx.Response:
        caller = Caller(self.bench.tenant, self.user, "seller")
        token = sign(self.bench.settings, caller, audience=self.bench.service.name)
        async with http_to(self.bench.url, timeout=20) as http:
            return await http.request(
                method, path, json=dict(body), headers={"Authorization": f"Bearer {token}"}
            )

    async def start(self, shop: str = SHOP, **more: object) -> httpx.Response:
        return await self.ask("/v1/oauth/start", {"shop": shop, "session": self.session, **more})

    async def open_app(self, query: str, **more: object) -> httpx.Response:
        """He follows a link of this query to our app."""
        return await self.ask("/v1/oauth/open", {"query": query, "session": self.session, **more})

    async def agree(self, shop: str = SHOP, **more: object) -> str:
        """Start, go to Shopify, say yes; the query Shopify sends him back with."""
        started = await self.start(shop, **more)
        assert started.status_code == 200, started.text
        return await self.consent(started.json()["url"])

    async def consent(self, url: str) -> str:
        async with http_to() as browser:
            answer = await browser.get(url)
        assert answer.status_code == 302, answer.text
        return urlsplit(answer.headers["location"]).query

    async def complete(self, query: str) -> httpx.Response:
        return await self.ask("/v1/oauth/complete", {"query": query, "session": self.session})

    async def connect(self, shop: str = SHOP, **more: object) -> UUID:
        """The whole way; the account's id."""
        answer = await self.complete(await self.agree(shop, **more))
        assert answer.status_code == 201, answer.text
        self.bench.account = UUID(answer.json()["account_id"])
        return self.bench.account

    async def held(self, account: UUID | None = None) -> Credentials:
        """What is on record of the account."""
        account_id = account or self.bench.account
        async with self.bench.service.database.bus([self.bench.tenant]) as uow:
            settings = self.bench.settings
            assert isinstance(settings, Settings)
            sealer = Sealer(settings.seal_keys.get_secret_value())
            found = await store.load_accounts(uow, [account_id], sealer)
        return Credentials.read(found[account_id].credentials)

    async def asks_the_shop(self, account: UUID | None = None) -> int:
        """One call of the connector to the account's shop: its orders are polled; how many accounts need a login."""
        await self.bench.execute("update due_polls set due_at = now(), lease_until = null")
        await self.bench.turn("polls")
        return await self.bench.count("accounts where state <> 'connected'")


@asynccontextmanager
async def seller_of(settings: Settings, sandbox: Sandbox, shop: str = SHOP) -> AsyncIterator[Seller]:
    """A connector of these settings, its HTTP on a port, and a user of it."""
    async with opened(build(settings)) as service, serving_app(service.app()) as url:
        bench = shopify_bench(service, settings, sandbox, url, shop)
        yield Seller(bench)


async def link(sandbox: Sandbox, shop: str = SHOP) -> str:
    """The query with which Shopify sends a seller to our app."""
    return str((await sandbox.post(f"shopify/accounts/{shop}/open-app"))["query"])


def signed(told: Mapping[str, str], secret: str = SECRET) -> str:
    """A callback's query, signed as Shopify does."""
    message = "&".join(f"{k}={_escaped(v)}" for k, v in sorted(told.items()) if k != "hmac")
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode({**{k: v for k, v in told.items() if k != "hmac"}, "hmac": digest})


def _escaped(text: str) -> str:
    return quote(text, safe="*").replace("~", "%7E")


def changed(query: str, secret: str = SECRET, **more: str) -> str:
    """The same callback saying something else, signed again."""
    return signed({**dict(parse_qsl(query)), **more}, secret)


def now(later: int = 0) -> str:
    return str(int(time.time()) + later)


async def tell(bench: Bench, topic: str, body: object, secret: str = SECRET, **more: str) -> int:
    """A webhook of the shop, signed; its status."""
    raw = json.dumps(body).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": bench.seller,
        "X-Shopify-Webhook-Id": str(uuid4()),
        "X-Shopify-Hmac-Sha256": base64.b64encode(
            hmac.new(secret.encode(), raw, hashlib.sha256).digest()
        ).decode(),
        **more,
    }
    async with http_to(bench.url) as http:
        return (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code
