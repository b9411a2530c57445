"""What lists find and export: tracking numbers however they are written, couriers and their links, couriers over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from ledger_shop import SOLD_AT, Shop, Stack
from soldwire_contracts.sales import SaleRefunded, SaleUpdated, Shipment
from soldwire_contracts.values import Platform

pytestmark = pytest.mark.bus

Json = dict[str, Any]


def shipped(courier: str | None, number: str | None, url: str | None = None) -> tuple[Shipment, ...]:
    return (Shipment(courier=courier, tracking_number=number, tracking_url=url, shipped_at=SOLD_AT),)


@pytest.mark.parametrize("stored", ["RB123456785GB", "RB 1234 5678 5 GB", "rb 123456785gb"])
async def test_a_tracking_number_is_found_with_and_without_spaces(
    stack: Stack, shop: Shop, stored: str
) -> None:
    await stack.hear(shop.line(shipments=shipped("RoyalMail", stored)))
    await stack.hear(
        shop.another().line(shipments=shipped("RoyalMail", "RB 999999999 GB"), title="4321 jumper")
    )

    async def found(search: str) -> list[str]:
        async with stack.client(shop.tenant) as client:
            listed = (await client.get("/v1/sales", params={"search": search})).json()["items"]
            totals = (await client.get("/v1/sales/totals", params={"search": search})).json()
        assert sum(one["count"] for one in totals) == len(listed)
        return [item["sale_id"] for item in listed]

    mine = [str(shop.sale)]
    for search in (
        "RB123456785GB",
        "rb 12 34 56 78 5 gb",
        "rb123456785gb ",
        "RB1234",
        "rb 1234 56",
        "RB 123456785 GB",
    ):
        assert await found(search) == mine, search
    assert await found("RB 77") == []
    assert len(await found("jumper 4321")) == 1
    assert len(await found("jumper")) == 2


async def test_a_sale_shows_its_courier_under_one_name_and_the_ledger_says_what_the_platform_did_not(
    stack: Stack, shop: Shop
) -> None:
    bare, ambiguous, linked = shop.another(), shop.another(), shop.another()
    await stack.hear(
        shop.line(shipments=shipped("RoyalMail", "RB123456785GB")),
        bare.line(shipments=shipped("Other", "1z 5r8 939 03 5756 7127")),
        ambiguous.line(shipments=shipped(None, "2878 0946 8872")),
        linked.line(
            shipments=shipped("Hermes", "H00AAA0000000001", "https://track.example/1"),
            platform=Platform.DEPOP,
        ),
    )
    shown: dict[str, Json] = {}
    async with stack.client(shop.tenant) as client:
        for item in (await client.get("/v1/sales")).json()["items"]:
            (shown[item["sale_id"]],) = item["shipments"]
    said = {str(sale.sale_id): sale.shipments[0] for sale in await stack.said("sale.recorded")}
    names = ("courier", "courier_known_by", "candidates", "tracking_url")
    ups = "https://wwwapps.ups.com/WebTracking/track?track=yes&trackNums=1Z5R89390357567127"
    royal = "https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB"
    assert [
        tuple(shown[str(one.sale)][name] for name in names) for one in (shop, bare, ambiguous, linked)
    ] == [
        ("Royal Mail", "platform", [], royal),
        ("UPS", "number", [], ups),
        (None, None, ["FedEx", "Purolator"], None),
        ("Evri", "platform", [], "https://track.example/1"),
    ]
    assert [
        (said[str(one.sale)].courier, said[str(one.sale)].tracking_url)
        for one in (shop, bare, ambiguous, linked)
    ] == [
        ("RoyalMail", royal),
        ("UPS", ups),
        (None, None),
        ("Hermes", "https://track.example/1"),
    ]


async def test_the_export_has_order_refund_courier_and_link_and_disarms_them(
    stack: Stack, shop: Shop
) -> None:
    evil = shop.another()
    await stack.hear(
        shop.line(order_url="https://ebay.example/o/26", shipments=shipped("RoyalMail", "RB123456785GB"))
    )
    await stack.hear(
        shop.line(SaleRefunded, 2, order_url="https://ebay.example/o/26", refunds=(shop.refund(1, "4.00"),))
    )
    await stack.hear(
        evil.line(
            order_id="=1+1",
            order_number=None,
            order_url="@SUM(A1)",
            shipments=shipped("=HYPERLINK(1)", "+44", "-https://x"),
        )
    )
    async with stack.client(shop.tenant) as client:
        rows = list(csv.DictReader(io.StringIO((await client.get("/v1/sales/export.csv")).text)))
    by_sale = {row["sale_id"]: row for row in rows}
    mine, theirs = by_sale[str(shop.sale)], by_sale[str(evil.sale)]
    assert (mine["order_id"], mine["order_url"]) == ("26-11111-22222", "https://ebay.example/o/26")
    assert (mine["refunded"], mine["refund_state"]) == ("4.00", "partly")
    assert (theirs["order_id"], theirs["order_url"], theirs["courier"]) == (
        "'=1+1",
        "'@SUM(A1)",
        "'=HYPERLINK(1)",
    )
    assert (theirs["tracking_number"], theirs["tracking_url"]) == ("'+44", "")
    assert (theirs["refunded"], theirs["refund_state"]) == ("", "none")


async def test_the_export_names_the_courier_and_its_page(stack: Stack, shop: Shop) -> None:
    two = (*shipped("RoyalMail", "RB123456785GB"), *shipped(None, "1Z5R89390357567127"))
    await stack.hear(shop.line(), shop.line(SaleUpdated, 2, shipments=two))
    async with stack.client(shop.tenant) as client:
        (row,) = csv.DictReader(io.StringIO((await client.get("/v1/sales/export.csv")).text))
    assert row["courier"] == "Royal Mail, UPS"
    assert row["tracking_url"] == (
        "https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB, "
        "https://wwwapps.ups.com/WebTracking/track?track=yes&trackNums=1Z5R89390357567127"
    )


async def test_couriers_over_http(stack: Stack, shop: Shop) -> None:
    async with stack.client(shop.tenant) as client:
        listed = (await client.get("/v1/couriers")).json()
        found = (await client.get("/v1/couriers/recognise", params={"number": "rb 123456785 gb"})).json()
        none = (await client.get("/v1/couriers/recognise", params={"number": "hello"})).json()
        empty = await client.get("/v1/couriers/recognise", params={"number": ""})
        long = await client.get("/v1/couriers/recognise", params={"number": "1" * 201})
        client.headers.pop("Authorization")
        stranger = await client.get("/v1/couriers")
    evri = next(one for one in listed if one["name"] == "Evri")
    assert (evri["by_number"], evri["has_link"], "Hermes" in evri["also"]) == (False, True, True)
    assert (found["number"], found["courier"], found["verified"]) == ("RB123456785GB", "Royal Mail", True)
    assert (none["courier"], none["candidates"]) == (None, [])
    assert (empty.status_code, long.status_code, stranger.status_code) == (422, 422, 401)
