"""Disconnecting: a listing is taken down first and unlinked when it is off sale, or stays and says why."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from inventory.domain import Changed, Listing, ListingState, Sold
from inventory_articles import T0, TENANT, article, line
from inventory_shop import SOLD, Shop, Stack, cancelled, list_everywhere
from soldwire_contracts.listings import (
    Evidence,
    ListingDelisted,
    ListingFailed,
    ListingOutcome,
    Target,
)
from soldwire_contracts.sales import SaleCancelled
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import ListingState as Shown
from soldwire_contracts.values import Platform, StockCause


def test_while_it_is_taken_down_nothing_asks_it_for_more_than_nothing() -> None:
    made = article(3)
    made.disconnect(UUID(int=100))
    made.sell(line(1, listing_id=UUID(int=101)))
    made.sell(line(1, listing_id=UUID(int=101), revision=2, cancelled=1))
    made.count(5, T0)
    asked = [
        (target.quantity, target.may_raise)
        for fact in made.changes.take_facts()
        if isinstance(fact, Sold | Changed)
        for target in fact.targets
        if target.listing_id == UUID(int=100)
    ]
    assert asked == [(0, False), (0, False)], "the command, the sale; a release and a count leave it alone"


def test_a_listing_is_off_sale_by_what_was_seen_or_reached_last() -> None:
    listing = Listing(UUID(int=100), TENANT, UUID(int=50), "ebay", observed_quantity=2)
    assert not listing.is_off_sale
    listing.aim(0)
    assert not listing.is_off_sale
    listing.applied_version, listing.applied_quantity = 1, 0
    assert listing.is_off_sale
    listing.settled_version, listing.observed_quantity = 1, 2
    assert not listing.is_off_sale, "its seller has put it back since"
    listing.state = ListingState.ENDED
    assert listing.is_off_sale
    listing.aim(1, may_raise=True)
    assert not listing.is_off_sale, "it is about to come back"


def outcome(fact: StockChanged, target: Target, *, failed: bool = False) -> ListingOutcome:
    """What a connector says of a target."""
    at = SOLD + timedelta(minutes=1)
    common = {
        "tenant_id": fact.tenant_id,
        "account_id": target.account_id,
        "platform": target.platform,
        "article_id": fact.article_id,
        "listing_id": target.listing_id,
        "version": target.version,
        "target_quantity": target.quantity,
    }
    if failed:
        reason = "eBay refused to end the offer. End it there."
        return ListingFailed(**common, code="refused", reason=reason, can_retry=False, failed_at=at)
    evidence = Evidence(quantity=2, buyable=False, read_at=at)  # a draft keeps its figure
    return ListingDelisted(**common, applied_at=at, evidence=evidence)


async def disconnect(stack: Stack, *ids: UUID, reason: str | None = None) -> list[tuple[str, str | None]]:
    body = {"listing_ids": [str(one) for one in ids], "reason": reason}
    async with stack.http() as client:
        answer = await client.post("/v1/listings/disconnect", json=body)
        assert answer.status_code == 200, answer.text
    return [(one["result"], one["reason"]) for one in answer.json()["items"]]


async def row(stack: Stack, listing: UUID) -> tuple[object, ...]:
    (found,) = await stack.rows(
        "select article_id is null, kept_apart, disconnecting_version > 0, failure from listings where id = :i",
        i=listing,
    )
    return tuple(found)


@pytest.mark.bus
def test_what_a_listing_sold_itself_is_not_called_off_though_the_sale_is_closed_and_not_in_hand() -> None:
    made = article(1)
    made.sell(line(shipped=True))
    made.holds.clear()
    seller, other = UUID(int=100), UUID(int=101)
    for listing_id in (seller, other):
        made.linked.by_id[listing_id].observed_quantity = 1
    assert made.unlink(seller).version == 2
    (unlinked,) = [fact for fact in made.changes.take_facts() if isinstance(fact, Changed)]
    assert unlinked.targets == ()


async def test_a_listing_is_taken_down_then_unlinked_and_kept_apart(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop, 2)
    ebay = shop.listing(Platform.EBAY, "A-1")
    assert await disconnect(stack, ebay, reason="wrong photos") == [("taking_down", None)]
    fact = (await stack.said(StockChanged))[-1]
    (target,) = fact.targets
    assert (fact.cause, target.listing_id, target.quantity, target.may_raise) == (
        StockCause.UNLINKED,
        ebay,
        0,
        False,
    )
    assert await row(stack, ebay) == (False, False, True, None)
    async with stack.http() as client:
        page = (await client.get("/v1/listings")).json()["items"]
        assert [one["disconnecting"] for one in page if one["id"] == str(ebay)] == [True]
    await stack.outcomes(outcome(fact, target))
    assert await row(stack, ebay) == (True, True, False, None)
    assert (await stack.said(StockChanged))[-1].cause is StockCause.UNLINKED
    await stack.listings(shop.seen(Platform.EBAY, quantity=2, revision=2, state=Shown.LIVE, settled=9))
    assert await row(stack, ebay) == (True, True, False, None), "only a person links it again"
    assert await stack.free() == 2


@pytest.mark.bus
async def test_a_sale_on_its_way_down_is_held_and_a_later_target_of_nothing_ends_it_too(
    stack: Stack, shop: Shop
) -> None:
    await list_everywhere(stack, shop, 2)
    ebay = shop.listing(Platform.EBAY, "A-1")
    await disconnect(stack, ebay)
    (first,) = (await stack.said(StockChanged))[-1].targets
    sale = shop.sale(Platform.EBAY)
    await stack.sales(sale)
    sold = (await stack.said(ListingSold))[-1]
    newer = next(target for target in sold.targets if target.listing_id == ebay)
    assert (newer.quantity, newer.version > first.version) == (0, True)
    await stack.outcomes(shop.delisted(sold, newer))
    assert await row(stack, ebay) == (True, True, False, None)
    assert await stack.one("select article_id is not null from holds") is True, "its sales stay"
    await stack.sales(cancelled(sale, SaleCancelled))
    released = (await stack.said(StockChanged))[-1]
    assert ebay not in {target.listing_id for target in released.targets}
    assert await stack.broken_invariants() == []


@pytest.mark.bus
async def test_one_that_fails_stays_says_so_and_is_tried_again_when_asked_again(
    stack: Stack, shop: Shop
) -> None:
    await list_everywhere(stack, shop)
    ebay = shop.listing(Platform.EBAY, "A-1")
    await disconnect(stack, ebay)
    fact = (await stack.said(StockChanged))[-1]
    await disconnect(stack, ebay)
    assert (await stack.said(StockChanged))[-1] == fact, "it is under way"
    await stack.outcomes(outcome(fact, fact.targets[0], failed=True))
    assert await row(stack, ebay) == (False, False, True, "eBay refused to end the offer. End it there.")
    assert await disconnect(stack, ebay) == [("taking_down", None)]
    again = (await stack.said(StockChanged))[-1]
    assert again.targets[0].version > fact.targets[0].version
    await stack.outcomes(outcome(again, again.targets[0]))
    assert await row(stack, ebay) == (True, True, False, None)


@pytest.mark.bus
async def test_what_is_off_sale_already_is_unlinked_at_once_and_others_are_refused(
    stack: Stack, shop: Shop
) -> None:
    await list_everywhere(stack, shop)
    ebay, depop = shop.listing(Platform.EBAY, "A-1"), shop.listing(Platform.DEPOP, "A-1")
    await stack.listings(shop.seen(Platform.EBAY, revision=2, state=Shown.ENDED))
    plain = shop.seen(Platform.DEPOP, sku=None, alias="plain")
    await stack.listings(plain)
    assert await disconnect(stack, ebay, plain.listing_id, uuid4(), depop) == [
        ("unlinked", None),
        ("refused", "It shows no article."),
        ("refused", "There is no such listing."),
        ("taking_down", None),
    ]
    assert await row(stack, ebay) == (True, True, False, None)
    async with stack.http() as client:
        for ids in ([], [str(uuid4())] * 501):
            answer = await client.post("/v1/listings/disconnect", json={"listing_ids": ids})
            assert answer.status_code == 422


@pytest.mark.bus
async def test_its_seller_ending_it_meanwhile_ends_the_disconnection(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    ebay = shop.listing(Platform.EBAY, "A-1")
    await disconnect(stack, ebay)
    await stack.listings(shop.seen(Platform.EBAY, quantity=1, revision=2))
    assert await row(stack, ebay) == (False, False, True, None)
    await stack.listings(shop.seen(Platform.EBAY, quantity=0, revision=3, state=Shown.ENDED, settled=1))
    assert await row(stack, ebay) == (True, True, False, None)


@pytest.mark.bus
async def test_it_is_kept_after_all_before_it_is_down_and_put_back(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop, 2)
    ebay = shop.listing(Platform.EBAY, "A-1")
    await disconnect(stack, ebay)
    late = (await stack.said(StockChanged))[-1]
    async with stack.http() as client, stack.http(tenant=uuid4()) as stranger:
        address = f"/v1/listings/{ebay}/disconnect"
        assert (await stranger.delete(address)).status_code == 404
        kept = await client.delete(address)
        assert (kept.status_code, kept.json()["disconnecting"]) == (200, False)
        again = await client.delete(address)
        assert (again.status_code, again.json()["code"]) == (409, "not_disconnecting")
    back = (await stack.said(StockChanged))[-1]
    assert [(t.listing_id, t.quantity, t.may_raise) for t in back.targets] == [(ebay, 2, True)]
    await stack.outcomes(outcome(late, late.targets[0]))
    assert await row(stack, ebay) == (False, False, False, None), (
        "the word on the older target comes too late"
    )
