"""Resolvers of what was sent and what was given back, with the units of each."""

from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import context_of
from sandbox.shopify.places import location_row
from sandbox.shopify.sold.values import (
    bag,
    line_value,
    page_of,
    part_money,
    parts,
    refund_value,
    time_or_none,
    transaction,
)

FIELDS: dict[str, dict[str, Any]] = {
    "Fulfillment": {
        "id": lambda x, _: naming.gid("Fulfillment", x.shipment.id),
        "legacyResourceId": lambda x, _: x.shipment.id,
        "createdAt": lambda x, _: time_or_none(x.shipment.at),
        "updatedAt": lambda x, _: time_or_none(x.shipment.updated_at or x.shipment.at),
        "displayStatus": lambda x, _: "CANCELED" if x.shipment.cancelled else "FULFILLED",
        "status": lambda x, _: "CANCELLED" if x.shipment.cancelled else "SUCCESS",
        "name": lambda x, _: f"{x.order.name}-F{x.order.shipments.index(x.shipment) + 1}",
        "totalQuantity": lambda x, _: sum(part.quantity for part in x.shipment.lines),
        "trackingInfo": lambda x, _info, **_: [
            {"company": x.shipment.courier, "number": x.shipment.tracking, "url": None}
        ],
        "fulfillmentLineItems": lambda x, _info, **args: page_of(
            parts(x.order, x.shipment.id, x.shipment.lines), args
        ),
    },
    "FulfillmentLineItem": {
        "id": lambda p, _: naming.gid("FulfillmentLineItem", p.number),
        "lineItem": lambda p, _: p.line,
        "originalTotalSet": part_money(lambda line: line.price),
        "discountedTotalSet": part_money(lambda line: line.price - line.discount),
    },
    "Refund": {
        "id": lambda x, _: naming.gid("Refund", x.refund.id),
        "legacyResourceId": lambda x, _: x.refund.id,
        "createdAt": lambda x, _: time_or_none(x.refund.at),
        "updatedAt": lambda x, _: time_or_none(x.refund.at),
        "processedAt": lambda x, _: time_or_none(x.refund.at),
        "note": lambda x, _: x.refund.note or None,
        "totalRefundedSet": lambda x, _: bag(x.order, refund_value(x.refund.id)),
        "refundLineItems": lambda x, _info, **args: page_of(
            parts(x.order, x.refund.id, x.refund.lines, x.refund.restock), args
        ),
        "transactions": lambda x, _info, **args: page_of(
            [
                transaction(
                    x.order,
                    x.refund.id,
                    "REFUND",
                    refund_value(x.refund.id),
                    naming.graph_time(x.refund.at),
                )
            ]
            if x.refund.amount
            else [],
            args,
        ),
    },
    "RefundLineItem": {
        "id": lambda p, _: naming.gid("RefundLineItem", p.number),
        "lineItem": lambda p, _: p.line,
        "location": lambda p, info: location_row(context_of(info).account) if p.restocked else None,
        "priceSet": lambda p, _: bag(p.line.order, line_value(p.line.line.id, lambda line: line.price)),
        "subtotalSet": part_money(lambda line: line.price - line.discount),
        "totalTaxSet": part_money(lambda line: line.tax),
        "restockType": lambda p, _: ("CANCEL" if p.cancelled else "RETURN") if p.restocked else "NO_RESTOCK",
    },
}
