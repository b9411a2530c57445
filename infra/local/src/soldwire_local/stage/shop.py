"""A seller's shop on the sandbox: accounts, articles for sale on all of them, connected through the services' own doors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from soldwire_local import sandboxed
from soldwire_local.errors import LocalError
from soldwire_local.stage.api import Services
from soldwire_local.stage.browser import PairedBrowser
from soldwire_local.stage.control import Control

Json = dict[str, Any]
READ_BY_BROWSER = {"depop"}


@dataclass(frozen=True)
class Account:
    """A marketplace account: `name` is the marketplace's own, `made` the sandbox's answer, `id` ours once connected."""

    platform: str
    name: str
    made: Mapping[str, Any]
    id: UUID | None = None


@dataclass
class Shop:
    """A seller with accounts and articles. Needs the services and the sandbox running."""

    services: Services
    control: Control
    webhooks: Mapping[str, str]
    """Where each platform's webhooks go."""
    accounts: dict[str, Account] = field(default_factory=dict)

    async def open(self, *, shopify: str = "", ebay: str = "", depop: str = "", **fields: object) -> None:
        """Make accounts of these names on the sandbox and connect them; an empty name leaves that platform out."""
        if shopify:
            await self._open_shopify(shopify, fields)
        if ebay:
            await self._open_ebay(ebay, fields)
        if depop:
            await self._open_depop(depop, fields)

    async def _open_shopify(self, name: str, fields: Mapping[str, object]) -> None:
        made = await self.control.account(
            "shopify",
            account=name,
            client_id=sandboxed.SHOPIFY_CLIENT_ID,
            client_secret=sandboxed.SHOPIFY_CLIENT_SECRET,
            **fields,
        )
        body = {"shop": name, "access_token": made["access_token"]}
        if "token_ttl" in fields:  # by the app's own keys, so that its tokens are renewed
            body = {"shop": name, "client_id": made["client_id"], "client_secret": made["client_secret"]}
        connected = await self.services.post("connector-shopify", "/v1/accounts", body)
        self.accounts["shopify"] = Account("shopify", name, made, UUID(connected["account_id"]))

    async def _open_ebay(self, name: str, fields: Mapping[str, object]) -> None:
        made = await self.control.account(
            "ebay",
            account=name,
            client_id=sandboxed.EBAY_CLIENT_ID,
            client_secret=sandboxed.EBAY_CLIENT_SECRET,
            **{key: value for key, value in fields.items() if key == "currency"},
        )
        await self.control.post(
            "/ebay/destination",
            client_id=sandboxed.EBAY_CLIENT_ID,
            endpoint=self.webhooks["ebay"],
            verification_token=sandboxed.EBAY_VERIFICATION_TOKEN,
        )
        body = {"refresh_token": made["refresh_token"]}
        connected = await self.services.post("connector-ebay", "/v1/accounts", body)
        self.accounts["ebay"] = Account("ebay", name, made, UUID(connected["account_id"]))

    async def _open_depop(self, name: str, fields: Mapping[str, object]) -> None:
        currency = {key: value for key, value in fields.items() if key == "currency"}
        made = await self.control.account("depop", account=name, **currency)
        self.accounts["depop"] = Account("depop", name, made)

    @asynccontextmanager
    async def browser(self, sandbox: str, ingest: str) -> AsyncIterator[PairedBrowser]:
        """A browser signed in to the shop's Depop, paired through the seller's one-time code."""
        account = self.accounts["depop"]
        async with PairedBrowser(
            depop=f"{sandbox}/depop",
            cookie=account.made["access_token"],
            ingest=ingest,
            shop=account.name,
            seller_id=str(account.made["seller_id"]),
        ) as browser:
            code = await self.services.post("connector-depop-ingest", "/v1/pairings")
            await browser.pair(code["code"])
            self.accounts["depop"] = replace(account, id=UUID(str(browser.account_id)))
            yield browser

    async def stock(self, on: Sequence[str], **fields: object) -> list[Json]:
        """Put articles up for sale on these platforms; see the sandbox's `/control/articles`."""
        places = [{"platform": platform, "account": self.accounts[platform].name} for platform in on]
        return await self.control.articles(places, **fields)

    async def refresh(self, scope: str = "everything", within: float = 120) -> None:
        """What the Refresh data button does, until every run has ended that does not wait for a browser.

        Raises LocalError for one that failed.
        """
        await self._known_to_scheduler()
        await self._quiet(within)
        asked = await self.services.post("scheduler", "/v1/refresh", {"scope": scope})
        wanted = {run["run_id"] for run in asked["items"] if run["platform"] not in READ_BY_BROWSER}

        async def ended() -> bool:
            runs = (await self.services.get("scheduler", "/v1/runs", limit=200))["items"]
            states = {run["run_id"]: run["state"] for run in runs if run["run_id"] in wanted}
            failed = [run for run in runs if run["run_id"] in wanted and run["state"] == "failed"]
            if failed:
                raise LocalError(f"a run failed: {failed}")
            return len(states) == len(wanted) and set(states.values()) <= {"complete"}

        await until(ended, within, "the runs to end")

    async def _quiet(self, within: float) -> None:
        """A refresh joins a run that is under way, which may have read past what was just put up."""

        async def ended() -> bool:
            runs = (await self.services.get("scheduler", "/v1/runs", limit=50))["items"]
            return all(r["finished_at"] or r["platform"] in READ_BY_BROWSER for r in runs)

        await until(ended, within, "earlier runs to end")

    async def _known_to_scheduler(self) -> None:
        connected = {str(account.id) for account in self.accounts.values() if account.id}

        async def known() -> bool:
            plans = await self.services.get("scheduler", "/v1/plans")
            return connected <= {plan["account_id"] for plan in plans["items"]}

        await until(known, 60, "the scheduler to hear of every account")

    async def linked(self, sku: str, listings: int, within: float = 30) -> Json:
        """The article of a SKU, once it is linked to so many listings."""
        found: Json = {}

        async def enough() -> bool:
            nonlocal found
            page = await self.services.get("inventory", "/v1/articles", search=sku)
            for item in page["items"]:
                if item["sku"] == sku:
                    found = await self.services.get("inventory", f"/v1/articles/{item['id']}")
            return len(found.get("listings", ())) >= listings

        await until(enough, within, f"{sku} to be linked to {listings} listings")
        return found

    async def sales(self, order_id: str, lines: int, within: float = 30) -> list[Json]:
        """The ledger's sales of one order, once all lines are there."""
        found: list[Json] = []

        async def enough() -> bool:
            nonlocal found
            page = await self.services.get("sales-ledger", "/v1/sales", search=order_id)
            found = [sale for sale in page["items"] if sale["order_id"] == order_id]
            return len(found) >= lines

        await until(enough, within, f"order {order_id} to be recorded")
        return found

    async def sale(self, sale_id: str) -> Json:
        """One sale as the ledger shows it."""
        found: Json = await self.services.get("sales-ledger", f"/v1/sales/{sale_id}")
        return found

    async def settled(self, sale_id: str, waiting: Sequence[str] = (), within: float = 60) -> Json:
        """The sale, once every listing is done or waits in one of these states."""
        found: Json = {}

        async def done() -> bool:
            nonlocal found
            found = await self.sale(sale_id)
            states = [chip["state"] for chip in found["chips"]]
            return bool(states) and all(state in ("done", *waiting) for state in states)

        await until(done, within, f"sale {sale_id} to be off sale everywhere")
        return found


async def until(condition: Callable[[], Awaitable[bool]], within: float, what: str) -> None:
    """Wait for a condition, looking often; raises LocalError naming what did not come about."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() > deadline:
            raise LocalError(f"waited {within:g} s in vain for {what}")
        await asyncio.sleep(0.05)
