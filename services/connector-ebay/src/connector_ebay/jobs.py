"""Keeps eBay's notifications coming: a destination is marked down after a day, subscriptions end with their consent."""

from __future__ import annotations

from connector_kit.errors import CallFailed
from connector_kit.jobs import KeepSubscriptions
from kit.logs import logger

from connector_ebay.client import Subscriptions

log = logger(__name__)


class KeepNotifications:
    """The job `subscriptions`."""

    def __init__(self, subscriptions: Subscriptions, sellers: KeepSubscriptions) -> None:
        self._subscriptions = subscriptions
        self._sellers = sellers

    async def turn(self) -> None:
        """The application's own first; without its destination there is nothing to subscribe sellers to."""
        try:
            added = await self._subscriptions.ensure_application()
        except CallFailed as failed:
            log.warning("notifications not looked at", error=str(failed), reason=failed.problem.reason)
            return
        if added:
            log.info("subscribed for all sellers", topics=added)
        await self._sellers.turn()
