"""eBay's orders as order lines: the two-line order, money that adds up, refunds, cancelling, parcels."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from connector_ebay.wire.lines import order_lines, read_order
from connector_ebay.wire.mapping import mapped
from connector_ebay.wire.orders import FulfillmentPage, Order
from connector_kit.domain import Amount, OrderLine, content_hash
from connector_kit.marketplace import UnmappableError, UnreadableOrder
from testkit.samples.ebay import JsonObject, confirmation, line, money, order

REFERENCE = Path(__file__).parents[4] / "shared" / "marketplaces" / "ebay" / "payloads"


def lines_of(body: JsonObject, fulfillments: JsonObject | None = None) -> tuple[OrderLine, ...]:
    parcels = FulfillmentPage.model_validate(fulfillments or {}).fulfillments
    return order_lines(Order.model_validate_json(json.dumps(body)), parcels)


def test_a_two_line_order_is_two_sales_whose_money_adds_up() -> None:
    first, second = lines_of(order(line("1", "AA-1", "1.0"), line("2", "AA-2", "1.0"), fee="0.59"))
    assert (first.order_id, first.line_id, first.sku) == ("25-00000-00001", "1", "AA-1")
    assert first.listing_aliases == ("item:2000001:AA-1", "sku:EBAY_GB:AA-1")
    assert first.price == Amount(Decimal("1.0"), "GBP")
    assert first.payment == "paid"
    assert first.paid_at is not None
    assert sum(fee.amount.amount for found in (first, second) for fee in found.fees) == Decimal("0.59")


def test_the_price_is_after_discounts_and_delivery_after_its_own() -> None:
    [found] = lines_of(
        order(
            line(
                "1",
                "A",
                "20.00",
                discountedLineItemCost=money("15.00"),
                deliveryCost={"shippingCost": money("4.00"), "discountAmount": money("-1.50")},
                taxes=[{"amount": money("0.50")}],
                ebayCollectAndRemitTaxes=[{"taxType": "GST", "amount": money("1.25")}],
            )
        )
    )
    assert found.price.amount == Decimal("15.00")
    assert found.shipping_price == Amount(Decimal("2.50"), "GBP")
    assert found.tax == Amount(Decimal("1.75"), "GBP")


@pytest.mark.parametrize(
    ("status", "payment"),
    [
        ("PENDING", "unpaid"),
        ("FAILED", "unpaid"),
        ("PAID", "paid"),
        ("PARTIALLY_REFUNDED", "partly_refunded"),
        ("FULLY_REFUNDED", "refunded"),
    ],
)
def test_payment_in_our_words(status: str, payment: str) -> None:
    assert lines_of(order(orderPaymentStatus=status))[0].payment == payment


def test_a_payment_status_nobody_knows_is_read_off_the_payments() -> None:
    assert lines_of(order(orderPaymentStatus="IN_ESCROW"))[0].payment == "paid"
    unpaid: JsonObject = {"payments": [{"paymentStatus": "PENDING"}]}
    assert lines_of(order(orderPaymentStatus="IN_ESCROW", paymentSummary=unpaid))[0].payment == "unpaid"


def refund(refund_id: str, amount: str, status: str = "REFUNDED") -> JsonObject:
    return {
        "refundId": refund_id,
        "refundDate": "2026-06-30T10:00:00.000Z",
        "amount": money(amount),
        "refundStatus": status,
    }


def test_an_order_refund_is_split_by_price_and_one_told_per_line_stays_there() -> None:
    body = order(
        line("1", "A", "30.00"),
        line("2", "B", "10.00", refunds=[refund("R2", "2.00")]),
        paymentSummary={
            "refunds": [refund("R1", "10.01"), refund("R2", "2.00"), refund("R3", "5", "PENDING")]
        },
    )
    first, second = lines_of(body)
    assert [(r.refund_id, r.amount.amount) for r in first.refunds] == [("R1", Decimal("7.51"))]
    assert [(r.refund_id, r.amount.amount) for r in second.refunds] == [
        ("R2", Decimal("2.00")),
        ("R1", Decimal("2.50")),
    ]


def test_a_cancelled_order_takes_all_units_back_and_says_when_there_were_none() -> None:
    state: JsonObject = {"cancelState": "CANCELED", "cancelledDate": "2026-07-01T00:00:00.000Z"}
    [found] = lines_of(order(line("1", "A", "3.00", quantity=3), cancelStatus=state))
    assert (found.cancelled_quantity, found.restock) == (3, "unknown")
    reasons = {"cancelRequests": [{"cancelReason": "OUT_OF_STOCK_OR_CANNOT_FULFILL"}]}
    [found] = lines_of(order(cancelStatus=state | reasons))
    assert found.restock == "not_restocked"


def test_parcels_go_to_the_lines_in_them() -> None:
    parcels: JsonObject = {
        "fulfillments": [
            {
                "fulfillmentId": "9405",
                "shipmentTrackingNumber": "9405",
                "shippingCarrierCode": "USPS",
                "shippedDate": "2026-07-01T00:00:00.000Z",
                "lineItems": [{"lineItemId": "2", "quantity": 1}],
            }
        ]
    }
    first, second = lines_of(order(line("1", "A", "1"), line("2", "B", "1")), parcels)
    assert first.shipments == ()
    assert [(s.courier, s.tracking_number) for s in second.shipments] == [("USPS", "9405")]


def test_amounts_written_otherwise_are_the_same_content() -> None:
    assert content_hash(lines_of(order(line("1", "A", "1.0")))[0]) == content_hash(
        lines_of(order(line("1", "A", "1.00"), lastModifiedDate="2026-07-09T00:00:00.000Z"))[0]
    )


def test_fields_ebay_leaves_out_or_sends_as_null_are_taken() -> None:
    body = order(line("1", "A", "1.00", refunds=None, taxes=None))
    del body["cancelStatus"], body["paymentSummary"], body["totalMarketplaceFee"]
    [found] = lines_of(body)
    assert (found.fees, found.refunds, found.cancelled_quantity) == ((), (), 0)


@pytest.mark.parametrize("field", ["title", "sku", "legacyItemId"])
def test_a_text_no_database_keeps_is_set_aside_with_its_order(field: str) -> None:
    odd = order({**line(), field: "Coat\x00"})
    found = read_order(json.loads(json.dumps(odd)))
    assert isinstance(found, UnreadableOrder)
    assert field in found.reason


def test_a_confirmation_of_several_lines_names_one_order_to_read() -> None:
    assert mapped("ORDER_CONFIRMATION", confirmation("25-1", "1", "2"), {}).read_orders == ("25-1",)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"notification":{"data":{"order":{"orderId":""}}}}', b"\xff"])
def test_a_body_that_is_not_what_it_says_is_named(body: bytes) -> None:
    with pytest.raises(UnmappableError):
        mapped("ORDER_CONFIRMATION", body, {})


def test_a_topic_we_never_asked_for_is_named() -> None:
    with pytest.raises(UnmappableError, match="PLA_CAMPAIGN"):
        mapped("PLA_CAMPAIGN", b"{}", {})


@pytest.mark.skipif(
    not REFERENCE.exists(), reason="../shared/marketplaces is not here: eBay's live-shaped order is not read"
)
def test_the_live_shaped_order_reads_the_same_way() -> None:
    body = json.loads((REFERENCE / "getOrder_two_lines.json").read_text())["order"]
    lines = lines_of(body)
    assert [found.sku for found in lines] == ["AA-0000000000001", "AA-0000000000002"]
    assert sum(fee.amount.amount for found in lines for fee in found.fees) == Decimal("0.59")
    push = json.loads((REFERENCE / "order_confirmation_notification.json").read_text())["payload"]
    assert mapped("ORDER_CONFIRMATION", json.dumps(push).encode(), {}).read_orders == ("19-00000-00001",)
