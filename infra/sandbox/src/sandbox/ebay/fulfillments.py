"""Shipping fulfilments of an order: what was sent, with whom and under which number."""

from sandbox.ebay.orders import DOMAIN, own_order
from sandbox.ebay.replies import Body, EbayError, time_text
from sandbox.truth import Account, LineQuantity, Shipment, UnknownLine, World
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
        raise EbayError(
            400, 32210, "The trackingNumber and shippingCarrierCode are required together.", DOMAIN
        )
    if number and not number.isalnum():
        raise EbayError(400, 32220, "The trackingNumber may hold only letters and digits.", DOMAIN)
    rows = given.get("lineItems")
    lines = (
        [LineQuantity(str(r.get("lineItemId")), int(r.get("quantity") or 1)) for r in rows]
        if isinstance(rows, list)
        else []
    )
    try:
        ship(world, order, carrier, number, lines)
    except UnknownLine as error:
        raise EbayError(400, 32110, f"Invalid line item ID: {error}", DOMAIN) from error
    path = f"https://api.ebay.com/sell/fulfillment/v1/order/{order.id}/shipping_fulfillment/{number or '999'}"
    return Reply(201, b"", {"location": path})
