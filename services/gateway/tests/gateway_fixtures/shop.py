"""What every owner holds of one made-up tenant, and what changes it: sales, take-downs, people's commands, runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from gateway_fixtures.money import money_of, provisional_of

Json = dict[str, Any]
TENANT = UUID("5b0e7a52-90ab-4c7b-8a2f-2d6f5d6a8f10")
PLATFORMS = ("shopify", "ebay", "depop")
_COURIERS = {"ebay": "Royal Mail", "shopify": "DPD", "depop": "Evri"}
_NUMBERS = {"shopify": "#{0}", "ebay": "12-{0}-88417", "depop": "D{0}"}
_REASONS = {
    "waiting_for_browser": "Depop changes in your own browser. Open it with the extension and this comes off by itself.",
    "failed": "eBay refused the change because the listing is under review there. End it on eBay, or retry in an hour.",
    "waiting_for_approval": "Your setting for this marketplace asks you first. Approve to take the listing down.",
}
_CODES = {"failed": "policy_violation"}
_STATUS = {"own": "complete", "consigned": "not_paid", "unknown": "owner_unknown"}
ACCEPTED_MS, RESERVED_MS, RECORDED_MS = 24, 58, 71
_MOMENTS_MS = {"asked_at": 96, "called_at": 131, "applied_at": 388, "verified_at": 640}
_DEADLINE = timedelta(minutes=5)
_NOT_FOR_SALE: Json = {"quantity": 0, "buyable": False}
_RUNNING = ("asked", "waiting_for_browser")
_ALLOWED = {"approve": {"waiting_for_approval"}, "retry": {"failed"}}
_ALLOWED_ELSE = {"failed", "waiting_for_approval", "paused"}


SCOPES = (
    "read_orders",
    "write_products",
    "write_inventory",
    "read_locations",
    "read_all_orders",
    "read_shopify_payments_payouts",
    "write_publications",
)


@dataclass
class Shop:
    """The tenant's state in memory. A sale's `steps` are as the orchestrator holds them."""

    now: datetime
    tenant_id: UUID = TENANT
    sales: list[Json] = field(default_factory=list)
    accounts: list[Json] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    plans: list[Json] = field(default_factory=list)
    pauses: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)
    """Buyers' requests for their data."""
    ways: dict[str, list[Json]] = field(default_factory=dict)
    """Hops of a sale that are not what its steps make them."""

    def id(self, name: str) -> str:
        """A stable id of the shop's own."""
        return str(uuid5(self.tenant_id, name))

    def at(self, minutes: float) -> str:
        """So many minutes ago."""
        return (self.now - timedelta(minutes=minutes)).isoformat()

    def ask_for_data(self, platform: str) -> str:
        """A buyer wants to know what is held of him; the request's id."""
        request_id = self.id(f"data request {len(self.asked)}")
        self.asked.append(
            {
                "request_id": request_id,
                "account_id": self.account(platform)["account_id"],
                "topic": "customers/data_request",
                "received_at": self.at(60),
                "due_by": self.at(60 - 30 * 24 * 60),
                "done_at": None,
                "forgotten": 0,
            }
        )
        return request_id

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
        number, sold = f"{4200 + len(self.sales)}", self.now - timedelta(minutes=minutes)
        recorded = (sold + timedelta(milliseconds=RECORDED_MS)).isoformat()
        sale: Json = {
            "sale_id": self.id(f"sale {title}"),
            "revision": 2,
            "status": _STATUS[owner],
            "owner": owner,
            "consignor_id": self.id("Margaret") if owner == "consigned" else None,
            "confirmed_at": recorded if owner == "consigned" else None,
            "removed_at": None,
            "paid_at": None,
            "paid_amount": None,
            "run_id": None,
            "owner_corrected": False,
            "terms": None,
            "commission": None,
            "consignor_share": None,
            "share_unknown": None,
            "waits_for_fees": False,
            "due": None,
            "contention": None,
            "outcome": "held",
            "account_id": self.id(platform),
            "article_id": self.id(f"article {title}"),
            "platform": platform,
            "order_id": number,
            "order_number": _NUMBERS[platform].format(number),
            "order_url": None,
            "listing_id": self.id(f"{platform} {title}"),
            "sku": sku,
            "title": title,
            "thumbnail_url": None,
            "quantity": 1,
            "cancelled_quantity": 0,
            "payment": "paid",
            **money_of(platform, Decimal(price)),
            "shipments": [_shipment(platform, number, sold)] if minutes > 100 else [],
            "restated": False,
            "test": False,
            **provisional_of(platform, sold, self.now),
            "sold_at": sold.isoformat(),
            "accepted_at": (sold + timedelta(milliseconds=ACCEPTED_MS)).isoformat(),
            "recorded_at": recorded,
            "steps": [*self._steps(title, sold, elsewhere.split()), self._sold_here(title, platform, sold)],
        }
        self.sales.insert(0, sale)
        self.sales.sort(key=lambda s: s["sold_at"], reverse=True)
        return sale

    def give_fees(self, sale_ids: list[str], fees: str | None) -> list[Json]:
        """What the ledger makes of it: only a sale that waits takes them, and what was given is taken back."""
        answers = []
        for sale_id in sale_ids:
            sale = self.sale(sale_id)
            refusal = _why_not(sale, undo=fees is None)
            if sale is not None and refusal is None:
                given = (
                    [] if fees is None else [{"kind": "given", "amount": {"amount": fees, "currency": "GBP"}}]
                )
                sale |= {"waits_for_fees": fees is None, "fee_lines": given}
            answers.append(
                {"sale_id": sale_id, "status": sale["status"] if sale else None, "refusal": refusal}
            )
        return answers

    def _steps(self, title: str, sold: datetime, elsewhere: Iterable[str]) -> list[Json]:
        return [self._step(title, sold, *entry.split(":")) for entry in elsewhere]

    def _sold_here(self, title: str, platform: str, sold: datetime) -> Json:
        return self._step(title, sold, platform, "done") | {"sold_here": True}

    def _step(self, title: str, sold: datetime, platform: str, state: str) -> Json:
        slower = 210 if platform == "ebay" else 0
        at = {
            name: (sold + timedelta(milliseconds=ms + slower)).isoformat() for name, ms in _MOMENTS_MS.items()
        }
        done, asked = state == "done", state != "waiting_for_approval"
        deadline = (sold + _DEADLINE).isoformat() if asked else None
        return {
            "listing_id": self.id(f"{platform} {title}"),
            "version": 2,
            "account_id": self.id(platform),
            "platform": platform,
            "target_quantity": 0,
            "state": state,
            "sold_here": False,
            "reason": _REASONS.get(state),
            "code": _CODES.get(state),
            "link": None,
            "can_retry": state == "failed",
            "overdue": state in _RUNNING and self.now > sold + _DEADLINE,
            "waited": state == "waiting_for_approval",
            "attempts": int(asked),
            "next_look_at": deadline if state in _RUNNING else None,
            "asked_at": at["asked_at"] if asked else None,
            "called_at": at["called_at"] if done else None,
            "applied_at": at["applied_at"] if done else None,
            "verified_at": at["verified_at"] if done else None,
            "evidence": _NOT_FOR_SALE | {"read_at": at["verified_at"]} if done else None,
            "deadline": deadline,
            "exposure_ms": _MOMENTS_MS["applied_at"] + slower if done else None,
        }

    def sale(self, sale_id: str) -> Json | None:
        """One sale."""
        return next((sale for sale in self.sales if sale["sale_id"] == sale_id), None)

    def group(self, sale: Json) -> str:
        """The Delist tab's group of a sale, and the ledger's delist state."""
        states = {step["state"] for step in sale["steps"]}
        if "failed" in states:
            return "failed"
        if states & {"waiting_for_approval", "waiting_for_browser", "paused"}:
            return "waiting"
        return "running" if "asked" in states else "done"

    def finish(self, sale_id: str, platform: str) -> None:
        """One listing of a sale came off."""
        sale = self.sale(sale_id) or {"steps": []}
        for step in sale["steps"]:
            if step["platform"] == platform:
                done = self._step(sale["title"], datetime.fromisoformat(sale["sold_at"]), platform, "done")
                step |= done | {"sold_here": step["sold_here"]}

    def command(self, command: str, keys: list[tuple[str, int]], sale_ids: list[str]) -> list[Json]:
        """A person's word on steps: what may move does, and says so."""
        return [
            self._commanded(command, step)
            for sale in self.sales
            for step in sale["steps"]
            if (step["listing_id"], step["version"]) in keys or sale["sale_id"] in sale_ids
        ]

    def _commanded(self, command: str, step: Json) -> Json:
        done = step["state"] in _ALLOWED.get(command, _ALLOWED_ELSE)
        if done:
            step |= {
                "state": "skipped" if command == "skip" else "asked",
                "reason": None,
                "asked_at": datetime.now(UTC).isoformat(),
            }
        return {
            "listing_id": step["listing_id"],
            "version": step["version"],
            "done": done,
            "state": step["state"],
            "message": None if done else "This listing has moved on already.",
        }

    def pause(self, platform: str, reason: str) -> Json:
        """Delisting is held back on a platform."""
        pause: Json = {
            "id": self.id(f"pause {platform}"),
            "scope": "platform",
            "platform": platform,
            "account_id": None,
            "everywhere": False,
            "unbacked_only": False,
            "reason": reason,
            "paused_by": self.id("Ana"),
            "paused_at": self.at(9),
            "resumed_by": None,
            "resumed_at": None,
            "resume_reason": None,
        }
        self.pauses.append(pause)
        return pause

    def resume(self, pause_id: str) -> Json:
        """A pause ends."""
        pause = next(p for p in self.pauses if p["id"] == pause_id)
        pause |= {"resumed_by": self.id("Ana"), "resumed_at": datetime.now(UTC).isoformat()}
        return pause

    def refresh(self, scope: str) -> list[Json]:
        """Start a run of every account."""
        started = [self._run(account, scope, ended=False) for account in self.accounts]
        self.runs[:0] = started
        return started

    def cancel(self, run_id: str) -> Json:
        """A run is asked to stop."""
        run = next(r for r in self.runs if r["run_id"] == run_id)
        run["desired"] = "cancelled"
        return run

    def _run(self, account: Json, scope: str, *, ended: bool) -> Json:
        return {
            "run_id": self.id(f"run {len(self.runs)} {account['platform']}"),
            "account_id": account["account_id"],
            "platform": account["platform"],
            "scope": scope,
            "origin": "person",
            "visible": True,
            "state": "complete" if ended else "running",
            "desired": "running",
            "phase": None if ended else "Waiting for its turn",
            "done": 412 if ended else 0,
            "total": 412 if ended else None,
            "listings": 380 if ended else 0,
            "drafts": 0,
            "sales": 32 if ended else 0,
            "new_sales": 0,
            "complete_up_to": self.at(17) if ended else None,
            "reason": None,
            "requested_at": self.at(18),
            "heard_at": self.at(16) if ended else None,
            "finished_at": self.at(16) if ended else None,
        }

    def _health(self) -> Json:
        """What Shopify's connector tells beside."""
        return {
            "connected_by": "oauth",
            "token_expires_at": self.at(-48),
            "sold_out": "keep",
            "articles_read_up_to": self.at(33),
            "health": {
                "state": "well",
                "sentence": "All is well. Orders are read as they come.",
                "action": None,
                "since": None,
            },
            "last_error": None,
            "scopes": {"checked_at": self.at(21), "granted": list(SCOPES), "missing": []},
            "webhooks": {
                "checked_at": self.at(21),
                "last_received_at": self.at(4),
                "missing": [],
                "problem": None,
            },
            "bucket": {"maximum": 2000.0, "available": 1960.0, "per_second": 100.0, "at": self.at(0.1)},
        }

    def account(self, platform: str) -> Json:
        """The first account there."""
        return next(one for one in self.accounts if one["platform"] == platform)

    def connect(self, platform: str, name: str, state: str = "connected", reason: str | None = None) -> None:
        """A marketplace account, read once and every hour since."""
        account: Json = {
            "account_id": self.id(platform),
            "platform": platform,
            "name": name,
            "address": name,
            "state": state,
            "reason": reason,
            "stock_master": platform == "shopify",
            "connected_at": self.at(60 * 24 * 40),
            "orders_read_up_to": self.at(1),
        }
        self.accounts.append(account | self._health() if platform == "shopify" else account)
        self.runs.append(self._run(account, "everything", ended=True))
        self.plans.append(
            {
                "account_id": account["account_id"],
                "platform": platform,
                "name": name,
                "connected": True,
                "interval": "hourly",
                "scope": "sales",
                "start_from": None,
                "complete_up_to": self.at(2),
            }
        )


def _shipment(platform: str, number: str, sold: datetime) -> Json:
    return {
        "courier": _COURIERS[platform],
        "courier_known_by": "platform",
        "courier_verified": False,
        "candidates": [],
        "tracking_number": f"JD{number}0098{number}GB",
        "tracking_url": None,
        "shipped_at": (sold + timedelta(hours=1)).isoformat(),
    }


def _why_not(sale: Json | None, *, undo: bool) -> str | None:
    """Why the ledger would refuse to be told a sale's fees, or to forget them."""
    if sale is None:
        return "There is no such sale."
    if any(fee["kind"] == "given" for fee in sale["fee_lines"]):
        return None if undo else "Its fees are that already."
    if not sale["waits_for_fees"]:
        return f"Its marketplace has said the fees: {sale['fees']['amount']} GBP. Those count."
    return "Nobody gave its fees." if undo else None
