"""Several people, connectors and sales at the same moment, and another seller who must see and move nothing of it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

import pytest
from orchestrator_http import client, get, post
from orchestrator_shop import Shop, Stack
from soldwire_contracts.delist import DelistCompleted, DelistProgress
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Platform
from sqlalchemy import text
from test_orchestrator_rules import twins_of

pytestmark = pytest.mark.bus
EBAY, SHOPIFY = Platform.EBAY, Platform.SHOPIFY
MANY = 40


async def sent(stack: Stack) -> dict[UUID, list[int]]:
    """The versions of each listing, as they went out."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for event in await stack.targets():
        if isinstance(event.data, ListingTarget):
            found[event.data.listing_id].append(event.data.version)
    return found


async def last_said(stack: Stack) -> dict[UUID, DelistProgress]:
    """The newest word on each sale; each revision is said once."""
    said = [e.data for e in await stack.said("delist.progress") if isinstance(e.data, DelistProgress)]
    assert max(Counter((one.sale_id, one.revision) for one in said).values()) == 1
    return {one.sale_id: one for one in sorted(said, key=lambda one: one.revision)}


async def asked_first(stack: Stack, shop: Shop) -> list[Shop]:
    """Many articles of one seller, sold on eBay, whose listings on Shopify wait for a yes."""
    async with client(stack, shop) as http:
        assert (await http.put("/v1/policies/shopify", json={"mode": "ask"})).is_success
    many = twins_of(shop, MANY)
    await stack.stock(*(one.sold() for one in many))
    return many


async def test_two_people_who_approve_the_same_listings_send_each_once(stack: Stack, shop: Shop) -> None:
    many = await asked_first(stack, shop)
    body = {"filter": {"state": "waiting_for_approval"}}
    answers = await asyncio.gather(*(post(stack, shop, "/v1/delists/approve", body) for _ in range(4)))
    assert sum(result["done"] for answer in answers for result in answer["results"]) == MANY
    found = await sent(stack)
    assert {tuple(found[one.listings[SHOPIFY]]) for one in many} == {(1,)}
    async with stack.database.bus((shop.tenant,)) as uow:
        kept = await uow.conn.execute(text("select count(*) from decisions"))
        assert kept.scalar_one() == MANY, "a refused decision is none"


async def test_a_pause_and_its_end_amid_approvals_lose_and_repeat_nothing(stack: Stack, shop: Shop) -> None:
    many = await asked_first(stack, shop)

    async def approve(part: list[Shop]) -> None:
        steps = [{"listing_id": str(one.listings[SHOPIFY]), "version": 1} for one in part]
        await post(stack, shop, "/v1/delists/approve", {"steps": steps})

    async def pause_a_while() -> None:
        body = {"scope": "platform", "platform": "shopify", "reason": "A look."}
        made = await post(stack, shop, "/v1/pauses", body)
        await stack.sweep()
        await post(stack, shop, f"/v1/pauses/{made['id']}/resume", {})

    await asyncio.gather(
        *(approve(many[n : n + 5]) for n in range(0, MANY, 5)), pause_a_while(), stack.sweep()
    )
    await stack.sweep()
    found = await sent(stack)
    assert {tuple(found[one.listings[SHOPIFY]]) for one in many} == {(1,)}


@pytest.mark.parametrize("command", ["mark_done", "skip", "retry"])
async def test_a_command_on_all_that_failed_beside_the_outcomes_that_arrive(
    stack: Stack, shop: Shop, command: str
) -> None:
    """Whichever is first: what was read back counts, a late failure undoes no person's word, each change is said once."""
    many = twins_of(shop, MANY)
    await stack.stock(*(one.sold() for one in many))
    await stack.outcomes(*(one.failed(EBAY, can_retry=False) for one in many))
    down, again = many[: MANY // 2], many[MANY // 2 :]
    await asyncio.gather(
        post(stack, shop, f"/v1/delists/{command}", {"filter": {"platform": "ebay", "state": "failed"}}),
        stack.outcomes(*(one.delisted(EBAY) for one in reversed(down))),
        stack.outcomes(*(one.failed(EBAY, can_retry=False) for one in reversed(again))),
        stack.outcomes(*(one.delisted(SHOPIFY) for one in many)),
    )
    states = {
        step.listing_id: step.state.value for said in (await last_said(stack)).values() for step in said.steps
    }
    assert {states[one.listings[EBAY]] for one in down} == {"done"}
    ended = {"mark_done": {"done"}, "skip": {"skipped"}, "retry": {"asked", "failed"}}[command]
    assert {states[one.listings[EBAY]] for one in again} <= ended
    rows = (await get(stack, shop, "/v1/steps", platform="ebay", limit=200))["items"]
    assert {row["listing_id"]: row["state"] for row in rows} == {
        str(one.listings[EBAY]): states[one.listings[EBAY]] for one in many
    }


async def test_a_relist_and_a_second_sale_at_once_end_with_all_down(stack: Stack, shop: Shop) -> None:
    many = twins_of(shop, MANY)
    first = [one.sold() for one in many]
    await stack.stock(*first)
    await stack.outcomes(*(one.delisted(p) for one in many for p in one.listings))
    back = [
        one.changed(tuple(one.target(p, 2, 1, may_raise=True) for p in one.listings), sale=sold.sale_id)
        for one, sold in zip(many, first, strict=True)
    ]
    await asyncio.gather(
        *(stack.stock(*back[n : n + 10]) for n in range(0, MANY, 10)),
        *(
            stack.stock(*(one.sold(on=SHOPIFY, version=3) for one in many[n : n + 10]))
            for n in range(0, MANY, 10)
        ),
    )
    found = await sent(stack)
    for one in many:
        for listing in one.listings.values():
            assert found[listing] in ([1, 2, 3], [1, 3]), "no raise goes out after the sale"
    await stack.outcomes(*(one.delisted(p, version=3, after=99) for one in many for p in one.listings))
    completed = [e.data for e in await stack.said("delist.completed")]
    assert len({one.sale_id for one in completed if isinstance(one, DelistCompleted)}) == 2 * MANY
    groups = await get(stack, shop, "/v1/delists/groups")
    assert (groups["failed"], groups["waiting"], groups["running"]) == (0, 0, 0)


# Another seller


SEEN = {
    "/v1/delists",
    "/v1/delists/groups",
    "/v1/delists/exposure",
    "/v1/delists/shares",
    "/v1/delists/{sale_id}",
    "/v1/steps",
    "/v1/policies",
    "/v1/pauses",
}
MOVED = {
    "/v1/delists/{command}",
    "/v1/policies/{platform}",
    "/v1/pauses",
    "/v1/pauses/{pause_id}/resume",
    "/v1/operations/pauses",
    "/v1/operations/pauses/{pause_id}/resume",
}


async def of_a_seller(stack: Stack, shop: Shop) -> tuple[ListingSold, dict[str, Any]]:
    """Some of everything: a sale with one listing down, one failed, one waiting; a policy, a pause."""
    async with client(stack, shop) as http:
        assert (await http.put("/v1/policies/shopify", json={"mode": "ask"})).is_success
    sold = shop.sold()
    await stack.stock(sold)
    await stack.outcomes(shop.delisted(Platform.DEPOP), shop.failed(EBAY, can_retry=False))
    pause = await post(stack, shop, "/v1/pauses", {"scope": "tenant", "reason": "Mine."})
    return sold, pause


def test_every_route_is_looked_at_here(stack: Stack) -> None:
    paths = {path: ways for path, ways in stack.service.app().openapi()["paths"].items() if "/v1/" in path}
    assert {path for path, ways in paths.items() if "get" in ways} == SEEN
    assert {path for path, ways in paths.items() if ways.keys() - {"get"}} == MOVED
    assert all(way.get("description") for ways in paths.values() for way in ways.values())


@pytest.mark.parametrize("path", sorted(SEEN))
async def test_a_stranger_sees_nothing(stack: Stack, shop: Shop, path: str) -> None:
    sold, _ = await of_a_seller(stack, shop)
    async with client(stack, Shop()) as http:
        answer = await http.get(path.format(sale_id=sold.sale_id), params={"limit": 10})
        alone = await http.get(path.format(sale_id=UUID(int=1)), params={"limit": 10})
    stranger = answer.json() if answer.is_success else answer.json()["code"]
    nothing = alone.json() if alone.is_success else alone.json()["code"]
    for found in (stranger, nothing):
        if isinstance(found, dict):
            found.pop("since", None)
            found.pop("until", None)
    assert stranger == nothing
    known = (*shop.listings.values(), *shop.accounts.values(), sold.sale_id, shop.article)
    assert not any(str(one) in answer.text for one in known)


async def test_a_stranger_moves_nothing(stack: Stack, shop: Shop) -> None:
    sold, pause = await of_a_seller(stack, shop)
    stranger = Shop()
    before = await get(stack, shop, f"/v1/delists/{sold.sale_id}")
    steps = [{"listing_id": str(listing), "version": 1} for listing in shop.listings.values()]
    of_sale = str(sold.sale_id)
    bodies: list[dict[str, Any]] = [
        {"steps": steps},
        {"sale_ids": [of_sale]},
        {"filter": {"sale_id": of_sale}},
    ]
    for command in ("approve", "retry", "skip", "mark_done"):
        for body in bodies:
            answer = await post(stack, stranger, f"/v1/delists/{command}", body)
            assert not any(result["done"] for result in answer["results"])
    async with client(stack, stranger) as http:
        assert (await http.post(f"/v1/pauses/{pause['id']}/resume", json={})).status_code == 404
        assert (await http.put("/v1/policies/shopify", json={"mode": "at_once"})).is_success
        for path in ("/v1/operations/pauses", f"/v1/operations/pauses/{pause['id']}/resume"):
            pausing = {"scope": "tenant", "reason": "Not mine.", "tenant_id": str(shop.tenant)}
            assert (await http.post(path, json=pausing)).status_code == 403
    await stack.sweep()
    assert await get(stack, shop, f"/v1/delists/{sold.sale_id}") == before
    async with client(stack, shop) as http:
        assert (await http.get("/v1/pauses")).json()[0]["resumed_at"] is None
        policies = {one["platform"]: one["mode"] for one in (await http.get("/v1/policies")).json()}
    assert policies["shopify"] == "ask"
