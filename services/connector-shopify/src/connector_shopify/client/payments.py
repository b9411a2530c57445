"""Reading payouts and what they cover, in pages that fit the shop's bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TypeVar

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.errors import AMBIGUOUS, CallFailed, read_only
from pydantic import BaseModel

from connector_shopify.client.http import Admin
from connector_shopify.client.position import Position
from connector_shopify.client.problems import TOO_DEAR
from connector_shopify.wire.payments import Movement, Payout, PayoutsData, TransactionsData, movements_of

M = TypeVar("M", bound=BaseModel)
_START = "0"


class Payments:
    """Reads what Shopify Payments paid out. Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def payouts(self, account: Account, since: datetime) -> AsyncIterator[tuple[Payout, ...]]:
        """Payouts issued at or after `since`, the oldest first, in pages; none of a shop without Shopify Payments."""
        query = f"issued_at:>='{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
        cursor: str | None = None
        while True:
            data = await self._page(account, "Payouts", query, cursor, PayoutsData)
            if data.shopify_payments_account is None:
                return
            page = data.shopify_payments_account.payouts
            yield tuple(node.normalised() for node in page.nodes)
            if page.cursor is None:
                return
            cursor = _further(cursor, page.cursor)

    async def movements(self, account: Account, payout_id: str) -> tuple[Movement, ...]:
        """The balance transactions a payout covers, each once."""
        found: dict[str, Movement] = {}
        position: Position | None = Position(_START)
        while position is not None:
            query = f"payments_transfer_id:{payout_id}"
            query += "" if position.anchor == _START else f" id:>{position.anchor}"
            data = await self._page(account, "BalanceTransactions", query, position.after, TransactionsData)
            if data.shopify_payments_account is None:
                break
            page = data.shopify_payments_account.balance_transactions
            found |= {movement.transaction_id: movement for movement in movements_of(page.nodes)}
            if page.cursor is not None:
                _further(position.after, page.cursor)
            position = position.beyond(
                len(page.nodes), page.cursor, page.nodes[-1].id if page.nodes else None
            )
        return tuple(found.values())

    async def _page(
        self, account: Account, operation: str, query: str, after: str | None, shape: type[M]
    ) -> M:
        limits = self._admin.limits
        while True:
            size = limits.page_size(account.address, operation)
            variables = {"first": size, "after": after, "query": query}
            try:
                return await self._admin.read(account, operation, variables, shape, Lane.SYNC)
            except CallFailed as failed:
                if failed.problem.code != TOO_DEAR.code or size == 1:
                    raise
                limits.too_dear(operation)


def _further(cursor: str | None, following: str) -> str:
    """The next page's cursor. One that leads back to the same page would never end."""
    if following == cursor:
        raise CallFailed(read_only(AMBIGUOUS), f"the page after {cursor} is that page again")
    return following
