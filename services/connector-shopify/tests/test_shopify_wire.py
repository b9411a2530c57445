"""Foreign JSON: real samples are read, and no body, however broken, raises anything but the declared error."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from connector_kit.marketplace import Mapped, UnmappableError
from connector_shopify.wire.headers import read_headers, signed_by
from connector_shopify.wire.webhooks import MEANINGS, map_webhook
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = Path(__file__).parents[4] / "shared" / "marketplaces" / "shopify" / "payloads"
HEADERS = {"x-shopify-shop-domain": "demo.myshopify.com"}


def _money(amount: str) -> dict[str, Any]:
    money = {"amount": amount, "currency_code": "GBP"}
    return {"shop_money": money, "presentment_money": money}


def _order() -> dict[str, Any]:
    """An order in the real shape: two lines, an order-level discount, a shipping charge, VAT."""
    line = {
        "id": 101,
        "name": "Wool coat - M",
        "title": "Wool coat",
        "sku": "COAT-1",
        "variant_id": 501,
        "quantity": 2,
        "current_quantity": 2,
        "price": "25.00",
        "price_set": _money("25.00"),
        "total_discount": "0.00",
        "discount_allocations": [
            {"amount": "5.00", "amount_set": _money("5.00"), "discount_application_index": 0}
        ],
        "tax_lines": [{"price": "9.00", "price_set": _money("9.00"), "rate": 0.2, "title": "VAT"}],
    }
    other = {**line, "id": 102, "sku": "", "variant_id": None, "quantity": 1, "current_quantity": 1}
    return {
        "id": 9001,
        "name": "#1001",
        "currency": "GBP",
        "financial_status": "paid",
        "created_at": "2026-01-02T10:00:00-05:00",
        "processed_at": "2026-01-02T10:00:00-05:00",
        "updated_at": "2026-01-02T10:00:01-05:00",
        "cancelled_at": None,
        "taxes_included": False,
        "test": False,
        "shipping_lines": [{"price": "3.50", "price_set": _money("3.50"), "discount_allocations": []}],
        "total_tax": "18.00",
        "total_tax_set": _money("18.00"),
        "line_items": [line, other],
        "refunds": [],
        "fulfillments": [],
    }


def test_an_order_is_read() -> None:
    first, second = map_webhook("orders/create", json.dumps(_order()).encode(), HEADERS).lines
    assert (first.price.amount, first.quantity, first.sku) == (Decimal("45.00"), 2, "COAT-1")
    assert first.listing_aliases == ("variant:501",)
    assert (second.sku, second.listing_aliases) == (None, ())
    assert first.sold_at.isoformat() == "2026-01-02T15:00:00+00:00"
    assert first.shipping_price is not None
    assert second.shipping_price is not None
    assert first.shipping_price.amount + second.shipping_price.amount == Decimal("3.50")


def _refunded(restock: str, *, sent: int = 0, **transaction: Any) -> dict[str, Any]:
    """The order with one of its first line's two units refunded, and so many of them on their way."""
    order = _order()
    part = {
        "line_item_id": 101,
        "quantity": 1,
        "restock_type": restock,
        "subtotal_set": _money("22.50"),
        "total_tax_set": _money("4.50"),
    }
    at = {"created_at": "2026-01-03T10:00:00Z", "processed_at": "2026-01-03T10:00:00Z"}
    money = {"kind": "refund", "status": "success", "amount": "27.00", **transaction}
    order["line_items"][0]["current_quantity"] = 1
    order["refunds"] = [{"id": 7, "refund_line_items": [part], "transactions": [money], **at}]
    parcel = {"id": 8, "status": "success", **at, "line_items": [{"id": 101, "quantity": sent}]}
    order["fulfillments"] = [parcel] if sent else []
    return order


def _mapped(order: dict[str, Any]) -> Mapped:
    return map_webhook("orders/updated", json.dumps(order).encode(), HEADERS)


@pytest.mark.parametrize(
    ("restock", "sent", "cancelled"),
    [
        ("cancel", 0, 1),
        ("return", 0, 1),
        ("no_restock", 0, 1),
        ("cancel", 2, 0),
        ("return", 2, 0),
        ("no_restock", 2, 0),
        ("return", 1, 0),
        ("cancel", 1, 1),
    ],
)
def test_a_unit_that_will_not_be_sent_is_cancelled(restock: str, sent: int, cancelled: int) -> None:
    """Whatever the refund calls it: a unit not sent is free again, a sent one is not."""
    first, second = _mapped(_refunded(restock, sent=sent)).lines
    assert first.cancelled_quantity == cancelled
    if cancelled:
        assert first.restock == ("not_restocked" if restock == "no_restock" else "restocked")
    assert [r.amount.amount for r in first.refunds] == [Decimal("27.00")]
    assert second.refunds == ()


def test_a_refund_in_the_buyers_currency_has_the_order_read() -> None:
    assert _mapped(_refunded("cancel", currency="USD")).read_orders == ("9001",)
    told = _mapped(_refunded("cancel", currency="USD", amount="34.00", amount_set=_money("27.00")))
    assert [r.amount.amount for r in told.lines[0].refunds] == [Decimal("27.00")]
    assert not _mapped(_refunded("cancel", currency="GBP")).read_orders


def test_a_free_shipping_code_leaves_nothing_to_pay() -> None:
    order = _order()
    order["shipping_lines"][0]["discount_allocations"] = [{"amount": "3.50", "amount_set": _money("3.50")}]
    assert [str(line.shipping_price and line.shipping_price.amount) for line in _mapped(order).lines] == [
        "0.00",
        "0.00",
    ]


@pytest.mark.parametrize(("word", "payment"), [("expired", "unpaid"), ("partially_paid", "unpaid")])
def test_money_that_did_not_come_in_whole_is_not_paid(word: str, payment: str) -> None:
    assert {line.payment for line in _mapped({**_order(), "financial_status": word}).lines} == {payment}


@pytest.mark.parametrize(
    "field",
    ["test", "taxes_included", "refunds", "fulfillments", "shipping_lines", "total_tax", "financial_status"],
)
def test_what_shopify_may_send_as_null_is_no_reason_to_refuse(field: str) -> None:
    assert len(_mapped({**_order(), field: None}).lines) == 2


@pytest.mark.parametrize("field", ["discount_allocations", "tax_lines", "total_discount", "sku", "name"])
def test_nor_is_null_in_a_line(field: str) -> None:
    order = _order()
    order["line_items"][0][field] = None
    assert len(_mapped(order).lines) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "a\x00b"),
        ("name", "a\x00b"),
        ("sku", "\x00"),
        ("price_set", {"shop_money": {"amount": "1e400", "currency_code": "GBP"}}),
        ("quantity", 10**12),
        ("quantity", -1),
        ("id", "1\x00"),
    ],
)
def test_what_no_database_can_keep_is_set_aside(field: str, value: object) -> None:
    order = _order()
    order["line_items"][0][field] = value
    with pytest.raises(UnmappableError, match=field):
        _mapped(order)


def test_an_order_whose_units_come_to_more_than_money_holds_is_set_aside() -> None:
    """Each of its numbers may be: a price of fourteen digits, a million units."""
    order = _order()
    order["line_items"][0] |= {"price_set": _money("99999999999999.999999"), "quantity": 1_000_000}
    with pytest.raises(UnmappableError, match="line 101"):
        _mapped(order)


def test_a_signature_holds_for_the_raw_bytes_alone() -> None:
    body = b'{"id": 1}'
    signature = base64.b64encode(hmac.new(b"new", body, hashlib.sha256).digest()).decode()
    assert signed_by(["old", "new"], body, signature)
    assert not signed_by(["old"], body, signature)
    assert not signed_by(["new"], body + b" ", signature)
    assert not signed_by(["new"], body, "é" * 44)
    assert not signed_by([], body, signature)


def test_an_empty_secret_signs_nothing() -> None:
    signature = base64.b64encode(hmac.new(b"", b"{}", hashlib.sha256).digest()).decode()
    assert not signed_by([""], b"{}", signature)


def test_both_families_of_headers_are_read() -> None:
    told = {
        "topic": "orders/create",
        "shop-domain": "Demo.myshopify.com",
        "hmac-sha256": "c2ln",
        "event-id": "e1",
    }
    old = read_headers(
        {f"x-shopify-{name}": value for name, value in told.items()} | {"x-shopify-webhook-id": "w1"}
    )
    new = read_headers({f"shopify-{name}": value for name, value in told.items()})
    assert (old.topic, old.shop, old.signature) == (new.topic, new.shop, new.signature)
    assert (old.delivery_id, new.delivery_id) == ("w1", "e1")
    assert new.kept["x-shopify-shop-domain"] == "demo.myshopify.com"


def test_news_of_stock_is_of_the_moment_it_was_triggered_not_of_its_whole_second() -> None:
    """Else it would look older than what was read earlier in the same second, and be dropped."""
    at = "2026-01-02T10:00:01Z"
    level = {"inventory_item_id": 3, "location_id": 9, "available": 4, "updated_at": at}
    product = {
        "id": 2,
        "status": "active",
        "updated_at": at,
        "variants": [{"id": 1, "inventory_quantity": 4}],
    }
    told = {**HEADERS, "x-shopify-triggered-at": "2026-01-02T10:00:01.700000000Z"}
    for topic, body in (("inventory_levels/update", level), ("products/update", product)):
        (news,) = map_webhook(topic, json.dumps(body).encode(), told).quantities
        assert news.seen_at.microsecond == 700_000
        (news,) = map_webhook(topic, json.dumps(body).encode(), HEADERS).quantities
        assert news.seen_at.microsecond == 0


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just("NaN")
    | st.just("-1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
def test_no_mutation_of_a_body_raises_anything_else(data: st.DataObject) -> None:
    order: Any = _order()
    node, key = order, data.draw(st.sampled_from(sorted(order)))
    while isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
        node = node[key]
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
    node[key] = data.draw(_json)
    topic = data.draw(st.sampled_from([*sorted(MEANINGS), "unheard/of"]))
    outcome = _outcome(topic, json.dumps(order).encode())
    assert isinstance(outcome, Mapped) or outcome, "what is refused has a reason"


@given(
    topic=st.sampled_from(sorted(MEANINGS)),
    body=st.binary(max_size=200) | _json.map(lambda v: json.dumps(v).encode()),
)
def test_no_bytes_raise_anything_else(topic: str, body: bytes) -> None:
    outcome = _outcome(topic, body)
    assert isinstance(outcome, Mapped) or outcome, "what is refused has a reason"


def _outcome(topic: str, body: bytes) -> Mapped | str:
    """What a body means, or why it means nothing; whatever else is raised fails the test."""
    try:
        return map_webhook(topic, body, HEADERS)
    except UnmappableError as error:
        return str(error)


@pytest.mark.skipif(not SAMPLES.exists(), reason="Shopify's samples are not at ../shared/marketplaces")
def test_shopifys_own_orders_and_products_are_read() -> None:
    read = 0
    for file in sorted(SAMPLES.glob("order-*.json")) + sorted(SAMPLES.glob("product-*.json")):
        body = json.loads(file.read_text())["body"] or {}
        for topic, names in (
            ("orders/updated", ("order", "orders")),
            ("products/update", ("product", "products")),
        ):
            single = body.get(names[0])
            found: list[dict[str, Any] | None] = [single] if single else body.get(names[1]) or []
            for one in found:
                if one is None:
                    continue
                if {"line_items", "currency"} <= set(one) or {"variants", "status"} <= set(one):
                    mapped = map_webhook(topic, json.dumps(one).encode(), HEADERS)
                    assert mapped.lines or mapped.quantities
                    read += 1
    assert read > 20
