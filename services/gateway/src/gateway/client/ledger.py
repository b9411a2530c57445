"""The sales-ledger: sales, one sale, its timeline, sums and balances."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from gateway.client.base import Owner, Query, Who
from gateway.wire.base import Page
from gateway.wire.sales import Balance, Day, Decided, Sale, Timeline, Total


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

    async def timeline(self, who: Who, sale_id: UUID) -> Timeline:
        """What happened to it, in order of time."""
        return await self._owner.get(who, f"/v1/sales/{sale_id}/timeline", Timeline)

    async def totals(self, who: Who, since: datetime) -> tuple[Total, ...]:
        """Count and sums of the sales since a time, per currency."""
        return await self._owner.get(who, "/v1/sales/totals", tuple[Total, ...], {"since": since})

    async def by_day(self, who: Who, since: datetime) -> tuple[Day, ...]:
        """Sales of each day and platform since a time."""
        return await self._owner.get(who, "/v1/sales/by-day", tuple[Day, ...], {"since": since})

    async def give_fees(self, who: Who, sale_ids: list[UUID], fees: Decimal | None) -> tuple[Decided, ...]:
        """Say what was kept of sales whose marketplace has told no fees; None waits for its word again."""
        said: dict[str, object] = {"undo": True} if fees is None else {"fees": str(fees)}
        body = {"sale_ids": [str(sale_id) for sale_id in sale_ids], **said}
        return await self._owner.post(who, "/v1/sales/fees", tuple[Decided, ...], body)

    async def balances(self, who: Who) -> tuple[Balance, ...]:
        """Every account of the books."""
        return await self._owner.get(who, "/v1/books/balances", tuple[Balance, ...])
