"""Plays the paired browser: signs in to Depop, reads its pages, uploads, and carries out tasks as the extension does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from soldwire_local.stage.depop_pages import (
    ActiveItem,
    ChallengedError,
    Receipt,
    SignedOutError,
    UnreadablePageError,
    active_items,
    for_sale,
    form_action,
    receipt,
    sold_page,
)

Json = dict[str, object]
_LISTINGS_AT_ONCE = 2000
"""As many as the ingest takes in one upload."""
_VERBS = {"mark_as_sold": "mark-as-sold", "delete": "delete"}


@dataclass(frozen=True)
class Task:
    """One leased task: take this listing off sale."""

    task_id: str
    lease: int
    action: str
    slug: str


class PairedBrowser:
    """One browser with a shop signed in. `depop` and `ingest` are base addresses; close it with `async with`."""

    def __init__(
        self, *, depop: str, cookie: str, ingest: str, shop: str, seller_id: str | None = None
    ) -> None:
        self._depop = httpx.AsyncClient(
            base_url=depop.rstrip("/"), cookies={"access_token": cookie}, follow_redirects=True, timeout=10
        )
        self._ingest = httpx.AsyncClient(base_url=ingest.rstrip("/"), timeout=30)
        self._shop = shop
        self._seller_id = seller_id
        self.account_id = ""
        self.asked_to_read_sold = False
        self.asked_to_read_listings = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close both connections."""
        await self._depop.aclose()
        await self._ingest.aclose()

    async def pair(self, code: str, device: str = "test browser") -> None:
        """Trade a one-time code for a token of this shop. Raises httpx.HTTPStatusError when it is refused."""
        body = {"code": code, "device": device, "shop": {"name": self._shop, "seller_id": self._seller_id}}
        answer = (await self._ingest.post("/ingest/pair", json=body)).raise_for_status().json()
        self._ingest.headers["Authorization"] = f"Bearer {answer['token']}"
        self.account_id = answer["account_id"]

    # Reading

    async def read_sold(self, known: frozenset[str] = frozenset()) -> list[Receipt]:
        """Every receipt not known yet, newest first. A page that is none raises; it never reads as an empty list."""
        found: list[Receipt] = []
        cursor: str | None = ""
        while cursor is not None:
            html = await self._get("/sellinghub/sold-items/" + (f"?cursor={cursor}" if cursor else ""))
            page = sold_page(html)
            new = [receipt_id for receipt_id in page.receipts if receipt_id not in known]
            for receipt_id in new:
                found.append(receipt(await self._get(f"/sellinghub/sold-items/{receipt_id}/"), receipt_id))
            cursor = page.cursor if new else None  # newest first: behind a page of known ones are known ones
        return found

    async def read_active(self) -> tuple[ActiveItem, ...]:
        """Every listing for sale."""
        return active_items(await self._get("/sellinghub/active-items/"))

    async def is_for_sale(self, slug: str) -> bool | None:
        """Whether a buyer could buy it; None once it is gone."""
        response = await self._depop.get(f"/products/{slug}/")
        if response.status_code not in (200, 404):
            response.raise_for_status()
        return for_sale(response.text, response.status_code)

    async def _get(self, path: str) -> str:
        response = await self._depop.get(path)
        if response.status_code != 403:  # the challenge page comes with 403
            response.raise_for_status()
        return response.text

    # Uploading

    async def upload_sold(self, batch_id: str | None = None) -> list[Receipt]:
        """Read all sold items and upload them as one batch."""
        found = await self.read_sold()
        await self.post_receipts([receipt_json(one) for one in found], batch_id)
        return found

    async def post_receipts(self, receipts: list[Json], batch_id: str | None = None) -> Json:
        """Upload receipts as they are given."""
        return await self._post(
            "/ingest/sold-items",
            {"batch_id": batch_id or str(uuid4()), "read_at": _now(), "receipts": receipts},
        )

    async def upload_listings(self) -> tuple[ActiveItem, ...]:
        """Read Active items to its end and upload them, in parts of what is taken at once; the last says it was the end."""
        found = await self.read_active()
        listings: list[Json] = [
            {
                "slug": item.slug,
                "title": item.title,
                "sku": item.sku,
                "price": str(item.price) if item.price is not None else None,
            }
            for item in found
        ]
        read_at = _now()
        for start in range(0, max(1, len(listings)), _LISTINGS_AT_ONCE):
            part = listings[start : start + _LISTINGS_AT_ONCE]
            last = start + _LISTINGS_AT_ONCE >= len(listings)
            body: Json = {
                "batch_id": str(uuid4()),
                "read_at": read_at,
                "complete": last,
                "listings": part,
            }
            await self._post("/ingest/listings", body)
        return found

    async def upload_csv(self) -> Json:
        """Export the sales CSV from Depop and upload it."""
        response = (await self._depop.get("/sellinghub/sold-items/export/")).raise_for_status()
        answer = await self._ingest.post(
            "/ingest/sales-csv", content=response.content, headers={"Content-Type": "text/csv"}
        )
        return dict(answer.raise_for_status().json())

    async def _post(self, path: str, body: Json) -> Json:
        return dict((await self._ingest.post(path, json=body)).raise_for_status().json())

    # Tasks

    async def lease(self, limit: int = 1) -> list[Task]:
        """Take tasks; they are ours until the lease ends."""
        answer = await self._post("/ingest/tasks/lease", {"limit": limit})
        self.asked_to_read_sold = bool(answer["read_sold"])
        self.asked_to_read_listings = bool(answer["read_listings"])
        tasks = answer["tasks"]
        assert isinstance(tasks, list)
        return [Task(t["task_id"], t["lease"], t["action"], t["slug"]) for t in tasks]

    async def heartbeat(self, task: Task) -> bool:
        """Keep a lease; False once somebody else has it."""
        response = await self._ingest.post(
            f"/ingest/tasks/{task.task_id}/heartbeat", json={"lease": task.lease}
        )
        return response.status_code == 200

    async def carry_out(self, task: Task) -> Json:
        """Look first, take down only what is for sale, look again; answers what to report."""
        try:
            if not await self.is_for_sale(task.slug):
                return await self._evidence(task, "already_off_sale")
            html = await self._get(f"/products/{task.slug}/manage/")
            action = form_action(html, _VERBS[task.action])
            # Where it leads to is every listing of the shop; whether it is gone is looked up below.
            where = httpx.URL(self._depop.base_url).join(action)
            await self._depop.post(where, data={"confirm": "yes"}, follow_redirects=False)
            return await self._evidence(task, "done")
        except SignedOutError:
            return {"outcome": "signed_out"}
        except ChallengedError:
            return {"outcome": "challenged"}
        except UnreadablePageError as error:
            return {"outcome": "failed", "reason": str(error)}
        except httpx.HTTPError as error:
            return {"outcome": "unclear", "reason": repr(error)}

    async def _evidence(self, task: Task, outcome: str) -> Json:
        shown = await self.is_for_sale(task.slug)
        return {
            "outcome": outcome,
            "evidence": {"for_sale": bool(shown), "gone": shown is None, "read_at": _now()},
        }

    async def report(self, task: Task, result: Json) -> httpx.Response:
        """Tell what became of a task. 409 when the lease is no longer ours."""
        return await self._ingest.post(
            f"/ingest/tasks/{task.task_id}/result", json={"lease": task.lease, **result}
        )

    async def work(self, limit: int = 10) -> int:
        """Lease, carry out and report until nothing is left, then read what was asked for; returns the tasks reported."""
        done = 0
        while tasks := await self.lease(limit):
            for task in tasks:
                (await self.report(task, await self.carry_out(task))).raise_for_status()
                done += 1
        if self.asked_to_read_sold:
            await self.upload_sold()
        if self.asked_to_read_listings:
            await self.upload_listings()
        return done


def receipt_json(found: Receipt) -> Json:
    """A receipt as the ingest takes it."""
    return {
        "receipt_id": found.receipt_id,
        "sold_on": found.sold_on.isoformat(),
        "status": found.status,
        "currency": found.currency,
        "items_price": str(found.items_price),
        "shipping_price": str(found.shipping_price) if found.shipping_price is not None else None,
        "fees": {kind: str(fee) for kind, fee in found.fees.items()},
        "courier": found.courier,
        "tracking_number": found.tracking_number,
        "items": [
            {
                "slug": item.slug,
                "description": item.description,
                "price": str(item.price) if item.price is not None else None,
                "quantity": item.quantity,
            }
            for item in found.items
        ],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
