"""What an order's body is made of: lines, fulfilments, refunds."""

from sandbox.shopify import naming
from sandbox.shopify.rest.values import (
    LINE_STATUS,
    Body,
    address,
    allocation_rows,
    buyer_of,
    money_set,
    priced,
    tax_rows,
    with_presentment,
)
from sandbox.truth import ZERO, LineQuantity, Order, OrderLine, Refund, Shipment


def line_body(order: Order, line: OrderLine) -> Body:
    currency = order.currency
    left = max(0, line.current - line.shipped)
    sent = "none" if line.shipped == 0 else ("all" if left == 0 else "partial")
    return {
        "id": int(line.id),
        "admin_graphql_api_id": naming.gid("LineItem", line.id),
        "attributed_staffs": [],
        "current_quantity": line.current,
        "fulfillable_quantity": left,
        "fulfillment_service": "manual",
        "fulfillment_status": LINE_STATUS[sent],
        "gift_card": False,
        "grams": 500,
        "name": line.title,
        **priced("price", line.price, currency),
        "product_exists": True,
        "product_id": int(line.product),
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": True,
        "sku": line.sku,
        "taxable": True,
        "title": line.title,
        **priced("total_discount", ZERO, currency),
        "variant_id": int(line.listing),
        "variant_inventory_management": "shopify",
        "variant_title": None,
        "vendor": order.account.split(".")[0],
        "tax_lines": tax_rows(line.tax * line.quantity, line.taxed, currency),
        "duties": [],
        "discount_allocations": allocation_rows(line.discount * line.quantity, currency),
    }


def fulfillment_body(order: Order, shipment: Shipment) -> Body:
    at = naming.rest_time(shipment.at)
    tracking = [shipment.tracking] if shipment.tracking else []
    return {
        "id": int(shipment.id),
        "admin_graphql_api_id": naming.gid("Fulfillment", shipment.id),
        "created_at": at,
        "location_id": None,
        "name": f"{order.name}.{order.shipments.index(shipment) + 1}",
        "order_id": int(order.id),
        "origin_address": {},
        "receipt": {},
        "service": "manual",
        "shipment_status": None,
        "status": "cancelled" if shipment.cancelled else "success",
        "tracking_company": shipment.courier,
        "tracking_number": shipment.tracking,
        "tracking_numbers": tracking,
        "tracking_url": None,
        "tracking_urls": [],
        "updated_at": naming.rest_time(shipment.updated_at or shipment.at),
        "line_items": [
            {**line_body(order, line), "quantity": part.quantity}
            for line, part in _parts(order, shipment.lines)
        ],
    }


def shipment_body(order: Order, shipment: Shipment) -> Body:
    """The body of fulfillments/*: a fulfilment with whom it goes to."""
    presented = order.presented
    body = fulfillment_body(order, shipment)
    if presented is not order:
        body = with_presentment(body, fulfillment_body(presented, shipment))
    return {**body, "email": buyer_of(order).email, "destination": address(order)}


def _parts(order: Order, lines: list[LineQuantity]) -> list[tuple[OrderLine, LineQuantity]]:
    return [(line, part) for part in lines if (line := order.line(part.line))]


def _refund_line(order: Order, refund: Refund, line: OrderLine, part: LineQuantity, location: int) -> Body:
    subtotal = (line.price - line.discount) * part.quantity
    tax = line.tax * part.quantity
    restock = ("cancel" if order.cancelled_at else "return") if refund.restock else "no_restock"
    return {
        "id": int(naming.part_number(refund.id, order.lines.index(line))),
        "line_item_id": int(line.id),
        "location_id": location if refund.restock else None,
        "quantity": part.quantity,
        "restock_type": restock,
        "subtotal": float(subtotal),
        "subtotal_set": money_set(subtotal, order.currency),
        "total_tax": float(tax),
        "total_tax_set": money_set(tax, order.currency),
        "line_item": line_body(order, line),
    }


def _transaction(order: Order, refund: Refund) -> Body:
    at = naming.rest_time(refund.at)
    return {
        "id": int(refund.id) + 1_000_000_000,
        "admin_graphql_api_id": naming.gid("OrderTransaction", int(refund.id) + 1_000_000_000),
        "amount": naming.amount(refund.amount),
        "authorization": None,
        "created_at": at,
        "currency": order.currency,
        "device_id": None,
        "error_code": None,
        "gateway": "bogus" if order.test else "shopify_payments",
        "kind": "refund",
        "location_id": None,
        "message": "Transaction approved",
        "order_id": int(order.id),
        "parent_id": int(order.id),
        "payment_id": f"{order.name}.{refund.id}",
        "processed_at": at,
        "receipt": {},
        "source_name": "web",
        "status": "success",
        "test": order.test,
        "user_id": None,
    }


def refund_in_order(order: Order, refund: Refund, location: int) -> Body:
    at = naming.rest_time(refund.at)
    lines = [_refund_line(order, refund, line, part, location) for line, part in _parts(order, refund.lines)]
    return {
        "id": int(refund.id),
        "admin_graphql_api_id": naming.gid("Refund", refund.id),
        "created_at": at,
        "note": refund.note or None,
        "order_id": int(order.id),
        "processed_at": at,
        "restock": refund.restock,
        "total_additional_fees_set": money_set(ZERO, order.currency),
        "total_duties_set": money_set(ZERO, order.currency),
        "user_id": None,
        "order_adjustments": [],
        "transactions": [_transaction(order, refund)] if refund.amount else [],
        "refund_line_items": lines,
        "duties": [],
        "additional_fees": [],
    }


def refund_body(order: Order, refund: Refund, location: int) -> Body:
    """The body of refunds/create."""
    presented = order.presented
    body = _refund_body(order, refund, location)
    if presented is order:
        return body
    same = next(x for x in presented.refunds if x.id == refund.id)
    return with_presentment(body, _refund_body(presented, same, location))


def _refund_body(order: Order, refund: Refund, location: int) -> Body:
    unsettled = {"amount": "0.0", "currency": order.currency}
    more = {
        "total_unsettled_set": {"presentment_money": unsettled, "shop_money": unsettled},
        "manual_payment_gateway": False,
        "amount_rounding": None,
    }
    transaction = {**_transaction(order, refund), **more}
    rest = refund_in_order(order, refund, location)
    return {**rest, "return": None, "refund_shipping_lines": [], "transactions": [transaction]}
