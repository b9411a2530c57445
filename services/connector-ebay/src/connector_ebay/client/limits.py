"""What a call draws from, and how much each limit allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from connector_kit.budget import Budgets, Lane, Limit

REVISIONS_PER_DAY = 250
"""eBay's limit per listing and calendar day. A bucket of half that fills half a day's worth in a day: never more in any 24 h."""
NOTIFICATIONS_PER_DAY = 10_000.0
"""Calls of the Notification API, of all sellers together."""
_DAY = 86_400.0


@dataclass(frozen=True)
class Pace:
    """The two limits every call has: the application's, shared by all tenants, and the seller's."""

    application_per_day: float
    user_per_second: float


class Limits:
    """Draws a call's points from the budget rows."""

    def __init__(self, budgets: Budgets, pace: Pace) -> None:
        self._budgets = budgets
        self._application = Limit(
            "ebay:application", pace.application_per_day / 24, pace.application_per_day / _DAY
        )
        self._per_second = pace.user_per_second

    async def draw(self, account_id: UUID, lane: Lane, calls: int = 1) -> None:
        """Wait for the points of some calls. Raises CallFailed (rate limited) when the lane's patience ends."""
        user = Limit(_scope(account_id), self._per_second * 10, self._per_second)
        await self._budgets.draw([(self._application, calls), (user, calls)], lane)

    async def pause(self, account_id: UUID, pause: timedelta) -> None:
        """eBay asked to slow down: nobody calls for this seller before, whatever for."""
        await self._budgets.block(_scope(account_id), pause)

    async def draw_notification(self, calls: int = 1) -> None:
        """Wait for the points of some calls of the Notification API, which has a limit of its own."""
        limit = Limit("ebay:notification", NOTIFICATIONS_PER_DAY / 24, NOTIFICATIONS_PER_DAY / _DAY)
        await self._budgets.draw([(self._application, calls), (limit, calls)], Lane.ORDERS)

    async def draw_revision(self, offer_id: str, lane: Lane) -> None:
        """Count one revision of one listing. Raises CallFailed (rate limited) once the day's are used up."""
        half = REVISIONS_PER_DAY / 2
        await self._budgets.draw([(Limit(f"ebay:revisions:{offer_id}", half, half / _DAY), 1)], lane)


def _scope(account_id: UUID) -> str:
    return f"ebay:user:{account_id}"
