"""One vintage shop's day on three marketplaces: sales, take-downs, accounts and runs as owners would tell them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import UUID, uuid5

Json = dict[str, Any]
TENANT = UUID("5b0e7a52-90ab-4c7b-8a2f-2d6f5d6a8f10")
_PLATFORMS = ("shopify", "ebay", "depop")
_FEES = {"shopify": Decimal("0.02"), "ebay": Decimal("0.128"), "depop": Decimal("0.029")}
_COURIERS = {"ebay": "Royal Mail", "shopify": "DPD", "depop": "Evri"}

# (minutes ago, title, sku, platform, price, owner, listings elsewhere as platform:state)
_DAY = (
    (
        0.15,
        "Levi’s 501 jeans, W31 L32, stonewash",
        "LV-501-3132",
        "ebay",
        "58.00",
        "own",
        "shopify:asked depop:waiting_for_browser",
    ),
    (
        4,
        "Barbour Bedale wax jacket, size M",
        "BB-BED-M-02",
        "shopify",
        "145.00",
        "consigned",
        "ebay:done depop:waiting_for_browser",
    ),
    (
        17,
        "Burberry nova check scarf, lambswool",
        "BU-SC-011",
        "depop",
        "85.00",
        "own",
        "shopify:done ebay:failed",
    ),
    (
        26,
        "Adidas Originals track top, navy, L",
        "AD-TT-L-07",
        "ebay",
        "34.50",
        "own",
        "shopify:done depop:done",
    ),
    (
        41,
        "Ralph Lauren cable knit, cream, S",
        "RL-CK-S-31",
        "shopify",
        "42.00",
        "unknown",
        "ebay:waiting_for_approval",
    ),
    (
        66,
        "Dr. Martens 1460, cherry red, UK 6",
        "DM-1460-6",
        "ebay",
        "72.00",
        "consigned",
        "shopify:done depop:done",
    ),
    (94, "Carhartt Detroit jacket, brown duck", "CH-DET-XL", "ebay", "118.00", "own", "shopify:done"),
    (
        120,
        "Silk slip dress, 1990s, bias cut, black",
        "SD-90-BK-10",
        "depop",
        "48.00",
        "own",
        "shopify:done ebay:done",
    ),
    (
        168,
        "Patagonia Synchilla fleece, teal, M",
        "PT-SYN-M",
        "shopify",
        "64.00",
        "consigned",
        "ebay:done depop:done",
    ),
    (205, "Nike windbreaker, colour block, L", "NK-WB-L-14", "shopify", "29.99", "own", "ebay:done"),
    (291, "Aran jumper, hand knitted, one size", "AR-HK-003", "ebay", "55.00", "own", ""),
    (
        400,
        "Mulberry Bayswater, oak, with dust bag",
        "MB-BAY-OAK",
        "ebay",
        "310.00",
        "consigned",
        "shopify:done depop:done",
    ),
)
_REASONS = {
    "waiting_for_browser": "Depop changes in your own browser. Open it with the extension and this comes off by itself.",
    "failed": "eBay refused the change because the listing is under review there. End it on eBay, or retry in an hour.",
    "waiting_for_approval": "Your setting for this marketplace asks you first. Approve to take the listing down.",
}
_STATUS = {"own": "complete", "consigned": "not_paid", "unknown": "owner_unknown"}
_MOMENTS_MS = {"asked": 96, "called": 131, "taken_down": 388, "verified": 640}


def money(amount: Decimal | str, currency: str = "GBP") -> Json:
    """An amount as JSON carries it."""
    return {"amount": str(Decimal(amount).quantize(Decimal("0.01"))), "currency": currency}


@dataclass
class Shop:
    """What all owners hold of one tenant."""

    now: datetime
    tenant_id: UUID = TENANT
    sales: list[Json] = field(default_factory=list)
    accounts: list[Json] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    plans: list[Json] = field(default_factory=list)
    pauses: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)

    def id(self, name: str) -> str:
        """A stable id of the shop's own."""
        return str(uuid5(self.tenant_id, name))

    def at(self, minutes: float) -> str:
        """So many minutes ago."""
        return (self.now - timedelta(minutes=minutes)).isoformat()

    def sell(
        self,
        minutes: float,
        title: str,
        sku: str,
        platform: str,
        price: str,
        owner: str = "own",
        elsewhere: str = "",
    ) -> Json:
        """Add a sale in front of the others."""
        amount, number = Decimal(price), 4200 + len(self.sales)
        fees = (amount * _FEES[platform]).quantize(Decimal("0.01")) + Decimal("0.30")
        shipping = Decimal("3.95") if platform != "shopify" else Decimal("4.50")
        sold = self.now - timedelta(minutes=minutes)
        sale: Json = {
            "sale_id": self.id(f"sale {title}"),
            "account_id": self.id(platform),
            "platform": platform,
            "order_id": f"{number}",
            "order_number": {"shopify": f"#{number}", "ebay": f"12-{number}-88417", "depop": f"D{number}"}[
                platform
            ],
            "sku": sku,
            "title": title,
            "quantity": 1,
            "status": _STATUS[owner],
            "owner": owner,
            "outcome": "held",
            "price": money(amount),
            "shipping_price": money(shipping),
            "fees": money(fees),
            "fee_lines": [
                {"kind": "final_value_fee", "amount": money(fees - Decimal("0.30"))},
                {"kind": "fixed_fee", "amount": money("0.30")},
            ],
            "net": money(amount + shipping - fees),
            "sold_at": sold.isoformat(),
            "recorded_at": (sold + timedelta(milliseconds=71)).isoformat(),
            "shipments": [{"courier": _COURIERS[platform], "tracking_number": f"JD{number}0098{number}GB"}]
            if minutes > 100
            else [],
            "chips": [*self._steps(title, sold, elsewhere.split()), self._sold_here(title, platform, sold)],
        }
        self.sales.insert(0, sale)
        self.sales.sort(key=lambda s: s["sold_at"], reverse=True)
        return sale

    def _steps(self, title: str, sold: datetime, elsewhere: Iterable[str]) -> list[Json]:
        return [self._step(title, sold, *entry.split(":")) for entry in elsewhere]

    def _step(self, title: str, sold: datetime, platform: str, state: str) -> Json:
        slower = 210 if platform == "ebay" else 0
        spans = {name: sold + timedelta(milliseconds=ms + slower) for name, ms in _MOMENTS_MS.items()}
        done = state == "done"
        return {
            "listing_id": self.id(f"{platform} {title}"),
            "account_id": self.id(platform),
            "platform": platform,
            "version": 2,
            "target_quantity": 0,
            "state": state,
            "sold_here": False,
            "reason": _REASONS.get(state),
            "can_retry": state == "failed",
            "asked_at": None if state == "waiting_for_approval" else spans["asked"].isoformat(),
            "called_at": spans["called"].isoformat() if done else None,
            "applied_at": spans["taken_down"].isoformat() if done else None,
            "verified_at": spans["verified"].isoformat() if done else None,
            "exposure_ms": _MOMENTS_MS["taken_down"] + slower if done else None,
        }

    def _sold_here(self, title: str, platform: str, sold: datetime) -> Json:
        return self._step(title, sold, platform, "done") | {"sold_here": True}

    def sale(self, sale_id: str) -> Json | None:
        """The ledger's one sale."""
        return next((sale for sale in self.sales if sale["sale_id"] == sale_id), None)

    def timeline(self, sale_id: str) -> list[Json]:
        """The ledger's hops of a sale."""
        sale = self.sale(sale_id)
        if sale is None:
            return []
        sold = datetime.fromisoformat(sale["sold_at"])
        hops = [("sold", 0, None), ("accepted", 24, None), ("reserved", 58, None), ("recorded", 71, None)]
        for step in sale["chips"]:
            for what, name in (
                ("asked", "asked_at"),
                ("called", "called_at"),
                ("taken_down", "applied_at"),
                ("verified", "verified_at"),
            ):
                if step[name] and not step["sold_here"]:
                    ms = (datetime.fromisoformat(step[name]) - sold) // timedelta(milliseconds=1)
                    hops.append((what, ms, step["platform"]))
        if hops[4:] and all(step["state"] == "done" for step in sale["chips"]):
            hops.append(("completed", max(ms for _, ms, _ in hops) + 9, None))
        return [
            {
                "what": what,
                "at": (sold + timedelta(milliseconds=ms)).isoformat(),
                "since_sold_ms": ms,
                "since_accepted_ms": ms - 24,
                "platform": platform,
            }
            for what, ms, platform in sorted(hops, key=lambda hop: hop[1])
        ]

    def totals(self) -> list[Json]:
        """The ledger's sums of today."""
        today = [s for s in self.sales if s["sold_at"][:10] == self.now.isoformat()[:10]]
        if not today:
            return []
        price, net = (
            sum((Decimal(s[name]["amount"]) for s in today), Decimal(0)) for name in ("price", "net")
        )
        return [
            {
                "currency": "GBP",
                "count": len(today),
                "price": str(price),
                "fees": "0",
                "net": str(net),
                "fees_unknown": 0,
            }
        ]

    def balances(self) -> list[Json]:
        """The ledger's books, as far as the dashboard reads them."""
        due = sum((Decimal(s["net"]["amount"]) for s in self.sales if s["owner"] == "consigned"), Decimal(0))
        return [
            {
                "account": f"consigned:{self.id('Margaret')}",
                "type": "liability",
                "currency": "GBP",
                "amount": str(-due),
            }
        ]

    def group(self, sale: Json) -> str:
        """The Delist tab's group of a sale."""
        states = {step["state"] for step in sale["chips"]}
        if "failed" in states:
            return "failed"
        if states & {"waiting_for_approval", "waiting_for_browser", "paused"}:
            return "waiting"
        return "running" if "asked" in states else "done"

    def delists(self, group: str | None) -> list[Json]:
        """The orchestrator's page of a group."""
        return [
            self._delist(sale)
            for sale in self.sales
            if group in (None, self.group(sale)) and len(sale["chips"]) > 1
        ]

    def delist(self, sale_id: str) -> Json | None:
        """The orchestrator's word on one sale."""
        sale = self.sale(sale_id)
        return self._delist(sale) if sale and len(sale["chips"]) > 1 else None

    def _delist(self, sale: Json) -> Json:
        state = self.group(sale)
        kept = {
            name: sale[name]
            for name in ("sale_id", "account_id", "platform", "title", "sku", "outcome", "sold_at")
        }
        return {
            **kept,
            "steps": sale["chips"],
            "article_id": self.id(f"article {sale['title']}"),
            "state": state,
            "revision": 3,
            "completed_at": sale["sold_at"] if state == "done" else None,
        }

    def groups(self) -> Json:
        """The orchestrator's counts."""
        return {group: len(self.delists(group)) for group in ("failed", "waiting", "running", "done")}

    def exposure(self) -> Json:
        """The orchestrator's time for sale after the sale, over every listing that came down."""
        known = [
            step["exposure_ms"]
            for sale in self.sales
            for step in sale["chips"]
            if step["exposure_ms"] is not None and step["state"] == "done" and not step["sold_here"]
        ]
        return {"listings": len(known), "median_ms": round(median(known)) if known else None}

    def command(self, command: str, keys: list[tuple[str, int]], sale_ids: list[str]) -> list[Json]:
        """A person's word on steps: what may move does, and says so."""
        allowed = {"approve": {"waiting_for_approval"}, "retry": {"failed"}}.get(
            command, {"failed", "waiting_for_approval", "paused"}
        )
        results = []
        for sale in self.sales:
            for step in sale["chips"]:
                if (step["listing_id"], step["version"]) in keys or sale["sale_id"] in sale_ids:
                    done = step["state"] in allowed
                    if done:
                        step |= {
                            "state": "skipped" if command == "skip" else "asked",
                            "reason": None,
                            "asked_at": datetime.now(UTC).isoformat(),
                        }
                    refusal = None if done else "This listing has moved on already."
                    results.append(
                        {
                            "listing_id": step["listing_id"],
                            "version": step["version"],
                            "done": done,
                            "state": step["state"],
                            "message": refusal,
                        }
                    )
        return results

    def finish(self, sale_id: str, platform: str) -> None:
        """One listing of a sale came off."""
        for step in (self.sale(sale_id) or {"chips": []})["chips"]:
            if step["platform"] == platform:
                step |= {"state": "done", "exposure_ms": 812, "reason": None}

    def resume(self, pause_id: str) -> Json:
        """A pause ends."""
        pause = next(p for p in self.pauses if p["id"] == pause_id)
        pause["resumed_at"] = datetime.now(UTC).isoformat()
        return pause

    def refresh(self, scope: str) -> list[Json]:
        """Start a run of every account."""
        started = [
            self._run(a, scope, "running", done=0, total=None, phase="Waiting for its turn")
            for a in self.accounts
        ]
        self.runs[:0] = started
        return started

    def cancel(self, run_id: str) -> Json:
        """A run stops."""
        run = next(r for r in self.runs if r["run_id"] == run_id)
        return run | {"state": "cancelled"}

    def _run(
        self, account: Json, scope: str, state: str, *, done: int, total: int | None, phase: str | None
    ) -> Json:
        ended = state != "running"
        return {
            "run_id": self.id(f"run {len(self.runs)} {account['platform']}"),
            "account_id": account["account_id"],
            "platform": account["platform"],
            "scope": scope,
            "visible": True,
            "state": state,
            "phase": phase,
            "done": done,
            "total": total,
            "requested_at": self.at(18),
            "finished_at": self.at(16) if ended else None,
            "complete_up_to": self.at(17) if ended else None,
        }

    def connect(self, platform: str, name: str, state: str = "connected", reason: str | None = None) -> None:
        """A marketplace account."""
        account = {
            "account_id": self.id(platform),
            "platform": platform,
            "name": name,
            "state": state,
            "reason": reason,
            "stock_master": platform == "shopify",
            "connected_at": self.at(60 * 24 * 40),
        }
        self.accounts.append(account)
        self.runs.append(self._run(account, "everything", "complete", done=412, total=412, phase=None))
        self.plans.append(
            {
                "account_id": account["account_id"],
                "platform": platform,
                "name": name,
                "connected": True,
                "interval": "hourly",
                "scope": "sales",
                "complete_up_to": self.at(2),
            }
        )


def empty_shop(now: datetime) -> Shop:
    """Connected, and nothing sold yet."""
    shop = Shop(now)
    shop.connect("shopify", "northlane-vintage.myshopify.com")
    return shop


def busy_shop(now: datetime) -> Shop:
    """A usual day, with one of everything that can want the seller."""
    shop = Shop(now)
    shop.connect("shopify", "northlane-vintage.myshopify.com")
    shop.connect("ebay", "northlane_vintage")
    shop.connect(
        "depop",
        "@northlanevintage",
        "needs_login",
        "Depop signed the browser out at 13:40. Sign in there once more.",
    )
    for minutes, *rest in reversed(_DAY):
        shop.sell(minutes, *rest)  # type: ignore[arg-type]
    for back in range(30):
        day = (now - timedelta(days=back)).date()
        for index, platform in enumerate(_PLATFORMS):
            count = max(
                0, 9 - 2 * index + (back * (index + 3)) % 5 - (3 if day.weekday() >= 5 else 0) - back // 9
            )
            if count:
                shop.history.append(
                    {
                        "day": day.isoformat(),
                        "platform": platform,
                        "currency": "GBP",
                        "count": count,
                        "price": str(Decimal(count) * 47),
                    }
                )
    return shop


def calm_shop(now: datetime) -> Shop:
    """The same shop when all is well."""
    shop = busy_shop(now)
    shop.accounts[2] |= {"state": "connected", "reason": None}
    for sale in shop.sales:
        for step in sale["chips"]:
            step |= {"state": "done", "exposure_ms": 640, "reason": None}
    return shop
