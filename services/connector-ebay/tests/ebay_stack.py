"""An eBay connector with one seller of a sandbox, as tests drive it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx
from connector_ebay.config import Settings
from kit.service import Service
from kit.tokens import Caller, sign
from testkit.driven import Driven
from testkit.sandbox import Json, Sandbox

VERIFICATION = "verification-token-of-the-tests-0001"


@dataclass
class Stack(Driven):
    """One connector and one eBay seller."""

    service: Service
    settings: Settings
    sandbox: Sandbox
    url: str
    keys: Json
    http: httpx.AsyncClient
    tenant: UUID = field(default_factory=uuid4)
    user: UUID = field(default_factory=uuid4)

    @property
    def seller(self) -> str:
        return str(self.keys["account"])

    def headers(self, tenant: UUID | None = None, user: UUID | None = None) -> dict[str, str]:
        caller = Caller(tenant or self.tenant, user or self.user, "seller")
        return {"Authorization": f"Bearer {sign(self.settings, caller, audience='connector-ebay')}"}

    async def connect(self) -> UUID:
        """Connect the seller; answers the account's id."""
        body = {"refresh_token": self.keys["refresh_token"]}
        answer = await self.http.post("/v1/accounts", json=body, headers=self.headers())
        return UUID(answer.raise_for_status().json()["account_id"])

    async def subscribe(self) -> Json:
        """Make eBay send its notifications here."""
        body = {
            "client_id": self.keys["client_id"],
            "endpoint": f"{self.url}/hooks/ebay",
            "verification_token": VERIFICATION,
        }
        return await self.sandbox.post("ebay/destination", body)

    async def stored(self, webhooks: int) -> None:
        """Wait until so many notifications are kept."""
        async with asyncio.timeout(5):
            while await self.count("raw_webhooks") < webhooks:
                await asyncio.sleep(0.02)

    async def count(self, table: str) -> int:
        async with self.service.database.bus([self.tenant]) as uow:
            rows = await uow.conn.execute_sql(f"select count(*) from {table}")
            return int(rows.scalar_one())
