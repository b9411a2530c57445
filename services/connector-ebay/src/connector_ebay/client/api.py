"""The calls we make to eBay, typed; none is repeated here, except once with a new token after a 401."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote

import httpx
from kit import telemetry
from pydantic import BaseModel

from connector_ebay.client.http import EbayRefusedError, Seller, accepted, read
from connector_ebay.client.tokens import Tokens
from connector_ebay.wire.notifications import PublicKey
from connector_ebay.wire.oauth import User
from connector_ebay.wire.offers import (
    InventoryPage,
    ListingReference,
    Offer,
    OfferPage,
    QuantityResult,
    QuantityResults,
)
from connector_ebay.wire.orders import Fulfillment, FulfillmentPage, OrderBody, OrderPage

W = TypeVar("W", bound=BaseModel)

ORDERS_PER_PAGE = 200
ITEMS_PER_PAGE = 100
UNAVAILABLE_OFFER = 25713
"""getOffers answers 404 with this id for a SKU that has none."""


class Ebay:
    """eBay's REST APIs for one application. Each method is one call, named as eBay names it."""

    def __init__(self, http: httpx.AsyncClient, api: str, tokens: Tokens) -> None:
        self._http = http
        self._api = api.rstrip("/")
        self.tokens = tokens

    async def get_user(self, access_token: str) -> User:
        """Who a token belongs to."""
        headers = {"Authorization": f"Bearer {access_token}"}
        response = await self._http.get(f"{self._api}/commerce/identity/v1/user/", headers=headers)
        return read("getUser", response, User)

    async def get_public_key(self, kid: str) -> PublicKey:
        """The key eBay signs notifications with. `kid` must have been checked to be a plain token."""
        path = f"/commerce/notification/v1/public_key/{quote(kid, safe='')}"
        return await self.call("getPublicKey", None, "GET", path, PublicKey)

    async def get_orders(self, seller: Seller, since: datetime, offset: int) -> OrderPage:
        """One page of the orders changed since then; no order is promised, and `offset` counts records."""
        window = f"lastmodifieddate:[{_instant(since)}..]"
        # quote() encodes [ ] as eBay demands; httpx would leave them in a params value.
        path = f"/sell/fulfillment/v1/order?filter={quote(window, safe='')}&limit={ORDERS_PER_PAGE}&offset={offset}"
        return await self.call("getOrders", seller, "GET", path, OrderPage)

    async def get_order(self, seller: Seller, order_id: str) -> OrderBody:
        """One order, with its cancel requests, which getOrders leaves out; read by `read_order`."""
        path = f"/sell/fulfillment/v1/order/{quote(order_id, safe='')}"
        return await self.call("getOrder", seller, "GET", path, OrderBody)

    async def get_shipping_fulfillments(self, seller: Seller, order_id: str) -> tuple[Fulfillment, ...]:
        """All parcels of an order."""
        path = f"/sell/fulfillment/v1/order/{quote(order_id, safe='')}/shipping_fulfillment"
        return (await self.call("getShippingFulfillments", seller, "GET", path, FulfillmentPage)).fulfillments

    async def get_inventory_items(self, seller: Seller, page: int) -> InventoryPage:
        """One page of the seller's SKUs; eBay's `offset` is the page number here."""
        path = f"/sell/inventory/v1/inventory_item?limit={ITEMS_PER_PAGE}&offset={page}"
        return await self.call("getInventoryItems", seller, "GET", path, InventoryPage)

    async def get_offers(self, seller: Seller, sku: str) -> tuple[Offer, ...]:
        """The offers of a SKU, empty when it has none."""
        path = f"/sell/inventory/v1/offer?sku={quote(sku, safe='')}&limit=100"
        try:
            return (await self.call("getOffers", seller, "GET", path, OfferPage)).offers
        except EbayRefusedError as error:
            if error.status == 404 and UNAVAILABLE_OFFER in error.error_ids:
                return ()
            raise

    async def get_offer(self, seller: Seller, offer_id: str) -> Offer:
        """One offer as it is now."""
        return await self.call("getOffer", seller, "GET", _offer(offer_id), Offer)

    async def withdraw_offer(self, seller: Seller, offer_id: str) -> str | None:
        """End the offer's listing; the offer stays, unpublished. Answers the ended listing's id."""
        path = f"{_offer(offer_id)}/withdraw"
        return (await self.call("withdrawOffer", seller, "POST", path, ListingReference)).listing_id

    async def publish_offer(self, seller: Seller, offer_id: str) -> str | None:
        """List an unpublished offer again, under a new listing id."""
        path = f"{_offer(offer_id)}/publish"
        return (await self.call("publishOffer", seller, "POST", path, ListingReference)).listing_id

    async def update_quantity(self, seller: Seller, sku: str, offer_id: str, quantity: int) -> None:
        """Set how many units one offer shows. Raises EbayRefusedError for a refusal inside a 200 or 207 too."""
        change = {
            "sku": sku,
            "shipToLocationAvailability": {"quantity": quantity},
            "offers": [{"offerId": offer_id, "availableQuantity": quantity}],
        }
        path = "/sell/inventory/v1/bulk_update_price_quantity"
        body: dict[str, object] = {"requests": [change]}
        results = await self.call("bulkUpdatePriceQuantity", seller, "POST", path, QuantityResults, body)
        for result in results.responses:
            _raise_if_refused(result)

    async def call(
        self,
        operation: str,
        seller: Seller | None,
        method: str,
        path: str,
        model: type[W],
        body: dict[str, object] | None = None,
    ) -> W:
        """One call with a typed answer; `seller` None calls as the application."""
        return read(operation, await self._sent(seller, method, path, body), model)

    async def done(
        self, operation: str, seller: Seller | None, method: str, path: str, body: dict[str, object]
    ) -> None:
        """One call whose answer has no content. Raises EbayRefusedError."""
        accepted(operation, await self._sent(seller, method, path, body))

    async def _sent(
        self, seller: Seller | None, method: str, path: str, body: dict[str, object] | None
    ) -> httpx.Response:
        response = await self._send(seller, method, path, body)
        if response.status_code == 401:
            self.tokens.forget(seller)
            response = await self._send(seller, method, path, body)
        return response

    async def _send(
        self, seller: Seller | None, method: str, path: str, body: dict[str, object] | None
    ) -> httpx.Response:
        token = await (self.tokens.user(seller) if seller else self.tokens.application())
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Content-Language": "en-US",
        }
        traceparent = telemetry.current_traceparent()
        if traceparent is not None:
            headers["traceparent"] = traceparent
        return await self._http.request(method, f"{self._api}{path}", headers=headers, json=body)


def _raise_if_refused(result: QuantityResult) -> None:
    if result.status_code >= 400 or result.errors:
        raise EbayRefusedError("bulkUpdatePriceQuantity", max(result.status_code, 400), result.errors)


def _offer(offer_id: str) -> str:
    return f"/sell/inventory/v1/offer/{quote(offer_id, safe='')}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
