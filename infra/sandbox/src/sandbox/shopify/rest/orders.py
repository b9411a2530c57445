"""Bodies of orders/*: the order itself, and the word that it was edited."""

import hashlib
from decimal import Decimal

from sandbox.shopify import naming
from sandbox.shopify.rest.parts import fulfillment_body, line_body, refund_in_order
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
from sandbox.truth import ZERO, Account, Edit, Order

UNKNOWN_OF_BUYER = (
    "accept_language",
    "browser_height",
    "browser_ip",
    "browser_width",
    "session_hash",
    "user_agent",
)


def order_body(account: Account, order: Order) -> Body:
    presented = order.presented
    body = _body(account, order)
    return body if presented is order else with_presentment(body, _body(account, presented))


def _body(account: Account, order: Order) -> Body:
    """The order in one money, whose amounts stand for both."""
    number = int(order.name.lstrip("#"))
    token = hashlib.md5(order.id.encode(), usedforsecurity=False).hexdigest()
    return {
        "id": int(order.id),
        "admin_graphql_api_id": naming.gid("Order", order.id),
        **_constants(token),
        "taxes_included": order.taxes_included,
        "contact_email": buyer_of(order).email,
        "email": buyer_of(order).email,
        "phone": buyer_of(order).phone,
        **_states(order),
        **_amounts(order),
        "currency": order.currency,
        "presentment_currency": order.currency,
        "name": order.name,
        "number": number - 1000,
        "order_number": number,
        "order_status_url": f"https://{order.account}/{account.number}/orders/{token}/authenticate?key=example",
        "payment_gateway_names": ["bogus" if order.test else "shopify_payments"],
        "location_id": account.location if order.channel == "pos" else None,
        "source_name": order.channel,
        "test": order.test,
        "token": token,
        "customer": _customer(order),
        "billing_address": address(order),
        "shipping_address": address(order),
        "fulfillments": [fulfillment_body(order, shipment) for shipment in order.shipments],
        "line_items": [line_body(order, line) for line in order.lines],
        "refunds": [refund_in_order(order, refund, account.location) for refund in order.refunds],
        "shipping_lines": _shipping_lines(order),
        "tax_lines": tax_rows(order.tax, order.taxed, order.currency),
    }


def _states(order: Order) -> Body:
    sold_at = naming.rest_time(order.sold_at)
    return {
        "cancel_reason": order.cancel_reason.lower() if order.cancel_reason else None,
        "cancelled_at": naming.rest_time(order.cancelled_at) if order.cancelled_at else None,
        "closed_at": None,
        "created_at": sold_at,
        "processed_at": sold_at,
        "updated_at": naming.rest_time(order.updated_at),
        "financial_status": order.payment,
        "fulfillment_status": LINE_STATUS[order.shipped],
    }


def _amounts(order: Order) -> Body:
    currency = order.currency
    discounts = sum((line.discount * line.quantity for line in order.lines), ZERO)
    listed = sum((line.price * line.quantity for line in order.lines), ZERO)
    current = sum(((line.price - line.discount) * line.current for line in order.lines), ZERO)
    current_tax = sum((line.tax * line.current for line in order.lines), order.shipping_tax)
    zero = money_set(ZERO, currency)
    return {
        **priced("current_subtotal_price", current, currency),
        **priced("current_total_discounts", discounts, currency),
        **priced("current_total_price", order.current_total, currency),
        **priced("current_total_tax", current_tax, currency),
        **priced("subtotal_price", order.subtotal, currency),
        **priced("total_discounts", discounts, currency),
        **priced("total_line_items_price", listed, currency),
        **priced("total_price", order.total, currency),
        **priced("total_tax", order.tax, currency),
        "total_shipping_price_set": money_set(order.shipping + order.shipping_discount, currency),
        "total_outstanding": naming.amount(order.outstanding),
        "total_tip_received": "0.00",
        "total_weight": 0,
        "total_cash_rounding_payment_adjustment_set": zero,
        "total_cash_rounding_refund_adjustment_set": zero,
        "discount_codes": _codes(discounts),
        "discount_applications": _applications(discounts),
    }


def _codes(discounts: Decimal) -> list[Body]:
    return (
        [{"code": "EXAMPLE", "amount": naming.amount(discounts), "type": "fixed_amount"}] if discounts else []
    )


def _applications(discounts: Decimal) -> list[Body]:
    if not discounts:
        return []
    kind = {"target_type": "line_item", "type": "discount_code", "value_type": "fixed_amount"}
    scope = {"allocation_method": "across", "target_selection": "all", "code": "EXAMPLE"}
    return [{**kind, **scope, "value": naming.amount(discounts)}]


def _shipping_lines(order: Order) -> list[Body]:
    if not order.shipping and not order.shipping_discount:
        return []
    return [
        {
            "id": int(order.id) + 1,
            "carrier_identifier": None,
            "code": "Standard",
            **priced("discounted_price", order.shipping, order.currency),
            "is_removed": False,
            "phone": None,
            **priced("price", order.shipping + order.shipping_discount, order.currency),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "title": "Standard",
            "tax_lines": tax_rows(order.shipping_tax, _shipping_taxed(order), order.currency),
            "discount_allocations": allocation_rows(order.shipping_discount, order.currency),
        }
    ]


def _shipping_taxed(order: Order) -> Decimal:
    return order.shipping - (order.shipping_tax if order.taxes_included else ZERO)


def _customer(order: Order) -> Body:
    at = naming.rest_time(order.sold_at)
    buyer = buyer_of(order)
    number = int(buyer.id)
    where = {key: value for key, value in address(order).items() if key not in ("latitude", "longitude")}
    return {
        "id": number,
        "email": buyer.email,
        "created_at": at,
        "updated_at": at,
        "first_name": buyer.first_name,
        "last_name": buyer.last_name,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "phone": buyer.phone,
        "email_marketing_consent": None,
        "sms_marketing_consent": None,
        "tags": "",
        "currency": order.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": naming.gid("Customer", number),
        "default_address": {
            **where,
            "id": number,
            "customer_id": number,
            "country_name": "United Kingdom",
            "default": True,
        },
    }


def _constants(token: str) -> Body:
    """What every order of the sandbox says alike."""
    nothing = (
        "app_id cart_token checkout_id checkout_token confirmation_number current_total_additional_fees_set "
        "current_total_duties_set customer_locale device_id landing_site landing_site_ref "
        "merchant_of_record_app_id note original_total_additional_fees_set original_total_duties_set po_number "
        "reference referring_site source_identifier source_url user_id payment_terms browser_ip"
    )
    return {
        **dict.fromkeys(nothing.split()),
        "buyer_accepts_marketing": False,
        "client_details": dict.fromkeys(UNKNOWN_OF_BUYER),
        "confirmed": True,
        "duties_included": False,
        "estimated_taxes": False,
        "merchant_business_entity_id": token[:12],
        "note_attributes": [],
        "tags": "",
        "tax_exempt": False,
    }


def edit_body(order: Order) -> Body:
    """The body of orders/edited, which tells how an order was edited last, not the order."""
    edit = order.edits[-1] if order.edits else Edit(str(int(order.id) + 3), order.updated_at, [], [])
    at = naming.rest_time(edit.at)
    return {
        "order_edit": {
            "id": int(edit.id),
            "order_id": int(order.id),
            "app_id": None,
            "user_id": None,
            "notify_customer": False,
            "staff_note": "",
            "created_at": at,
            "committed_at": at,
            "line_items": {
                "additions": [{"id": int(x.line), "delta": x.quantity} for x in edit.additions],
                "removals": [{"id": int(x.line), "delta": x.quantity} for x in edit.removals],
            },
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }
