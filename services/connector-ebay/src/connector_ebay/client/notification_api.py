"""eBay's Notification API, typed; each method is one call, or a reading to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar
from urllib.parse import quote

from connector_ebay.client.api import Ebay
from connector_ebay.client.http import EbayRefusedError, Seller
from connector_ebay.wire.subscriptions import (
    Destination,
    DestinationPage,
    NotificationConfig,
    Subscription,
    SubscriptionPage,
    Topic,
)

_BASE = "/commerce/notification/v1"
_PAGE = 100
Body = dict[str, object]
Page = TypeVar("Page", DestinationPage, SubscriptionPage)


class NotificationApi:
    """Destinations and what is sent to them. A `seller` of None is the application itself."""

    def __init__(self, ebay: Ebay) -> None:
        self._ebay = ebay

    async def get_topic(self, topic_id: str) -> Topic:
        """What a topic is, and in which forms it is sent."""
        path = f"{_BASE}/topic/{quote(topic_id, safe='')}"
        return await self._ebay.call("getTopic", None, "GET", path, Topic)

    async def get_config(self) -> NotificationConfig:
        """Whom eBay writes to; nobody until it was told."""
        try:
            return await self._ebay.call("getConfig", None, "GET", f"{_BASE}/config", NotificationConfig)
        except EbayRefusedError as error:
            if error.status == 404:
                return NotificationConfig()
            raise

    async def update_config(self, alert_email: str) -> None:
        """Say whom eBay writes to when it can't deliver."""
        body: Body = {"alertEmail": alert_email}
        await self._ebay.done("updateConfig", None, "PUT", f"{_BASE}/config", body)

    async def get_destinations(self) -> list[Destination]:
        """All destinations of the application."""
        pages = self._pages("getDestinations", None, "destination", DestinationPage)
        return [each async for page in pages for each in page.destinations]

    async def create_destination(self, body: Body) -> None:
        """Register a destination; eBay challenges its address before it answers."""
        await self._ebay.done("createDestination", None, "POST", f"{_BASE}/destination", body)

    async def update_destination(self, destination_id: str, body: Body) -> None:
        """Change a destination, or put one that was marked down back to work; it is challenged again."""
        path = f"{_BASE}/destination/{quote(destination_id, safe='')}"
        await self._ebay.done("updateDestination", None, "PUT", path, body)

    async def get_subscriptions(self, seller: Seller | None) -> list[Subscription]:
        """All subscriptions of the application, or of a seller to it."""
        pages = self._pages("getSubscriptions", seller, "subscription", SubscriptionPage)
        return [each async for page in pages for each in page.subscriptions]

    async def create_subscription(self, seller: Seller | None, body: Body) -> None:
        """Have a topic sent to a destination."""
        await self._ebay.done("createSubscription", seller, "POST", f"{_BASE}/subscription", body)

    async def update_subscription(self, seller: Seller | None, subscription_id: str, body: Body) -> None:
        """Point a subscription at another destination, or enable it."""
        path = f"{_BASE}/subscription/{quote(subscription_id, safe='')}"
        await self._ebay.done("updateSubscription", seller, "PUT", path, body)

    async def _pages(
        self, operation: str, seller: Seller | None, what: str, kind: type[Page]
    ) -> AsyncIterator[Page]:
        """Every page of a listing, by eBay's continuation tokens."""
        path = more = f"{_BASE}/{what}?limit={_PAGE}"
        while True:
            page = await self._ebay.call(operation, seller, "GET", more, kind)
            yield page
            if page.token is None:
                return
            more = f"{path}&continuation_token={quote(page.token, safe='')}"
