"""The dashboard's pages, parts of pages, forms and stream, and the public API: called as nobody should."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from fastapi import FastAPI
from gateway.routes import build
from gateway.routes.assets import Assets
from gateway.routes.panels import PANELS
from gateway.routes.panels.sales import FILTERS
from soldwire_local.environment import for_process
from soldwire_local.stage.seller import create_seller

from tests.e2e.dashboard import form_proof, signed_in
from tests.failure.fuzz import JUNK, Fuzz, Known
from tests.failure.invariants import Databases
from tests.failure.routes import (
    Callers,
    Json,
    Operation,
    Send,
    answered,
    calling,
    encoded,
    kind,
    known,
    made_of,
    operations,
)
from tests.failure.storm import Storm, small_mix

FORM = "application/x-www-form-urlencoded"
EXTRA = (*FILTERS, "cursor", "group", "sale", "mark", "next")
"""What pages read off their address without a contract."""
DAYS = ("9999-12-31", "0001-01-01", "2026-02-30", "2026-W01-1", "20261120", "10000-01-01")
SAID = (b"http://[", b"//", b"https://[::1]:x/?a", b"\xff\xfe", b"same-origin", b"x" * 5000, b"null")


def dashboard() -> Json:
    """The contract of the gateway's pages and forms, which it keeps out of the one it shows to programs."""
    app = FastAPI()
    for router in build(Assets()):
        router.include_in_schema = True
        for route in router.routes:
            route.include_in_schema = True  # type: ignore[attr-defined]
        app.include_router(router)
    return app.openapi()


class Visitors:
    """A browser that is signed in, mostly, with the proof its forms carry, mostly; and a program with a key."""

    def __init__(self, cookie: str, proofs: Mapping[str, str], key: str) -> None:
        self._cookie, self._proofs, self._key = cookie, proofs, key

    def headers(self, fuzz: Fuzz, path: str) -> dict[str, bytes]:
        """Of one request. Each comes from an address of its own, so that how often one may try is not in the way."""
        lucky = fuzz.chance.random() < 0.9
        cookies = [self._cookie if lucky else f"soldwire_session={'x' * fuzz.chance.randrange(2000)}"]
        cookies += [f"theme={fuzz.noise().hex()}"] if fuzz.chance.random() < 0.1 else []
        found = {"cookie": "; ".join(cookies).encode(), "x-forwarded-for": fuzz.uuid().encode()}
        found["authorization"] = f"Bearer {self._key if lucky else 'sw_x'}".encode()
        if fuzz.chance.random() < 0.9:
            proof = self._proofs.get(path, self._proofs[""])
            found["x-csrf-token"] = (proof if fuzz.chance.random() < 0.95 else "x").encode()
        for name in ("hx-request", "hx-current-url", "origin", "sec-fetch-site", "accept-encoding"):
            if fuzz.chance.random() < 0.1:
                found[name] = fuzz.chance.choice(SAID)
        return found


async def visitors(made: Storm) -> Visitors:
    """Make a person of this seller, sign in, make a key."""
    runtime, email, password = made.runtime, "asked@soldwire.test", "a password of the fuzz"
    environment = runtime.environment()
    await create_seller(
        environment, email=email, password=password, shop="Asked", tenant=made.shop.services.tenant
    )
    command = (sys.executable, "-m", "gateway", "create-key", "--email", email, "--name", "fuzz")
    variables = for_process(environment.service_environment("gateway"))
    process = await asyncio.create_subprocess_exec(*command, env=variables, stdout=asyncio.subprocess.PIPE)
    key = json.loads((await process.communicate())[0])["key"]
    async with signed_in(runtime.url("gateway"), email, password) as person:
        jar = {cookie.name: str(cookie.value) for cookie in person.http.cookies.jar}
        form = form_proof((await person.page("/sign-in")).html)
        proofs = {"": form_proof((await person.page("/you")).html), "/sign-in": form}
    return Visitors("; ".join(f"{name}={value}" for name, value in jar.items()), proofs, key)


def visiting(made: Storm, http: httpx.AsyncClient, one: Operation, who: Visitors, real: Known) -> Send:
    """Calls of the dashboard's pages, parts of pages and forms, and of the public API."""
    base = made.runtime.url("gateway")
    named = {**real, "name": list(PANELS)} if "panels" in one.path else real

    async def send(fuzz: Fuzz) -> httpx.Response:
        asked = made_of(fuzz, one, named)
        more = {fuzz.chance.choice(EXTRA): fuzz.chance.choice([*JUNK, *DAYS, *real["sale_id"][:5]])}
        address = f"{base}{asked.address}{'&' if '?' in asked.address else '?'}{encoded(more)}"
        headers = who.headers(fuzz, one.path)
        if one.method == "GET":
            return await answered(http, one.method, address, headers, b"")
        headers["content-type"] = kind(fuzz, FORM).encode("latin-1")
        fields = fuzz.changed(asked.sample) if fuzz.chance.random() < 0.7 else asked.sample
        body = encoded(fields).encode() if isinstance(fields, dict) else asked.body
        return await answered(http, one.method, address, headers, body)

    return send


@dataclass(frozen=True)
class Asked:
    """A seller whose routes are called, and everyone who calls them."""

    made: Storm
    callers: Callers
    visitors: Visitors
    real: Known

    @classmethod
    async def of(cls, made: Storm) -> Asked:
        """Sell something first, so that there is something to ask about."""
        await made.stock(small_mix(10))
        for n, (sku, _) in enumerate(made.stocked):
            await made.buy("shopify" if n % 2 else "ebay", sku)
        sales = f"select count(*) from sales where tenant_id = '{made.shop.services.tenant}'"
        async with asyncio.timeout(60):
            while await Databases(made.runtime.postgres.dsn).count("sales-ledger", sales) < made.sold:
                await asyncio.sleep(0.2)
        return cls(made, Callers(made), await visitors(made), await known(made))

    async def operations(self, http: httpx.AsyncClient, service: str, count: int) -> list[Operation]:
        """A service's, what ends something last."""
        if service == "gateway":
            contract = dashboard()
        else:
            contract = (await http.get(f"{self.made.runtime.url(service)}/openapi.json")).json()
        found = list(operations(service, contract, count))
        return sorted(found, key=lambda one: (one.method == "DELETE", one.path == "/sign-out"))

    def send(self, http: httpx.AsyncClient, one: Operation) -> Send:
        """How one of them is called."""
        if one.service == "gateway":
            return visiting(self.made, http, one, self.visitors, self.real)
        return calling(self.made, http, one, self.callers, self.real)

    async def resume_all(self) -> None:
        """End every pause that was asked for: others sell here too."""
        databases = Databases(self.made.runtime.postgres.dsn)
        for table in ("pauses", "platform_pauses"):
            change = f"update {table} set resumed_at = now() where resumed_at is null returning 1"
            await databases.rows("delist-orchestrator", change)
