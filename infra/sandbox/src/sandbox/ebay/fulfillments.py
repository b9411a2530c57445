"""Shipping fulfilments of an order: what was sent, with whom and under which number."""

from sandbox.ebay.orders import DOMAIN, own_order
from sandbox.ebay.replies import Body, EbayError, is_whole, time_text
from sandbox.truth import Account, LineQuantity, NotPossible, Shipment, UnknownLine, World
from sandbox.truth.sales import ship
from sandbox.web import Reply, Request


def get_fulfillments(world: World, account: Account, order_id: str) -> Reply:
    rows = [_fulfillment(shipment) for shipment in own_order(world, account, order_id).shipments]
    return Reply.json({"fulfillments": rows, "total": len(rows)})


def _fulfillment(shipment: Shipment) -> Body:
    return {
        "fulfillmentId": shipment.tracking or "999",
        "shipmentTrackingNumber": shipment.tracking,
        "shippingCarrierCode": shipment.courier,
        "shippedDate": time_text(shipment.at),
        "lineItems": [{"lineItemId": part.line, "quantity": part.quantity} for part in shipment.lines],
    }


def create_fulfillment(world: World, account: Account, order_id: str, request: Request) -> Reply:
    order, given = own_order(world, account, order_id), request.json or {}
    carrier, number = str(given.get("shippingCarrierCode") or ""), str(given.get("trackingNumber") or "")
    if bool(carrier) != bool(number):
        raise EbayError(400, 32300, "Invalid shipment tracking number or carrier", DOMAIN)
    if number and not number.isalnum():
        raise EbayError(400, 32300, "Invalid shipment tracking number or carrier", DOMAIN)
    try:
        ship(world, order, carrier, number, [_part(row) for row in _rows(given)])
    except UnknownLine as error:
        raise EbayError(400, 32200, f"Invalid line item id: {error}", DOMAIN) from error
    except NotPossible as error:
        raise EbayError(400, 32600, "Invalid input data", DOMAIN) from error
    path = f"https://api.ebay.com/sell/fulfillment/v1/order/{order.id}/shipping_fulfillment/{number or '999'}"
    return Reply(201, b"", {"location": path})


def _rows(given: Body) -> list[object]:
    rows = given.get("lineItems") or []
    if not isinstance(rows, list):
        raise EbayError(400, 32600, "Invalid input data", DOMAIN)
    return rows


def _part(row: object) -> LineQuantity:
    line = row.get("lineItemId") if isinstance(row, dict) else None
    quantity = row.get("quantity", 1) if isinstance(row, dict) else None
    if not isinstance(line, str) or not is_whole(quantity):
        raise EbayError(400, 32600, "Invalid input data", DOMAIN)
    return LineQuantity(line, quantity)
