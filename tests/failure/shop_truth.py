"""What a shop's life must come to: its listings, its sales and its refunds as its marketplace has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from soldwire_local.stage import Control

from tests.failure.invariants import Databases


@dataclass
class Outcome:
    """What became of it."""

    killed: dict[str, int]
    tokens: int
    """Access tokens that the shop gave out."""
    sales: int
    seconds: float
    wrong: Sequence[str]

    def lines(self) -> list[str]:
        """As it is printed."""
        kills = ", ".join(f"{count} in {stage}" for stage, count in self.killed.items())
        return [
            f"{sum(self.killed.values())} kills ({kills}), {self.tokens} tokens, {self.sales} order lines, {self.seconds:.0f} s",
            *(f"  {line}" for line in self.wrong[:20]),
            "EQUALS THE TRUTH" if not self.wrong else f"{len(self.wrong)} THINGS ARE WRONG",
        ]


async def listings_differ(databases: Databases, control: Control) -> list[str]:
    """Every variant of the shop, as inventory knows it."""
    truth = {row["sku"]: row for row in await control.truth("listings", platform="shopify")}
    # What was set and read back is newer than an observation that can't show it yet.
    query = (
        "select sku, state, case when applied_version > settled_version then applied_quantity "
        "else observed_quantity end as quantity from listings where platform = 'shopify'"
    )
    known = {row["sku"]: row for row in await databases.rows("inventory", query)}
    found = [f"{sku} is not known" for sku in truth.keys() - known.keys()]
    found += [f"{sku} is not the shop's" for sku in known.keys() - truth.keys()]
    for sku in truth.keys() & known.keys():
        if truth[sku]["quantity"] != known[sku]["quantity"]:
            found.append(
                f"{sku}: the shop has {truth[sku]['quantity']}, we think {known[sku]['observed_quantity']}"
            )
        if known[sku]["state"] != "live":
            found.append(f"{sku} is {known[sku]['state']}")
    return found


async def refunds_differ(databases: Databases, control: Control) -> list[str]:
    """What went back of each order, to the cent."""
    truth = {
        sale["order_id"]: Decimal(sale["refunded"] or 0)
        for sale in await control.truth("sales", platform="shopify")
    }
    query = (
        "select line->>'order_id' as order_id, coalesce((select sum(cast(r->'amount'->>'amount' as numeric)) "
        "from jsonb_array_elements(line->'refunds') r), 0) as refunded from sales where platform = 'shopify'"
    )
    found = []
    for row in await databases.rows("sales-ledger", query):
        if truth.get(row["order_id"], Decimal(0)) != row["refunded"]:
            found.append(
                f"order {row['order_id']}: {truth.get(row['order_id'])} went back, recorded are {row['refunded']}"
            )
    return found
