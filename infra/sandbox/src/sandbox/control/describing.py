"""What the control API tells of an order."""

from sandbox.truth import Order, OrderLine, Shipment

Row = dict[str, object]


def describe_order(order: Order) -> Row:
    total, presented = str(order.total), order.presented
    return {
        "seq": order.seq,
        "sale": f"{order.platform}:{order.id}",
        "platform": order.platform,
        "account": order.account,
        "order_id": order.id,
        "order_name": order.name,
        "sold_at": order.sold_at,
        "updated_at": order.updated_at,
        "accepted_at": order.accepted_at,
        "monotonic": order.monotonic,
        "currency": order.currency,
        "total": total,
        "test": order.test,
        "unpaid": order.paid_at is None,
        "channel": order.channel,
        "outstanding": str(order.outstanding),
        "presentment_currency": presented.currency,
        "presentment_total": total if presented is order else str(presented.total),
        "affects_stock": order.affects_stock,
        "payment": order.payment,
        "shipped": order.shipped,
        "refunded": str(order.refunded),
        "cancelled_at": order.cancelled_at,
        "restocked": order.restocked,
        "customer": order.customer.id if order.customer else None,
        "shipments": [_describe_shipment(shipment) for shipment in order.shipments if not shipment.cancelled],
        "lines": [_describe_line(line) for line in order.lines],
    }


def _describe_shipment(shipment: Shipment) -> Row:
    return {
        "shipment": shipment.id,
        "courier": shipment.courier,
        "tracking": shipment.tracking,
        "at": shipment.at,
        "lines": shipment.lines,
    }


def _describe_line(line: OrderLine) -> Row:
    return {
        "line_id": line.id,
        "listing": line.listing,
        "product": line.product,
        "sku": line.sku,
        "quantity": line.quantity,
        "current_quantity": line.current,
        "price": str(line.price),
    }
