"""eBay's bodies in their real shapes, written for these tests."""

from __future__ import annotations

import json

JsonObject = dict[str, object]


def money(value: str) -> JsonObject:
    return {"value": value, "currency": "GBP"}


def line(line_id: str = "1", sku: str = "A", cost: str = "1.0", **changes: object) -> JsonObject:
    return {
        "lineItemId": line_id,
        "legacyItemId": f"200000{line_id}",
        "sku": sku,
        "title": f"article {sku}",
        "lineItemCost": money(cost),
        "quantity": 1,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": "EBAY_GB",
        "purchaseMarketplaceId": "EBAY_GB",
        "lineItemFulfillmentStatus": "NOT_STARTED",
        "deliveryCost": {"shippingCost": money("0.0")},
        "appliedPromotions": [],
        "taxes": [],
    } | changes


def order(*lines: JsonObject, fee: str = "0.10", **changes: object) -> JsonObject:
    return {
        "orderId": "25-00000-00001",
        "legacyOrderId": "25-00000-00001",
        "creationDate": "2026-06-29T22:24:02.000Z",
        "lastModifiedDate": "2026-06-29T22:30:27.000Z",
        "orderFulfillmentStatus": "NOT_STARTED",
        "orderPaymentStatus": "PAID",
        "sellerId": "example_seller",
        "cancelStatus": {"cancelState": "NONE_REQUESTED", "cancelRequests": []},
        "paymentSummary": {
            "refunds": [],
            "payments": [{"paymentDate": "2026-06-29T22:24:03.072Z", "paymentStatus": "PAID"}],
        },
        "lineItems": list(lines) or [line()],
        "totalMarketplaceFee": money(fee),
    } | changes


def confirmation(order_id: str, *lines: str, user_id: str = "SELLER-1", notification: str = "n-1") -> bytes:
    ordered = [{"orderLineItemId": n, "listingId": f"200000{n}", "quantity": 1} for n in lines]
    body = {
        "metadata": {"topic": "ORDER_CONFIRMATION", "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": notification,
            "eventDate": "2026-06-29T22:20:46.298Z",
            "publishDate": "2026-06-29T22:20:46.602Z",
            "publishAttemptCount": 1,
            "data": {
                "user": {"userId": user_id, "username": "example_seller"},
                "order": {"orderId": order_id, "orderLineItems": ordered},
            },
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()
