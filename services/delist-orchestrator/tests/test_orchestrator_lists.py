"""Lists of sold articles and of single listings, and commands on all that a filter leaves in, on real PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from kit.paging import encode_cursor
from orchestrator_http import client, get, post, refused
from orchestrator_shop import SOLD_AT, Shop, Stack
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Platform, StockCause
from sqlalchemy import text

pytestmark = pytest.mark.bus
EBAY, SHOPIFY, DEPOP = Platform.EBAY, Platform.SHOPIFY, Platform.DEPOP
MOST = 500


async def market(stack: Stack, shop: Shop) -> tuple[Shop, list[ListingSold]]:
    """Three sold articles of one seller.

    The first: failed on Shopify, down on eBay, waiting for a browser on Depop. The second: all down. The third, sold
    a minute later: just asked. A count put the second's eBay listing back for sale.
    """
    others = [Shop(tenant=shop.tenant, accounts=shop.accounts) for _ in range(2)]
    first, second, third = shop.sold(), others[0].sold(), others[1].sold()
    await stack.stock(first, second)
    await stack.outcomes(
        shop.failed(SHOPIFY, can_retry=False),
        shop.delisted(EBAY),
        *(others[0].delisted(p) for p in Platforms),
    )
    stack.clock.forward(minutes=1)
    later = third.model_copy(update={"sold_at": stack.clock.now})
    await stack.stock(later)
    edited = others[0].changed((others[0].target(EBAY, 2, 3, may_raise=True),), cause=StockCause.EDITED)
    await stack.stock(edited)
    return others[0], [first, second, later]


Platforms = (SHOPIFY, EBAY, DEPOP)


async def sales(stack: Stack, shop: Shop, **query: object) -> list[UUID]:
    found = await get(stack, shop, "/v1/delists", **query)
    return [UUID(item["sale_id"]) for item in found["items"]]


async def listings(stack: Stack, shop: Shop, **query: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(stack, shop, "/v1/steps", **query))["items"]
    return items


async def test_sold_articles_by_what_one_of_their_listings_is(stack: Stack, shop: Shop) -> None:
    other, told = await market(stack, shop)
    first, second, third = (sold.sale_id for sold in told)

    async def of(**query: object) -> list[UUID]:
        return await sales(stack, shop, **query)

    assert await of() == [third, *sorted((first, second), reverse=True)]
    assert await of(article_id=shop.article) == [first]
    assert await of(sale_id=second) == [second]
    assert await of(account_id=shop.accounts[EBAY]) == await of()
    assert await of(account_id=uuid4()) == []
    assert await of(state="failed") == [first]
    assert await of(state="failed", platform="ebay") == [], "of one listing, not one of each"
    assert await of(state="done", platform="ebay") == sorted((first, second), reverse=True)
    assert await of(state="waiting_for_browser") == [third, first]
    assert await of(state="asked", account_id=shop.accounts[EBAY]) == [third]
    assert await of(state="superseded") == []
    assert await of(code="refused") == [first]
    assert await of(code="relist_by_hand") == []
    assert await of(group="failed", platform="depop") == [first]
    assert await of(since=stack.clock.now.isoformat()) == [third]
    assert await of(until=stack.clock.now.isoformat()) == sorted((first, second), reverse=True)
    assert await of(group="done", until=SOLD_AT.isoformat()) == []
    assert await of(group="done", since=SOLD_AT.isoformat()) == [second]
    assert await sales(stack, other, sale_id=uuid4()) == []


async def test_what_is_overdue_is_found(stack: Stack, shop: Shop) -> None:
    _, told = await market(stack, shop)
    assert await sales(stack, shop, overdue=True) == []
    stack.clock.forward(seconds=61)
    await stack.sweep()
    assert await sales(stack, shop, overdue=True) == [told[2].sale_id]
    late = await listings(stack, shop, overdue=True, state="asked")
    assert {step["platform"] for step in late} == {"shopify", "ebay"}
    assert all("mark it done" in step["reason"] for step in late if step["sale_id"])
    assert await listings(stack, shop, overdue=False, platform="shopify", state="asked") == []


async def test_single_listings_with_their_sale_or_without(stack: Stack, shop: Shop) -> None:
    other, told = await market(stack, shop)
    every = await listings(stack, shop)
    assert len(every) == 10
    assert every[0]["created_at"] >= every[-1]["created_at"], "the newest first"
    [edit] = [step for step in every if step["sale_id"] is None]
    assert (edit["article_id"], edit["title"], edit["sold_at"]) == (str(other.article), None, None)
    assert (edit["cause"], edit["target_quantity"], edit["platform"]) == ("edit", 3, "ebay")
    [failed] = await listings(stack, shop, state="failed")
    assert (failed["title"], failed["sku"], failed["sale_id"]) == (
        "Red jumper",
        "SKU-1",
        str(told[0].sale_id),
    )
    assert failed["code"] == "refused"
    for query, count in (
        ({"article_id": other.article}, 4),
        ({"sale_id": told[2].sale_id}, 3),
        ({"account_id": shop.accounts[EBAY]}, 4),
        ({"platform": "ebay", "state": "done"}, 2),
        ({"code": "refused"}, 1),
        ({"since": stack.clock.now.isoformat()}, 4),
        ({"until": stack.clock.now.isoformat()}, 6),
        ({"since": stack.clock.now.isoformat(), "platform": "ebay"}, 2),
    ):
        assert len(await listings(stack, shop, **query)) == count, query


async def test_the_relist_of_a_sale_shows_when_it_was_sold(stack: Stack, shop: Shop) -> None:
    sold = shop.sold()
    await stack.stock(sold)
    await stack.stock(shop.changed((shop.target(EBAY, 2, 1, may_raise=True),), sale=sold.sale_id))
    [relist] = await listings(stack, shop, sale_id=sold.sale_id, state="asked", platform="ebay")
    assert (relist["version"], relist["sold_at"]) == (2, SOLD_AT.isoformat().replace("+00:00", "Z"))


async def test_single_listings_page_by_keyset_through_equal_times(stack: Stack, shop: Shop) -> None:
    many = [Shop(tenant=shop.tenant, accounts=shop.accounts) for _ in range(7)]
    await stack.stock(*(one.sold() for one in many))
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        page = await get(stack, shop, "/v1/steps", limit=4, cursor=cursor)
        assert len(page["items"]) <= 4
        seen += [(item["listing_id"], item["version"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 21
    assert seen == sorted(seen, reverse=True), "made at one moment: in order of id"


@pytest.mark.parametrize(
    "cursor",
    [
        encode_cursor("nonsense", "7", 1),
        encode_cursor(SOLD_AT.isoformat(), str(UUID(int=1))),
        encode_cursor(SOLD_AT.isoformat(), str(UUID(int=1)), 2**31),
        encode_cursor(SOLD_AT.replace(tzinfo=None).isoformat(), str(UUID(int=1)), 1),
        "%%%",
    ],
)
async def test_a_cursor_that_is_none_of_ours_is_refused(stack: Stack, shop: Shop, cursor: str) -> None:
    assert await refused(stack, shop, "GET", "/v1/steps", params={"cursor": cursor}) == (422, "bad_cursor")
    body = {"filter": {"state": "failed"}, "cursor": cursor}
    assert await refused(stack, shop, "POST", "/v1/delists/retry", json=body) == (422, "bad_cursor")


async def test_nobody_sees_anothers_listings(stack: Stack, shop: Shop) -> None:
    _, told = await market(stack, shop)
    stranger = Shop()
    assert await listings(stack, stranger) == []
    assert await sales(stack, stranger, account_id=shop.accounts[EBAY]) == []
    assert await listings(stack, stranger, sale_id=told[0].sale_id) == []


# Commands on all that a filter leaves in


async def ended_badly(stack: Stack, shop: Shop, count: int) -> list[Shop]:
    """So many articles of one seller, failed on eBay, and one that failed on Shopify."""
    many = [Shop(tenant=shop.tenant, accounts=shop.accounts) for _ in range(count)]
    for n in range(0, count, 200):
        await stack.stock(*(one.sold(on=SHOPIFY) for one in many[n : n + 200]))
        await stack.outcomes(*(one.failed(EBAY, can_retry=False) for one in many[n : n + 200]))
    await stack.stock(shop.sold())
    await stack.outcomes(shop.failed(SHOPIFY, can_retry=False))
    return many


async def test_retry_all_failed_of_ebay_is_one_call(stack: Stack, shop: Shop) -> None:
    many = await ended_badly(stack, shop, 3)
    before = len(await stack.targets())
    answer = await post(stack, shop, "/v1/delists/retry", {"filter": {"platform": "ebay", "state": "failed"}})
    assert {r["listing_id"] for r in answer["results"]} == {str(one.listings[EBAY]) for one in many}
    assert all(r["done"] and r["state"] == "asked" for r in answer["results"])
    assert answer["next"] is None
    again = [e.data for e in (await stack.targets())[before:] if isinstance(e.data, ListingTarget)]
    assert [(t.platform, t.version) for t in again] == [(EBAY, 1)] * 3
    once_more = await post(stack, shop, "/v1/delists/retry", {"filter": {"platform": "ebay"}})
    assert once_more["results"] == [], "none of them is failed any more"


async def test_a_filter_goes_on_where_it_left_off(stack: Stack, shop: Shop) -> None:
    await ended_badly(stack, shop, MOST + 3)
    body: dict[str, Any] = {"filter": {"platform": "ebay"}, "reason": "Sold them at the fair."}
    first = await post(stack, shop, "/v1/delists/skip", body)
    assert len(first["results"]) == MOST
    rest = await post(stack, shop, "/v1/delists/skip", body | {"cursor": first["next"]})
    results = first["results"] + rest["results"]
    assert len({r["listing_id"] for r in results}) == len(results) == MOST + 4, "one is asked, not failed"
    assert {(r["done"], r["state"]) for r in results} == {(True, "skipped")}
    assert rest["next"] is None
    async with stack.database.bus((shop.tenant,)) as uow:
        kept = await uow.conn.execute(text("select move, reason, count(*) from decisions group by 1, 2"))
        assert [tuple(row) for row in kept] == [("skip", "Sold them at the fair.", MOST + 4)]


async def test_only_what_allows_the_command_is_acted_on(stack: Stack, shop: Shop) -> None:
    _, told = await market(stack, shop)
    answer = await post(stack, shop, "/v1/delists/retry", {"filter": {"sale_id": str(told[0].sale_id)}})
    assert [r["listing_id"] for r in answer["results"]] == [str(shop.listings[SHOPIFY])]
    await post(stack, shop, "/v1/delists/mark_done", {"filter": {"article_id": str(shop.article)}})
    assert await sales(stack, shop, group="done", sale_id=told[0].sale_id) == [told[0].sale_id]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"filter": {}}, "empty_filter"),
        ({"filter": {"state": "paused"}}, "wrong_state"),
        ({"filter": {"platfrom": "ebay", "state": "failed"}}, "invalid_request"),
        ({"filter": {"state": "failed"}, "sale_ids": [str(UUID(int=1))]}, "invalid_request"),
        ({"cursor": "abc", "sale_ids": [str(UUID(int=1))]}, "invalid_request"),
        ({"filter": {"since": "2026-03-01T12:00:00"}}, "invalid_request"),
        ({"filter": {"code": "x" * 101}}, "invalid_request"),
    ],
)
async def test_a_filter_that_says_too_little_or_nonsense_is_refused(
    stack: Stack, shop: Shop, body: dict[str, Any], code: str
) -> None:
    await stack.stock(shop.sold())
    await stack.outcomes(shop.failed(EBAY, can_retry=False))
    sent = len(await stack.targets())
    assert await refused(stack, shop, "POST", "/v1/delists/retry", json=body) == (422, code)
    assert len(await stack.targets()) == sent


async def test_a_viewer_and_a_stranger_move_nothing_by_a_filter(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    await stack.outcomes(shop.failed(EBAY, can_retry=False))
    body = {"filter": {"account_id": str(shop.accounts[EBAY])}}
    async with client(stack, shop, "viewer") as http:
        assert (await http.post("/v1/delists/retry", json=body)).status_code == 403
    assert (await post(stack, Shop(), "/v1/delists/retry", body))["results"] == []
    assert [step["state"] for step in await listings(stack, shop, platform="ebay")] == ["failed"]
