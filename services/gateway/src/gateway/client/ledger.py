"""The sales-ledger: sales, one sale, its timeline, the day's figures."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.client.base import Owner, Query, Who
from gateway.wire.base import Page
from gateway.wire.sales import Figures, Moment, Sale


class Ledger:
    """Calls to sales-ledger."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def sales(self, who: Who, query: Query) -> Page[Sale]:
        """One page of sales, newest first."""
        return await self._owner.get(who, "/v1/sales", Page[Sale], query)

    async def sale(self, who: Who, sale_id: UUID) -> Sale:
        """One sale. Raises Refused (404)."""
        return await self._owner.get(who, f"/v1/sales/{sale_id}", Sale)

    async def timeline(self, who: Who, sale_id: UUID) -> Page[Moment]:
        """What happened to it, in order of time."""
        return await self._owner.get(who, f"/v1/sales/{sale_id}/timeline", Page[Moment])

    async def figures(self, who: Who, since: datetime) -> Figures:
        """Figures since a time, and the last thirty days."""
        return await self._owner.get(who, "/v1/figures", Figures, {"since": since})
