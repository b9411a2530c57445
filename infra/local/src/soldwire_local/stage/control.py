"""The sandbox's control API: make accounts, listings and sales there, and read the truth."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import httpx

from soldwire_local.errors import LocalError

Json = dict[str, Any]


class Control:
    """An async context over the sandbox at `url`. Refusals other than sold out raise LocalError.

    `transport` takes the place of httpx's own, for whoever asks often.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # A sale is not repeatable, so no connection is used again that the other side may just be closing.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(
            base_url=f"{url}/control", timeout=60, trust_env=False, limits=limits, transport=transport
        )

    async def __aenter__(self) -> Control:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def _send(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        params = {name: str(value) for name, value in query.items() if value is not None}
        try:
            answer = await self._http.request(method, path, json=body, params=params)
        except httpx.HTTPError as error:
            raise LocalError(
                f"the sandbox does not answer {method} {path}: {error!r}", remedy="see logs/sandbox.log"
            ) from error
        if not answer.is_success and answer.status_code != 409:
            raise LocalError(f"the sandbox refused {method} {path}: {answer.status_code} {answer.text[:300]}")
        found: Json = answer.json() if answer.content else {}
        return found

    async def account(self, platform: str, **fields: object) -> Json:
        """Make an account of the seller's on a marketplace."""
        return await self._send("POST", f"/{platform}/accounts", dict(fields))

    async def articles(self, on: Sequence[Json], **fields: object) -> list[Json]:
        """Put articles up for sale on several accounts at once; each with its listings."""
        found = await self._send("POST", "/articles", {"on": list(on), **fields})
        articles: list[Json] = found["articles"]
        return articles

    async def change_account(self, platform: str, account: str, **settings: object) -> Json:
        """Change an account's limits and habits."""
        return await self._send("PATCH", f"/{platform}/accounts/{account}", dict(settings))

    async def listing(self, platform: str, **fields: object) -> Json:
        """Put one listing up for sale."""
        return await self._send("POST", f"/{platform}/listings", dict(fields))

    async def change_listing(self, platform: str, listing: str, **fields: object) -> Json:
        """The seller's own hand on the marketplace."""
        return await self._send("PATCH", f"/{platform}/listings/{listing}", dict(fields))

    async def sell(self, platform: str, account: str, lines: Sequence[Json], **fields: object) -> Json:
        """A buyer buys; the answer's `accepted` is missing when it was sold out."""
        return await self._send(
            "POST", f"/{platform}/sales", {"account": account, "lines": list(lines), **fields}
        )

    async def order(self, platform: str, order_id: str, verb: str, **fields: object) -> Json:
        """What becomes of an order: pay, ship, cancel, refund, notify."""
        return await self._send("POST", f"/{platform}/orders/{order_id}/{verb}", dict(fields))

    async def fault(self, platform: str, mode: str, **fields: object) -> Json:
        """Make the marketplace misbehave."""
        return await self._send("POST", "/faults", {"platform": platform, "mode": mode, **fields})

    async def behave(self, fault: str) -> None:
        """Let the marketplace behave again: the end of one fault, by its id."""
        await self._send("DELETE", f"/faults/{fault}")

    async def clear_faults(self) -> None:
        """Let every marketplace behave again."""
        await self._send("DELETE", "/faults")

    async def post(self, path: str, **fields: object) -> Json:
        """Any other control call."""
        return await self._send("POST", path, dict(fields))

    async def get(self, path: str) -> Json:
        """Any other answer of the control API."""
        return await self._send("GET", path)

    async def truth(self, what: str, **query: Any) -> list[Json]:
        """Rows of the truth: sales, refusals, calls, webhooks, listings."""
        found = await self._send("GET", f"/truth/{what}", **query)
        rows: list[Json] = found[what]
        return rows
