"""The demonstration: a seller's shop on three marketplaces, and what becomes of its sales."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

from rich.table import Table

from soldwire_local.commands import trace
from soldwire_local.errors import LocalError
from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop, create_seller
from soldwire_local.stage.shop import until

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
    ("SCARF", "Silk scarf, printed", "48.00", 1),
    ("RING", "Signet ring, silver", "39.00", 1),
    ("HAT", "Felt hat, navy", "32.00", 1),
)
CONSIGNED = "SCARF"
"""Whose SKU prefix an owner rule gives to a consignor."""
PARTS = (("price", "price"), ("commission", "commission"), ("consignor's share", "consignor_share"))
TERMS = {"rate": {"kind": "fixed", "percent": "40"}, "base": "before_fees", "from_the_beginning": True}


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
        await self._take_on()
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
        count = len(ARTICLES)
        self._say(
            f"A seller's shop stands: {count} articles on Shopify, eBay and Depop, read and linked by SKU"
        )

    async def _take_on(self) -> None:
        """A consignor, and the rule that the articles of an SKU prefix are hers."""
        services, code = self._shop.services, f"LENA-{self._name.upper()}"
        lena = await services.post("sales-ledger", "/v1/consignors", {"code": code, "name": "Lena Brandt"})
        await services.post("sales-ledger", f"/v1/consignors/{lena['consignor_id']}/terms", TERMS)
        owner = {"kind": "consigned", "consignor": code}
        rule = {"kind": "sku_prefix", "value": f"{CONSIGNED}-", "owner": owner}

        async def known() -> bool:
            try:
                await services.call("PUT", "inventory", "/v1/owner-rules", {"rules": [rule]})
            except LocalError as refused:
                if "no_such_consignor" in str(refused):
                    return False
                raise
            return True

        await until(known, 30, "inventory to hear of the consignor")

    async def _sell(self, begun: float) -> None:
        await self._show(
            "eBay sells a coat and a satchel in one order", "ebay", [("COAT", 1), ("BAG", 1)], begun
        )
        await self._show("Shopify sells the boots", "shopify", [("BOOTS", 1)], begun)
        await self._show("Shopify sells 1 of 3 mugs", "shopify", [("MUG", 1)], begun)
        await self._show("eBay sells a scarf of a consignor", "ebay", [(CONSIGNED, 1)], begun)
        await self._contend(begun)
        await self._remove(begun)

    async def _order(self, platform: str, what: list[tuple[str, int]]) -> Json:
        """A buyer's order."""
        lines = [{"sku": self._sku(word), "quantity": units} for word, units in what]
        sold = await self._shop.control.sell(platform, self._shop.accounts[platform].name, lines)
        if not sold.get("accepted"):
            raise LocalError(f"the sandbox sold nothing: {sold}")
        return sold

    async def _contend(self, begun: float) -> None:
        """Two buyers take the only one before any marketplace can have heard of the other."""
        first, second = await asyncio.gather(
            self._order("ebay", [("RING", 1)]), self._order("shopify", [("RING", 1)])
        )
        self._say("")
        self._say("eBay and Shopify sell the only ring at the same moment")
        sales = [(await self._shop.sales(str(one["order_id"]), 1))[0] for one in (first, second)]

        async def told() -> bool:
            nonlocal sales
            sales = [await self._shop.sale(sale["sale_id"]) for sale in sales]
            return sorted(str(sale["outcome"]) for sale in sales) == ["contended", "held"]

        await until(told, 60, "one of both to get the ring")
        for sale in sorted(sales, key=lambda sale: str(sale["outcome"]), reverse=True):
            verdict = "gets it" if sale["outcome"] == "held" else f"gets nothing: {sale['contention']}"
            self._say(f"    {sale['platform']} {verdict}")
            await self._shop.settled(sale["sale_id"], waiting=("waiting_for_browser", "superseded"))
        self._say(f"  {time.monotonic() - begun:.1f} s from the command to here")

    async def _remove(self, begun: float) -> None:
        """A sale recorded wrongly is removed by its seller, who still has the hat: it goes for sale again."""
        sold = await self._order("ebay", [("HAT", 1)])
        [sale] = await self._shop.sales(str(sold["order_id"]), 1)
        await self._shop.settled(sale["sale_id"], waiting=("waiting_for_browser",))
        self._say("")
        self._say(f"The seller removes a wrong sale of the hat (order {sold['order_name']}) and still has it")
        body = {"sale_ids": [sale["sale_id"]], "still_have_it": True, "reason": "shown at a fair, not sold"}
        [answer] = await self._shop.services.post("sales-ledger", "/v1/sales/remove", body)
        if answer["status"] != "removed":
            raise LocalError(f"the sale was not removed: {answer}")
        self._say("    removed; once 10 s to undo it have passed, it is put back")

        async def relisted() -> bool:
            rows = await self._shop.control.truth("listings", sku=self._sku("HAT"))
            return all(bool(r["buyable"] and r["quantity"] == 1) for r in rows)

        await until(relisted, 60, "the hat to be for sale again")
        await self._tell_marketplaces(self._sku("HAT"))
        self._say(f"  {time.monotonic() - begun:.1f} s from the command to here")

    async def _show(self, title: str, platform: str, what: list[tuple[str, int]], begun: float) -> None:
        shop = self._shop
        sold = await self._order(platform, what)
        self._say("")
        self._say(f"{title} (order {sold['order_name']})")
        for sale in await shop.sales(str(sold["order_id"]), len(what)):
            settled = await shop.settled(sale["sale_id"], waiting=("waiting_for_browser",))
            told = await shop.services.get("sales-ledger", f"/v1/sales/{sale['sale_id']}/timeline")
            self._show_table(
                trace.view(trace.Sale.model_validate(settled), trace.Timeline.model_validate(told))
            )
            await self._tell_money(sale["sale_id"])
            await self._check(settled)
        self._say(f"  {time.monotonic() - begun:.1f} s from the command to here")

    async def _tell_money(self, sale_id: str) -> None:
        """Own stock is complete without a click; of a consigned sale each has a part, once it is confirmed."""
        sale: Json = {}

        async def known() -> bool:
            nonlocal sale
            sale = await self._shop.sale(sale_id)
            return sale["owner"] == "own" or bool(sale["consignor_share"])

        await until(known, 30, "the consignor's share to be known")
        if sale["owner"] == "own":
            self._say(f"    own stock, {sale['status']}")
            return
        parts = [f"{name} {Decimal(sale[field]['amount']):.2f}" for name, field in PARTS]
        self._say(f"    {sale['owner']}, to be confirmed: {', '.join(parts)} {sale['price']['currency']}")

    async def _tell_marketplaces(self, sku: str) -> list[Json]:
        """What the marketplaces themselves show, read from the sandbox's truth."""
        rows = await self._shop.control.truth("listings", sku=sku)
        shown = ", ".join(f"{r['platform']} {r['quantity'] if r['buyable'] else 'off sale'}" for r in rows)
        self._say(f"    the marketplaces now show: {shown}")
        return list(rows)

    async def _check(self, sale: Json) -> None:
        rows = await self._tell_marketplaces(sale["sku"])
        shows = {row["platform"]: row["quantity"] if row["buyable"] else 0 for row in rows}
        for chip in sale["chips"]:
            on, wanted = chip["platform"], chip["target_quantity"]
            if chip["state"] == "done" and shows.get(on) != wanted:
                raise LocalError(f"{on} shows {shows.get(on)}, not {wanted}: {rows}")
