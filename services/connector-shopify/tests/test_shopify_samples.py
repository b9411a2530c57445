"""Every sample goes through the wire as the webhook of its kind, and nothing of what Soldwire keeps is lost on its way.

What is expected is read from the raw JSON here, by a reading of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from connector_kit.domain import OrderLine
from connector_kit.marketplace import UnmappableError
from connector_shopify.wire.webhooks import map_webhook
from testkit.samples.shopify import Sample, samples

HERE = Path(__file__).parent / "samples"
SHOPIFYS = Path(__file__).parents[4] / "shared" / "marketplaces" / "shopify" / "payloads"
HEADERS = {"x-shopify-shop-domain": "demo.myshopify.com"}
Json = Mapping[str, Any]

PAYMENT = {
    "paid": "paid",
    "authorized": "authorized",
    "voided": "voided",
    "refunded": "refunded",
    "partially_refunded": "partly_refunded",
}
STATE = {"active": "live", "unlisted": "live", "draft": "draft", "archived": "ended"}


def _each(*kinds: str) -> pytest.MarkDecorator:
    found = samples((HERE, SHOPIFYS), *kinds)
    return pytest.mark.parametrize("sample", found, ids=[sample.name for sample in found])


def _is_whole(order: Json) -> bool:
    """Some of Shopify's samples were asked for in parts; those are no webhook's body."""
    return {"currency", "line_items", "updated_at", "created_at"} <= set(order)


def _in_shop(row: Json, plain: str, bag: str | None = None) -> Decimal:
    told = row.get(bag or f"{plain}_set")
    return Decimal(told["shop_money"]["amount"]) if told else Decimal(row.get(plain) or 0)


def _second(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


def _discount(row: Json) -> Decimal:
    allocated = [_in_shop(a, "amount") for a in row.get("discount_allocations") or ()]
    return sum(allocated, Decimal(0)) if allocated else Decimal(row.get("total_discount") or 0)


def _taxes(row: Json) -> Decimal:
    return sum((_in_shop(t, "price") for t in row.get("tax_lines") or ()), Decimal(0))


def _sold(order: Json) -> list[Json]:
    """Oldest first, as they are told."""
    found = [line for line in order["line_items"] if line["quantity"] > 0]
    return sorted(found, key=lambda line: int(line["id"]))


def _mapped(sample: Sample) -> tuple[OrderLine, ...]:
    return map_webhook(sample.topic, sample.raw, HEADERS).lines


def _told_in_another_currency(order: Json) -> bool:
    given = [t for r in order.get("refunds") or () for t in r["transactions"]]
    back = [t for t in given if (t["kind"], t["status"]) == ("refund", "success")]
    return any(
        t.get("currency", order["currency"]) != order["currency"] and not t.get("amount_set") for t in back
    )


@_each("order")
def test_an_order_keeps_its_lines(sample: Sample) -> None:
    order = sample.told
    if not _is_whole(order):
        with pytest.raises(UnmappableError):
            _mapped(sample)
        return
    if _told_in_another_currency(order):
        assert map_webhook(sample.topic, sample.raw, HEADERS).read_orders == (str(order["id"]),)
        return
    lines = _mapped(sample)
    assert [line.line_id for line in lines] == [str(row["id"]) for row in _sold(order)]
    for line, row in zip(lines, _sold(order), strict=True):
        _same_line(line, row, order)
        assert _shipments(line) == _parcels(row, order)
    _same_money(lines, order)
    _same_refunds(lines, order)


def _same_line(line: OrderLine, row: Json, order: Json) -> None:
    assert line.title == (row.get("name") or row["title"]).strip()
    assert line.sku == ((row.get("sku") or "").strip() or None)
    variant = row.get("variant_id")
    assert line.listing_aliases == ((f"variant:{variant}",) if variant else ())
    assert (line.order_id, line.quantity, line.test) == (
        str(order["id"]),
        row["quantity"],
        bool(order.get("test")),
    )
    assert line.order_number == (order.get("name") or str(order["id"]))
    assert line.payment == PAYMENT.get(order.get("financial_status") or "", "unpaid")
    assert line.sold_at == _second(order.get("processed_at") or order["created_at"])
    assert line.as_of == _second(order["updated_at"])
    cancelled = order.get("cancelled_at")
    assert line.cancelled_at == (_second(cancelled) if cancelled else None)
    gross = _in_shop(row, "price") * row["quantity"]
    included = _taxes(row) if order.get("taxes_included") else Decimal(0)
    assert (line.price.amount, line.price.currency) == (gross - _discount(row) - included, order["currency"])
    if line.discount is not None:
        assert line.discount.amount == _discount(row)
    assert line.cancelled_quantity == _gone(row, order)


def _gone(row: Json, order: Json) -> int:
    """Units that will not be sent. None of the samples has one that was sent and came back."""
    if order.get("cancelled_at"):
        return int(row["quantity"])
    sent = sum(quantity for _, quantity in _sent(row, order))
    current = row.get("current_quantity")
    removed = 0 if current is None else row["quantity"] - current
    return int(min(removed, row["quantity"] - sent))


def _sent(row: Json, order: Json) -> list[tuple[Json, int]]:
    return [
        (parcel, item["quantity"])
        for parcel in order.get("fulfillments") or ()
        if parcel["status"] == "success"
        for item in parcel["line_items"]
        if item["id"] == row["id"]
    ]


def _parcels(row: Json, order: Json) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for parcel, _ in sorted(_sent(row, order), key=lambda one: str(one[0]["created_at"])):
        numbers = parcel.get("tracking_numbers") or [parcel.get("tracking_number")]
        urls = parcel.get("tracking_urls") or [parcel.get("tracking_url")]
        for n, number in enumerate(numbers):
            url = urls[n] if n < len(urls) else None
            at = _second(parcel["created_at"])
            found.append((parcel.get("tracking_company") or None, number or None, url or None, at))
    return found


def _shipments(line: OrderLine) -> list[tuple[object, ...]]:
    return [(s.courier, s.tracking_number, s.tracking_url, s.shipped_at) for s in line.shipments]


def _same_money(lines: Sequence[OrderLine], order: Json) -> None:
    """Shipping and tax, over all lines, to the last penny; so is what the buyer paid. No sample has duties."""
    paid = [row for row in order.get("shipping_lines") or () if not row.get("is_removed")]
    shipping = sum((_in_shop(row, "price") - _discount(row) for row in paid), Decimal(0))
    own = sum((_taxes(row) for row in _sold(order)), Decimal(0))
    beyond = max(_in_shop(order, "total_tax") - own, Decimal(0))
    of_shipping = sum((_taxes(row) for row in paid), Decimal(0)) if order.get("taxes_included") else beyond
    assert sum(line.tax.amount for line in lines if line.tax) == own + of_shipping
    included = of_shipping if order.get("taxes_included") else 0
    assert sum(line.shipping_price.amount for line in lines if line.shipping_price) == shipping - included


def _same_refunds(lines: Sequence[OrderLine], order: Json) -> None:
    for refund in order.get("refunds") or ():
        given = [t for t in refund["transactions"] if (t["kind"], t["status"]) == ("refund", "success")]
        back = sum((_in_shop(t, "amount") for t in given), Decimal(0))
        kept = [(line, r) for line in lines for r in line.refunds if r.refund_id == str(refund["id"])]
        assert sum(r.amount.amount for _, r in kept) == back
        assert {r.at for _, r in kept} <= {_second(refund.get("processed_at") or refund["created_at"])}
        named = {str(part["line_item_id"]): part["quantity"] for part in refund["refund_line_items"]}
        if named:
            assert {line.line_id: r.quantity for line, r in kept}.items() <= named.items()
    known = {str(refund["id"]) for refund in order.get("refunds") or ()}
    assert {r.refund_id for line in lines for r in line.refunds} <= known


@_each("refund", "fulfillment")
def test_a_refund_and_a_parcel_have_their_order_read(sample: Sample) -> None:
    if "id" not in sample.told:
        with pytest.raises(UnmappableError, match="id"):  # an answer that calculates a refund
            map_webhook(sample.topic, sample.raw, HEADERS)
        return
    assert map_webhook(sample.topic, sample.raw, HEADERS).read_orders == (str(sample.told["order_id"]),)


@_each("product")
def test_a_product_keeps_the_stock_of_its_variants(sample: Sample) -> None:
    product = sample.told
    if not {"variants", "status", "updated_at"} <= set(product):
        with pytest.raises(UnmappableError):
            map_webhook(sample.topic, sample.raw, HEADERS)
        return
    for topic in ("products/create", "products/update"):
        found = map_webhook(topic, sample.raw, HEADERS).quantities
        told = [
            (
                f"variant:{row['id']}",
                row.get("inventory_quantity") or 0,
                STATE[product["status"]],
                row["inventory_policy"] == "continue" or row["inventory_management"] is None,
                datetime.fromisoformat(product["updated_at"]),
            )
            for row in product["variants"]
        ]
        assert [(q.alias, q.quantity, q.state, q.sells_anyway, q.seen_at) for q in found] == told
    deleted = map_webhook("products/delete", b'{"id": %d}' % product["id"], HEADERS)
    assert deleted.gone_refs == (("product", str(product["id"])),)


@_each("inventory_level")
def test_a_level_is_kept(sample: Sample) -> None:
    level, mapped = sample.told, map_webhook(sample.topic, sample.raw, HEADERS)
    if level["available"] is None:
        assert mapped.ignored
        return
    (news,) = mapped.quantities
    assert (news.alias, news.quantity) == (f"item:{level['inventory_item_id']}", level["available"])
    assert news.ref == ("location", str(level["location_id"]))
    assert news.seen_at == datetime.fromisoformat(level["updated_at"])


def test_there_are_samples_of_every_kind_and_most_are_whole() -> None:
    for kind, least in (
        ("order", 5),
        ("refund", 2),
        ("product", 5),
        ("fulfillment", 3),
        ("inventory_level", 3),
    ):
        assert len(samples((HERE,), kind)) >= least
    assert sum(_is_whole(sample.told) for sample in samples((HERE,), "order")) >= 5


@pytest.mark.skipif(not SHOPIFYS.exists(), reason="Shopify's samples are not at ../shared/marketplaces")
def test_shopifys_own_are_among_them() -> None:
    assert len(samples((SHOPIFYS,), "order", "refund", "product", "fulfillment", "inventory_level")) >= 50
