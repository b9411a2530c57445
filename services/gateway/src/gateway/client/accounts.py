"""The connectors: every marketplace account, whoever holds it, and connecting a Shopify shop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.errors import NotFound, Refused

from gateway.client.base import Owner, Query, Who
from gateway.client.files import File, OwnerAwayError
from gateway.wire.accounts import Account, Connected, DataRequest, DataRequests, Sent, Tested

_ASKING = 15.0
"""Seconds for what the connector has to ask a marketplace first."""
_FETCHING = 60.0
"""Seconds for each piece of a file it has to look through all notifications for."""
_MOST_BYTES = 1_000_000_000
"""Of such a file: more than any buyer's notifications come to."""


@dataclass(frozen=True, slots=True)
class Found:
    """The accounts of the platforms that answered, and the platforms that did not."""

    accounts: tuple[Account, ...]
    missing: tuple[str, ...]


class Accounts:
    """Calls to every connector, by platform."""

    def __init__(self, owners: Mapping[str, Owner]) -> None:
        self._owners = owners

    async def listed(self, who: Who) -> Found:
        """Accounts of every platform. Raises OwnerAwayError only when no connector answers."""
        answers = await asyncio.gather(*(self._one(platform, who) for platform in self._owners))
        missing = tuple(
            platform for platform, found in zip(self._owners, answers, strict=True) if found is None
        )
        if len(missing) == len(self._owners):
            raise OwnerAwayError("connectors", "none answered")
        return Found(tuple(account for found in answers for account in found or ()), missing)

    async def change(
        self, who: Who, platform: str, account_id: UUID, *, stock_master: bool, sold_out: str
    ) -> Account:
        """Who counts stock, and what becomes of a sold-out product."""
        body = {"stock_master": stock_master, "sold_out": sold_out}
        return await self._of(platform).patch(who, f"/v1/accounts/{account_id}", Account, body)

    async def disconnect(self, who: Who, platform: str, account_id: UUID) -> None:
        """Stop acting for an account."""
        await self._of(platform).delete(who, f"/v1/accounts/{account_id}")

    async def test(self, who: Who, platform: str, account_id: UUID) -> Tested:
        """Have the marketplace asked now."""
        path = f"/v1/accounts/{account_id}/test"
        return await self._of(platform).post(who, path, Tested, patience=_ASKING)

    def _of(self, platform: str) -> Owner:
        found = self._owners.get(platform)
        if found is None:
            raise NotFound("no_such_account", "There is no such account.")
        return found

    async def _one(self, platform: str, who: Who) -> list[Account] | None:
        """One connector's accounts; each knows its own platform only."""
        try:
            found = await self._owners[platform].get(who, "/v1/accounts", tuple[Account, ...])
        except (OwnerAwayError, Refused):
            return None
        return [account.model_copy(update={"platform": platform}) for account in found]


class Shops:
    """Calls to Shopify's connector: a shop that is to be connected, by its own app or by ours."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def connect(self, who: Who, given: Mapping[str, object]) -> Connected:
        """By what the seller copied from an app of the shop's own."""
        return await self._owner.post(who, "/v1/accounts", Connected, dict(given), patience=_ASKING)

    async def start(self, who: Who, shop: str, session: str, *, stock_master: bool) -> Sent:
        """Where to send the seller to agree."""
        body = {"shop": shop, "session": session, "stock_master": stock_master}
        return await self._owner.post(who, "/v1/oauth/start", Sent, body)

    async def open_app(self, who: Who, query: str, session: str, arrived_at: datetime | None) -> Sent:
        """Where to send who came by a link of Shopify's with this query. Raises Refused when Shopify did not make it just now."""
        at = arrived_at.isoformat() if arrived_at else None
        body = {"query": query, "session": session, "arrived_at": at}
        return await self._owner.post(who, "/v1/oauth/open", Sent, body)

    async def complete(self, who: Who, query: str, session: str) -> Connected:
        """With what Shopify sent the seller back."""
        body = {"query": query, "session": session}
        return await self._owner.post(who, "/v1/oauth/complete", Connected, body, patience=_ASKING)

    async def data_requests(self, who: Who) -> tuple[DataRequest, ...]:
        """What buyers have asked the tenant's shops for, the newest first."""
        query: Query = {"topic": "customers/data_request", "limit": 50}
        return (await self._owner.get(who, "/v1/privacy-requests", DataRequests, query)).requests

    async def data_of(self, who: Who, request_id: UUID) -> File:
        """What is held of such a buyer, as a file."""
        path = f"/v1/privacy-requests/{request_id}/data"
        return await self._owner.file(who, path, patience=_FETCHING, most=_MOST_BYTES)
