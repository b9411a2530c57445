"""The demonstration: a seller's shop on three marketplaces, and what becomes of four sales."""

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from rich.table import Table

from soldwire_local.commands import trace
from soldwire_local.errors import LocalError
from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop, create_seller

Say = Callable[[str], None]
ShowTable = Callable[[Table], None]
Json = Mapping[str, Any]

EMAIL = "seller@example.com"
PASSWORD = "one-sale-delisted-everywhere"
PLATFORMS = ("shopify", "ebay", "depop")
ARTICLES = (
    ("COAT", "Wool coat, camel", "120.00", 1),
    ("BAG", "Leather satchel", "85.00", 1),
    ("BOOTS", "Chelsea boots, size 39", "64.00", 1),
    ("MUG", "Stoneware mug", "14.00", 3),
)


class Demo:
    """One showing on a running runtime. `name` keeps repeated showings on the same data apart."""

    def __init__(self, runtime: Runtime, say: Say, show_table: ShowTable, name: str) -> None:
        self._runtime = runtime
        self._say = say
        self._show_table = show_table
        self._name = name

    async def play(self, begun: float) -> None:
        """Set the stage, sell, print; raises LocalError when something did not come about."""
        tenant = await create_seller(
            self._runtime.environment(), email=EMAIL, password=PASSWORD, shop="Second Spring"
        )
        async with AsyncExitStack() as stack:
            services = Services(self._runtime.urls, self._runtime.secret, tenant)
            control = Control(self._runtime.url("sandbox"))
            for context in (services, control):
                await stack.enter_async_context(context)
            webhooks = {"ebay": f"{self._runtime.url('connector-ebay')}/hooks/ebay"}
            self._shop = Shop(services, control, webhooks)
            await self._open()
            await self._sell(begun)
        self._say("")
        self._say(f"Dashboard  {self._runtime.url('gateway')}")
        self._say(f"Login      {EMAIL}  /  {PASSWORD}")

    def _sku(self, word: str) -> str:
        return f"{word}-{self._name.upper()}-1"

    async def _open(self) -> None:
        shop = self._shop
        names = {
            "shopify": f"second-spring-{self._name}.myshopify.com",
            "ebay": f"second_spring_{self._name}",
        }
        await shop.open(**names, depop=f"secondspring{self._name}", currency="GBP")
        for word, title, price, quantity in ARTICLES:
            on = PLATFORMS if quantity == 1 else PLATFORMS[:2]
            prefix = f"{word}-{self._name.upper()}-"
            await shop.stock(on, count=1, sku_prefix=prefix, title=title, price=price, quantity=quantity)
        async with shop.browser(
            self._runtime.url("sandbox"), self._runtime.url("connector-depop-ingest")
        ) as browser:
            await browser.upload_listings()
        await shop.refresh()
        for word, _, _, quantity in ARTICLES:
            await shop.linked(self._sku(word), 3 if quantity == 1 else 2)
        self._say("A seller's shop stands: 4 articles on Shopify, eBay and Depop, read and linked by SKU")

    async def _sell(self, begun: float) -> None:
        await self._show(
            "eBay sells a coat and a satchel in one order", "ebay", [("COAT", 1), ("BAG", 1)], begun
        )
        await self._show("Shopify sells the boots", "shopify", [("BOOTS", 1)], begun)
        await self._show("Shopify sells 1 of 3 mugs", "shopify", [("MUG", 1)], begun)

    async def _show(self, title: str, platform: str, what: list[tuple[str, int]], begun: float) -> None:
        shop = self._shop
        lines = [{"sku": self._sku(word), "quantity": units} for word, units in what]
        sold = await shop.control.sell(platform, shop.accounts[platform].name, lines)
        if not sold.get("accepted"):
            raise LocalError(f"the sandbox sold nothing: {sold}")
        self._say("")
        self._say(f"{title} (order {sold['order_name']})")
        for sale in await shop.sales(str(sold["order_id"]), len(lines)):
            settled = await shop.settled(sale["sale_id"], waiting=("waiting_for_browser",))
            told = await shop.services.get("sales-ledger", f"/v1/sales/{sale['sale_id']}/timeline")
            self._show_table(
                trace.view(trace.Sale.model_validate(settled), trace.Timeline.model_validate(told))
            )
            await self._check(settled)
        self._say(f"  {time.monotonic() - begun:.1f} s from the command to here")

    async def _check(self, sale: Json) -> None:
        """What the marketplaces themselves show, read from the sandbox's truth."""
        rows = await self._shop.control.truth("listings", sku=sale["sku"])
        shown = ", ".join(f"{r['platform']} {r['quantity'] if r['buyable'] else 'off sale'}" for r in rows)
        self._say(f"    the marketplaces now show: {shown}")
        shows = {row["platform"]: row["quantity"] if row["buyable"] else 0 for row in rows}
        for chip in sale["chips"]:
            on, wanted = chip["platform"], chip["target_quantity"]
            if chip["state"] == "done" and shows.get(on) != wanted:
                raise LocalError(f"{on} shows {shows.get(on)}, not {wanted}: {rows}")
