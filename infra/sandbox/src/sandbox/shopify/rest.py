"""Webhook bodies in the REST shapes: orders, refunds, products, inventory levels, the shop."""

from decimal import Decimal

from sandbox.shopify import naming
from sandbox.truth import ZERO, Account, LineQuantity, Listing, Order, OrderLine, Refund, Shipment

Body = dict[str, object]
LINE_STATUS = {"none": None, "partial": "partial", "all": "fulfilled"}
ADDRESS: Body = {
    "first_name": "Example",
    "address1": "1 Example Street",
    "phone": "+441632960000",
    "city": "London",
    "zip": "EX1 1MP",
    "province": "England",
    "country": "United Kingdom",
    "last_name": "Buyer",
    "address2": "",
    "company": None,
    "latitude": 51.5,
    "longitude": -0.12,
    "name": "Example Buyer",
    "country_code": "GB",
    "province_code": "ENG",
}


def money_set(value: Decimal, currency: str) -> Body:
    money = {"amount": naming.amount(value), "currency_code": currency}
    return {"shop_money": money, "presentment_money": money}


def priced(name: str, value: Decimal, currency: str) -> Body:
    """An amount in both of its forms: `name` and `name_set`."""
    return {name: naming.amount(value), f"{name}_set": money_set(value, currency)}


def tax_rows(value: Decimal, base: Decimal, currency: str) -> list[Body]:
    if value == 0:
        return []
    rate = float(round(value / base, 4)) if base else 0.0
    return [{**priced("price", value, currency), "rate": rate, "title": "VAT", "channel_liable": False}]


def allocation_rows(value: Decimal, currency: str) -> list[Body]:
    """A discount's part on one line, as the order's code makes it."""
    return [{**priced("amount", value, currency), "discount_application_index": 0}] if value else []


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
        "tax_lines": tax_rows(line.tax * line.quantity, line.total, currency),
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
        "status": "success",
        "tracking_company": shipment.courier,
        "tracking_number": shipment.tracking,
        "tracking_numbers": tracking,
        "tracking_url": None,
        "tracking_urls": [],
        "updated_at": at,
        "line_items": [
            {**line_body(order, line), "quantity": part.quantity}
            for line, part in _parts(order, shipment.lines)
        ],
    }


def _parts(order: Order, lines: list[LineQuantity]) -> list[tuple[OrderLine, LineQuantity]]:
    return [(line, part) for part in lines if (line := order.line(part.line))]


def _refund_line(order: Order, refund: Refund, line: OrderLine, part: LineQuantity, location: int) -> Body:
    subtotal = (line.price - line.discount) * part.quantity
    tax = line.tax * part.quantity
    restock = ("cancel" if order.cancelled_at else "return") if refund.restock else "no_restock"
    return {
        "id": int(f"{refund.id}{order.lines.index(line)}"),
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
        "transactions": [_transaction(order, refund)],
        "refund_line_items": lines,
        "duties": [],
        "additional_fees": [],
    }


def refund_body(order: Order, refund: Refund, location: int) -> Body:
    """The body of refunds/create."""
    unsettled = {"amount": "0.0", "currency": order.currency}
    more = {
        "total_unsettled_set": {"presentment_money": unsettled, "shop_money": unsettled},
        "manual_payment_gateway": False,
        "amount_rounding": None,
    }
    transaction = {**_transaction(order, refund), **more}
    rest = refund_in_order(order, refund, location)
    return {**rest, "return": None, "refund_shipping_lines": [], "transactions": [transaction]}


def edit_body(order: Order) -> Body:
    """The body of orders/edited, which tells that an order was edited, not the order."""
    return {
        "order_edit": {
            "id": int(order.id) + 3,
            "order_id": int(order.id),
            "app_id": None,
            "user_id": None,
            "notify_customer": False,
            "staff_note": "",
            "created_at": naming.rest_time(order.updated_at),
            "committed_at": naming.rest_time(order.updated_at),
            "line_items": {"additions": [], "removals": []},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def level_body(account: Account, listing: Listing) -> Body:
    """The body of inventory_levels/update."""
    return {
        "inventory_item_id": naming.item_of(listing),
        "location_id": account.location,
        "available": listing.quantity,
        "updated_at": naming.rest_time(listing.updated_at),
        "admin_graphql_api_id": naming.level_gid(account, listing),
    }


def _variant_body(listing: Listing, position: int) -> Body:
    price = {"amount": naming.amount(listing.price), "currency_code": listing.currency}
    return {
        "id": int(listing.id),
        "product_id": int(listing.product),
        "title": "Default Title",
        "price": naming.amount(listing.price),
        "position": position,
        "inventory_policy": "continue" if listing.policy == "CONTINUE" else "deny",
        "compare_at_price": None,
        "option1": "Default Title",
        "option2": None,
        "option3": None,
        "created_at": naming.rest_time(listing.created_at),
        "updated_at": naming.rest_time(listing.updated_at),
        "taxable": True,
        "barcode": None,
        "fulfillment_service": "manual",
        "grams": 500,
        "inventory_management": None if listing.policy == "UNTRACKED" else "shopify",
        "requires_shipping": True,
        "sku": listing.sku,
        "weight": 0.5,
        "weight_unit": "kg",
        "inventory_item_id": naming.item_of(listing),
        "inventory_quantity": listing.quantity,
        "old_inventory_quantity": listing.quantity,
        "presentment_prices": [{"price": price, "compare_at_price": None}],
        "admin_graphql_api_id": naming.gid("ProductVariant", listing.id),
        "image_id": None,
    }


def product_body(variants: list[Listing]) -> Body:
    """The body of products/update."""
    head = variants[0]
    number = int(head.product)
    option = {
        "id": number + 1,
        "product_id": number,
        "name": "Title",
        "position": 1,
        "values": ["Default Title"],
    }
    return {
        "id": number,
        "title": head.title,
        "body_html": "",
        "vendor": head.account.split(".")[0],
        "product_type": "",
        "created_at": naming.rest_time(head.created_at),
        "handle": "-".join(head.title.lower().split()),
        "updated_at": naming.rest_time(max(x.updated_at for x in variants)),
        "published_at": naming.rest_time(head.created_at) if head.published else None,
        "template_suffix": None,
        "published_scope": "web",
        "tags": "",
        "status": head.state.lower(),
        "admin_graphql_api_id": naming.gid("Product", head.product),
        "variants": [_variant_body(listing, n) for n, listing in enumerate(variants, 1)],
        "options": [option],
        "images": [],
        "image": None,
    }


def shop_body(account: Account) -> Body:
    """The body of app/uninstalled, as far as anybody reads it."""
    return {
        "id": account.number,
        "name": account.name.split(".")[0],
        "email": f"owner@{account.name}",
        "domain": account.name,
        "myshopify_domain": account.name,
        "currency": account.currency,
        "plan_name": "basic",
        "created_at": naming.rest_time(account.opened_at),
    }
