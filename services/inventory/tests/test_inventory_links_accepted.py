"""Batches of links: previewed, then accepted as far as they still stand."""

from __future__ import annotations

import asyncio

import pytest
from inventory_links import TITLES, accepted, homes, preview, shelf, undone
from inventory_shop import Shop, Stack, listed
from soldwire_contracts.stock import StockChanged
from soldwire_contracts.values import ListingState, StockCause

pytestmark = pytest.mark.bus


async def test_a_preview_links_nothing_and_accepting_it_links_every_pair(stack: Stack, shop: Shop) -> None:
    await shelf(stack, shop)
    async with stack.http() as client:
        batch = await preview(client)
        assert set((await homes(stack)).values()) == {None}
        assert (batch["looked_at"], batch["next"]) == (3, None)
        done = (await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")).json()
        again = (await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")).json()
        kept = (await client.get(f"/v1/suggestions/batches/{batch['id']}")).json()
    assert [pair["result"] for pair in done["pairs"]] == ["linked"] * 3
    assert done == again == kept
    assert await homes(stack) == {title: title for title in TITLES}
    assert len([f for f in await stack.said(StockChanged) if f.cause is StockCause.LINKED]) == 3


async def test_a_preview_takes_the_best_from_a_score_on_and_no_more_than_asked_for(
    stack: Stack, shop: Shop
) -> None:
    await shelf(stack, shop)
    await stack.listings(listed(shop, "far", title="Carhartt cap"))
    async with stack.http() as client:
        some = await preview(client, limit=2)
        assert (len(some["pairs"]), some["left_out"], some["next"]) == (2, 1, None)
        assert len((await preview(client, min_score=10))["pairs"]) == 3
        assert (await preview(client, min_score=99))["pairs"] == []
        for body in ({"min_score": 101}, {"min_score": 80, "limit": 501}, {}):
            assert (await client.post("/v1/suggestions/preview", json=body)).status_code == 422


async def test_what_is_beyond_the_limit_comes_once_the_rest_is_accepted(stack: Stack, shop: Shop) -> None:
    await shelf(stack, shop)
    seen: list[str] = []
    async with stack.http() as client:
        for left_out in (2, 1, 0):
            batch = await preview(client, limit=1)
            assert batch["left_out"] == left_out
            seen += [pair["listing_title"] for pair in batch["pairs"]]
            await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")
    assert sorted(seen) == sorted(TITLES)


async def test_pairs_that_no_longer_stand_are_refused_with_their_reason(stack: Stack, shop: Shop) -> None:
    titles = (*TITLES, "Fjallraven Greenland parka", "Canada Goose Chilliwack bomber")
    first, second, third, fourth, _ = await shelf(stack, shop, titles)
    async with stack.http() as client:
        batch = await preview(client)
        await stack.listings(first.model_copy(update={"revision": 2, "state": ListingState.ENDED}))
        await stack.listings(second.model_copy(update={"revision": 2, "title": "Barbour Beaufort coat"}))
        wanted = {pair["listing_id"]: pair["article_id"] for pair in batch["pairs"]}
        article = wanted[str(third.listing_id)]
        twin = listed(shop, "twin", title="Something else")
        await stack.listings(twin)
        await client.put(f"/v1/listings/{twin.listing_id}/article", json={"article_id": article})
        linked = {"article_id": wanted[str(fourth.listing_id)]}
        await client.put(f"/v1/listings/{fourth.listing_id}/article", json=linked)
        await client.delete(f"/v1/listings/{fourth.listing_id}/article")
        done = (await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")).json()
    assert {pair["listing_title"]: (pair["result"], pair["reason"]) for pair in done["pairs"]} == {
        titles[0]: ("refused", "It is not for sale any more."),
        titles[1]: ("refused", "Its title has changed. Look again."),
        titles[2]: ("refused", "Another listing of the account shows the article by now."),
        titles[3]: ("refused", "It was unlinked by hand since."),
        titles[4]: ("linked", None),
    }


async def test_what_a_person_unlinked_is_in_no_batch(stack: Stack, shop: Shop) -> None:
    first, *_ = await shelf(stack, shop)
    async with stack.http() as client:
        batch = await accepted(client)
        await client.delete(f"/v1/listings/{first.listing_id}/article")
        await undone(client, batch)
        titles = [pair["listing_title"] for pair in (await preview(client))["pairs"]]
    assert sorted(titles) == sorted(TITLES[1:])


async def test_two_people_accept_one_batch_and_it_is_linked_once(stack: Stack, shop: Shop) -> None:
    await shelf(stack, shop)
    async with stack.http() as client:
        batch = await preview(client)
        address = f"/v1/suggestions/batches/{batch['id']}/accept"
        one, other = await asyncio.gather(client.post(address), client.post(address))
    assert one.json() == other.json()
    assert {pair["result"] for pair in one.json()["pairs"]} == {"linked"}
    assert len([f for f in await stack.said(StockChanged) if f.cause is StockCause.LINKED]) == 3
