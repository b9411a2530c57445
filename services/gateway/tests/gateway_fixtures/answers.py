"""What each owner answers of a shop: the fields of its own HTTP contract, no more and no fewer."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from gateway_fixtures.shop import ACCEPTED_MS, RECORDED_MS, RESERVED_MS, Json, Shop

CHIP = (
    "listing_id",
    "account_id",
    "platform",
    "target_quantity",
    "state",
    "sold_here",
    "reason",
    "exposure_ms",
)
"""What the ledger keeps to show of a step."""
_HOPS = (
    ("asked", "asked_at"),
    ("called", "called_at"),
    ("taken_down", "applied_at"),
    ("verified", "verified_at"),
)
_BEFORE = (("sold", 0), ("accepted", ACCEPTED_MS), ("reserved", RESERVED_MS), ("recorded", RECORDED_MS))
_DELIST = (
    "sale_id",
    "article_id",
    "account_id",
    "platform",
    "title",
    "sku",
    "outcome",
    "revision",
    "sold_at",
)
_ACCOUNT = ("account_id", "name", "state", "reason", "connected_at")
_READ_BY_US = ("stock_master", "orders_read_up_to")
_HEALTH = (
    "health",
    "last_error",
    "scopes",
    "webhooks",
    "bucket",
    "connected_by",
    "token_expires_at",
    "sold_out",
    "articles_read_up_to",
)
_ACCOUNT_OF = {
    "shopify": (*_ACCOUNT, "address", *_READ_BY_US, *_HEALTH),
    "ebay": (*_ACCOUNT, *_READ_BY_US),
    "depop": _ACCOUNT,
}


def sale(shop: Shop, sold: Json) -> Json:
    """The ledger's view of a sale."""
    last = timeline(shop, sold["sale_id"])["hops"][-1]
    return {
        **{name: value for name, value in sold.items() if name != "steps"},
        "delisted_at": last["at"] if last["what"] == "completed" else None,
        "chips": [{name: step[name] for name in CHIP} for step in sold["steps"]],
    }


def one_sale(shop: Shop, sale_id: str) -> Json | None:
    """The ledger's one sale."""
    sold = shop.sale(sale_id)
    return None if sold is None else sale(shop, sold)


def timeline(shop: Shop, sale_id: str) -> Json:
    """The ledger's hops of a sale, in order of time."""
    hops = shop.ways.get(sale_id) or _hops(shop, sale_id)
    return {"sale_id": sale_id, "hops": hops, "changes": [], "restatements": []}


def _hops(shop: Shop, sale_id: str) -> list[Json]:
    found = shop.sale(sale_id)
    if found is None:
        return []
    sold = datetime.fromisoformat(found["sold_at"])
    hops = [_hop(what, sold, ms) for what, ms in _BEFORE]
    for step in found["steps"]:
        for what, name in _HOPS:
            if step[name] and not step["sold_here"]:
                ms = (datetime.fromisoformat(step[name]) - sold) // timedelta(milliseconds=1)
                hops.append(_hop(what, sold, ms, step))
    if len(found["steps"]) > 1 and all(step["state"] == "done" for step in found["steps"]):
        hops.append(_hop("completed", sold, max(hop["since_sold_ms"] for hop in hops) + 9))
    return sorted(hops, key=lambda hop: int(hop["since_sold_ms"]))


def _hop(what: str, sold: datetime, ms: int, step: Json | None = None) -> Json:
    return {
        "what": what,
        "at": (sold + timedelta(milliseconds=ms)).isoformat(),
        "since_sold_ms": ms,
        "since_accepted_ms": ms - ACCEPTED_MS,
        **{name: step[name] if step else None for name in ("platform", "listing_id", "state")},
    }


def totals(shop: Shop) -> list[Json]:
    """The ledger's sums of today."""
    today = [s for s in shop.sales if s["sold_at"][:10] == shop.now.isoformat()[:10]]
    if not today:
        return []
    sums = {
        name: str(sum((Decimal(s[name]["amount"]) for s in today), Decimal(0)))
        for name in ("price", "fees", "net")
    }
    return [{"currency": "GBP", "count": len(today), **sums, "fees_unknown": 0}]


def balances(shop: Shop) -> list[Json]:
    """The ledger's books, as far as the dashboard reads them."""
    due = sum((Decimal(s["net"]["amount"]) for s in shop.sales if s["owner"] == "consigned"), Decimal(0))
    account = f"consigned:{shop.id('Margaret')}"
    return [{"account": account, "type": "liability", "currency": "GBP", "amount": str(-due)}]


def delists(shop: Shop, group: str | None) -> list[Json]:
    """The orchestrator's delists of a group."""
    asked = [sold for sold in shop.sales if len(sold["steps"]) > 1]
    return [_delist(shop, sold) for sold in asked if group in (None, shop.group(sold))]


def delist(shop: Shop, sale_id: str) -> Json | None:
    """The orchestrator's word on one sale; none when nothing was asked of any listing."""
    sold = shop.sale(sale_id)
    return _delist(shop, sold) if sold and len(sold["steps"]) > 1 else None


def _delist(shop: Shop, sold: Json) -> Json:
    state = shop.group(sold)
    return {
        **{name: sold[name] for name in _DELIST},
        "state": state,
        "completed_at": sold["sold_at"] if state == "done" else None,
        "steps": sold["steps"],
    }


def groups(shop: Shop) -> Json:
    """The orchestrator's counts."""
    return {group: len(delists(shop, group)) for group in ("failed", "waiting", "running", "done")}


def exposure(shop: Shop) -> Json:
    """The orchestrator's time for sale after the sale, over every listing that came down."""
    known = [
        step["exposure_ms"]
        for sold in shop.sales
        for step in sold["steps"]
        if step["exposure_ms"] is not None and step["state"] == "done" and not step["sold_here"]
    ]
    return {"listings": len(known), "median_ms": round(median(known)) if known else None}


def accounts(shop: Shop, platform: str) -> list[Json]:
    """A connector's accounts."""
    return [_account(one) for one in shop.accounts if one["platform"] == platform]


def _account(account: Json) -> Json:
    return {name: account[name] for name in _ACCOUNT_OF[account["platform"]]}


def account(shop: Shop, account_id: str) -> Json | None:
    """A connector's one account."""
    return next((_account(one) for one in shop.accounts if one["account_id"] == account_id), None)


def connected(shop: Shop, domain: str) -> Json:
    """What connecting a Shopify shop answers, once it is among the accounts."""
    if domain not in [one["address"] for one in shop.accounts]:
        shop.connect("shopify", domain)
    made = next(one for one in shop.accounts if one["address"] == domain)
    return {**_account(made), "webhooks": None}


def tested(*, well: bool) -> Json:
    """A test of a shop's connection."""
    steps = [
        {"name": "token", "ok": True, "words": "Shopify accepts Soldwire's access.", "ms": 88.4},
        {"name": "shop", "ok": True, "words": "It is Northlane Vintage.", "ms": 61.0},
        {"name": "scopes", "ok": True, "words": "Every permission was granted.", "ms": 0.1},
        {"name": "orders", "ok": True, "words": "Orders can be read.", "ms": 93.7},
        {"name": "articles", "ok": True, "words": "Articles can be read.", "ms": 71.2},
        {
            "name": "webhooks",
            "ok": well,
            "words": "Shopify notifies Soldwire of all 10 kinds of news."
            if well
            else "Shopify does not notify Soldwire of refunds/create. It is put right within an hour.",
            "ms": 66.6,
        },
        {"name": "payouts", "ok": True, "words": "Payouts may be read.", "ms": 0.1},
    ]
    return {"ok": well, "steps": steps}
