"""The checker: holds I1 to I6 of the design against the sandbox's truth and every service's own tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

CONNECTORS = {"shopify": "connector-shopify", "ebay": "connector-ebay", "depop": "connector-depop-ingest"}
SERVICES = (*CONNECTORS.values(), "inventory", "sales-ledger", "delist-orchestrator", "scheduler")
# What a seller is looking at, so that an article still for sale is no secret (I4).
SEEN_BY_SELLER = {"waiting_for_browser", "waiting_for_approval", "failed", "paused"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Violation:
    """One thing that is not as it must be."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass
class World:
    """Everything the checker looks at, read once; the checker itself is pure, so that it can be tested."""

    sales: Sequence[Row] = ()
    """Truth: one row per order line: platform, account, order_id, line_id, listing, quantity, price of one."""
    ledger: Sequence[Row] = ()
    """platform, order_id, line_id, sale_id, quantity, booked (what the books say the marketplace owes of its price)."""
    articles: Sequence[Row] = ()
    """id, free, held, journal (its sum), opening_and_adjustments, held_by_sales, short."""
    contended: Sequence[Row] = ()
    """article_id, short, flagged: whether the ledger flags a loser on it."""
    unbalanced: Sequence[Row] = ()
    double_postings: Sequence[Row] = ()
    listings: Sequence[Row] = ()
    """Truth: platform, account, listing, sku, buyable, quantity."""
    sold_out: set[str] = field(default_factory=set)
    """SKUs whose article has nothing free and holds at least one sale."""
    visible: set[tuple[str, str]] = field(default_factory=set)
    """(platform, sku) of steps the seller is looking at."""
    changes: Mapping[tuple[str, str], Sequence[int]] = field(default_factory=dict)
    """Truth: (platform, listing) → what each call that changed it brought its quantity to."""
    versions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(platform, listing) → highest version asked for."""
    left_over: Mapping[str, int] = field(default_factory=dict)
    """service.table → rows that should be gone."""


def violations(world: World) -> list[Violation]:
    """Everything that is not as it must be; empty when I1 to I6 hold."""
    return [
        *_sales_once(world),
        *_stock_adds_up(world),
        *_books_balance(world),
        *_nothing_sold_out_for_sale(world),
        *_one_change_per_version(world),
        *(Violation("I6", f"{count} left in {where}") for where, count in world.left_over.items() if count),
    ]


def _key(row: Row) -> tuple[str, str, str]:
    return (row["platform"], str(row["order_id"]), str(row["line_id"]))


def _sales_once(world: World) -> Iterable[Violation]:
    truth = {_key(row): row for row in world.sales}
    found = Counter(_key(row) for row in world.ledger)
    recorded = {_key(row): row["quantity"] for row in world.ledger}
    for key, row in truth.items():
        if found[key] == 0:
            yield Violation("I1", f"lost sale {key}")
        elif recorded[key] != row["quantity"]:
            yield Violation("I1", f"sale {key} is of {row['quantity']}, recorded are {recorded[key]}")
    for key, copies in found.items():
        if copies > 1:
            yield Violation("I1", f"sale {key} is recorded {copies} times")
        if key not in truth:
            yield Violation("I1", f"sale {key} was never made")


def _stock_adds_up(world: World) -> Iterable[Violation]:
    for row in world.articles:
        if row["free"] < 0:
            yield Violation("I2", f"article {row['id']} has {row['free']} free")
        if row["journal"] != row["free"]:
            yield Violation(
                "I2", f"article {row['id']}: the journal says {row['journal']}, free is {row['free']}"
            )
        if row["opening_and_adjustments"] - row["held_by_sales"] != row["free"]:
            yield Violation("I2", f"article {row['id']}: {dict(row)} does not add up")
    for row in world.contended:
        if not row["flagged"]:
            yield Violation("I2", f"article {row['article_id']} is {row['short']} short and nobody was told")


def _books_balance(world: World) -> Iterable[Violation]:
    sold = {_key(row): Decimal(row["price"]) * row["quantity"] for row in world.sales}
    for row in world.ledger:
        due = sold.get(_key(row))
        if due is not None and row["booked"] != due:
            yield Violation("I3", f"sale {_key(row)} was for {due}, booked are {row['booked']}")
    for row in world.unbalanced:
        yield Violation("I3", f"posting {row['id']} is {row['difference']} out of balance")
    for row in world.double_postings:
        yield Violation("I3", f"posted twice: {dict(row)}")


def _nothing_sold_out_for_sale(world: World) -> Iterable[Violation]:
    for row in world.listings:
        if (
            row["buyable"]
            and row["sku"] in world.sold_out
            and (row["platform"], row["sku"]) not in world.visible
        ):
            yield Violation("I4", f"{row['sku']} is sold out and still for sale on {row['platform']}")


def _one_change_per_version(world: World) -> Iterable[Violation]:
    """These runs only sell, so that a version only lowers: no quantity is come to twice."""
    for listing, changes in world.changes.items():
        versions = world.versions.get(listing, 0)
        if len(changes) > versions:
            yield Violation("I5", f"{listing} was changed {len(changes)} times for {versions} versions")
        elif len(set(changes)) < len(changes):
            yield Violation("I5", f"{listing} was brought to the same twice: {list(changes)}")


class Databases:
    """Reads every service's database as the administrator."""

    def __init__(self, admin_dsn: str) -> None:
        self._dsn = admin_dsn

    async def rows(self, service: str, query: str) -> list[Row]:
        """Rows of a service's own tables."""
        name = "soldwire_" + service.replace("-", "_")
        conn = await asyncpg.connect(urlunsplit(urlsplit(self._dsn)._replace(path=f"/{name}")), timeout=10)
        try:
            return [dict(row) for row in await conn.fetch(query)]
        finally:
            await conn.close()

    async def count(self, service: str, query: str) -> int:
        """One number."""
        [row] = await self.rows(service, query)
        return int(next(iter(row.values())))


_LEDGER = """
select platform, line->>'order_id' as order_id, line->>'line_id' as line_id, sale_id,
  cast(line->>'quantity' as int) as quantity,
  coalesce((select sum(amount) from entries e where e.subject_id = sales.sale_id and e.kind = 'price'
    and e.account like 'marketplace:%'), 0) as booked
from sales where line is not null
"""
_ARTICLES = """
select a.id, a.sku, a.free, a.held, a.short,
  coalesce((select sum(units) from stock_journal j where j.article_id = a.id), 0) as journal,
  coalesce((select sum(units) from stock_journal j where j.article_id = a.id and j.entry not in ('held', 'released')), 0)
    as opening_and_adjustments,
  coalesce((select sum(held) from holds h where h.article_id = a.id), 0) as held_by_sales
from articles a
"""
_UNBALANCED = """
select posting_id as id, currency, sum(amount) as difference from entries group by 1, 2 having sum(amount) <> 0
"""
_DOUBLE = "select subject_id, kind, reference, count(*) from postings group by 1, 2, 3 having count(*) > 1"
_VISIBLE = """
select s.platform, d.sku from steps s join delists d on d.sale_id = s.sale_id where s.state = any($$STATES$$)
"""
_LEFT_OVER = {
    "outbox": "select count(*) from outbox where published_at is null",
    "dead_letters": "select count(*) from dead_letters where state = 'open'",
}
_CONNECTOR_LEFT_OVER = {
    "raw_webhooks": "select count(*) from raw_webhooks where mapped_at is null",
    "intents": "select count(*) from intents where state not in ('reached', 'parked', 'unsettled')",
}


async def read_world(databases: Databases, truth: Any) -> World:
    """Read the services' tables and the sandbox's truth (`soldwire_local.stage.Control`)."""
    articles = await databases.rows("inventory", _ARTICLES)
    flagged = {
        row["article_id"]
        for row in await databases.rows("sales-ledger", "select article_id from sales where contended")
    }
    states = "array[" + ", ".join(f"'{state}'" for state in sorted(SEEN_BY_SELLER)) + "]"
    return World(
        sales=[line for sale in await truth.truth("sales") for line in _lines(sale)],
        ledger=await databases.rows("sales-ledger", _LEDGER),
        articles=articles,
        contended=[
            {"article_id": row["id"], "short": row["short"], "flagged": row["id"] in flagged}
            for row in articles
            if row["short"]
        ],
        unbalanced=await databases.rows("sales-ledger", _UNBALANCED),
        double_postings=await databases.rows("sales-ledger", _DOUBLE),
        listings=await truth.truth("listings"),
        sold_out={row["sku"] for row in articles if row["free"] == 0 and row["held"] > 0},
        visible={
            (row["platform"], row["sku"])
            for row in await databases.rows("delist-orchestrator", _VISIBLE.replace("$$STATES$$", states))
        },
        changes=_changes(await truth.truth("calls", changed="true")),
        versions=await _versions(databases, await truth.truth("listings")),
        left_over=await left_over(databases),
    )


def _lines(sale: Row) -> Iterable[Row]:
    """Depop's receipts number no lines: a page shows the article's address."""
    for line in sale["lines"]:
        seen = {**line, "line_id": line["listing"]} if sale["platform"] == "depop" else line
        yield {"platform": sale["platform"], "order_id": sale["order_id"], **seen}


def _changes(calls: Sequence[Row]) -> Mapping[tuple[str, str], Sequence[int]]:
    changes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for call in calls:
        for effect in call["effects"]:
            if effect["changed"]:
                changes[call["platform"], str(effect["listing"])].append(effect["after"])
    return changes


async def _versions(databases: Databases, listings: Sequence[Row]) -> Mapping[tuple[str, str], int]:
    """Our listing ids to the marketplace's, by the SKU that both know."""
    asked: dict[tuple[str, str], int] = defaultdict(int)
    for row in await databases.rows(
        "inventory", "select platform, sku, target_version as version from listings"
    ):
        asked[row["platform"], row["sku"]] = max(asked[row["platform"], row["sku"]], row["version"] or 0)
    return {(row["platform"], str(row["listing"])): asked[row["platform"], row["sku"]] for row in listings}


async def left_over(databases: Databases) -> dict[str, int]:
    """What is not yet through, by service and table."""
    found: dict[str, int] = {}
    for service in SERVICES:
        queries = {**_LEFT_OVER, **(_CONNECTOR_LEFT_OVER if service in CONNECTORS.values() else {})}
        if service == "connector-depop-ingest":
            queries.pop("intents")  # they wait for a browser, visibly (I4)
        for table, query in queries.items():
            found[f"{service}.{table}"] = await databases.count(service, query)
    return found
