"""Explain an article: one timeline of all that happened to it, and the one thing to do next."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from inventory.domain import (
    AskedQuestion,
    Entry,
    Happened,
    Question,
    QuestionKind,
    Reached,
    Source,
    next_action,
)
from inventory.wire.timeline import SAYS
from inventory_articles import T0, article, line
from inventory_shop import SOLD, SYNCED, Shop, Stack, cancelled, list_everywhere
from kit.paging import encode_cursor
from prometheus_client import REGISTRY
from soldwire_contracts.sales import SaleCancelled
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import ListingState, Platform, Restock
from sqlalchemy import text


def asked(kind: QuestionKind, units: int = 1) -> AskedQuestion:
    return AskedQuestion(UUID(int=9), UUID(int=2), Question(kind, UUID(int=100), units, 0), T0, None, None)


def test_the_most_urgent_thing_comes_first() -> None:
    made = article(1)
    for listing in made.linked:
        listing.applied_version, listing.applied_quantity = listing.version, 1
    assert next_action(made, []).code == "nothing"
    made.sell(line(1))
    waiting = next_action(made, [])
    assert (waiting.code, waiting.listing_id) == ("waiting", UUID(int=100))
    listing = made.linked.by_id[UUID(int=101)]
    listing.reach(
        Reached(made.tenant_id, listing.id, listing.version, None, None, failure="eBay refused."),
        sold_here=False,
    )
    failed = next_action(made, [])
    assert (failed.code, failed.text, failed.listing_id) == ("failed", "eBay refused.", listing.id)
    question = next_action(made, [asked(QuestionKind.REFUNDED)])
    assert (question.code, question.question_id) == ("question", UUID(int=9))
    made.sell(line(2))
    contended = next_action(made, [asked(QuestionKind.REFUNDED)])
    assert (contended.code, contended.sale_id) == ("contended", line(2).sale_id)
    made.merged_into = UUID(int=3)
    assert next_action(made, []).code == "merged"


def test_a_browser_is_waited_for_by_name_and_every_question_has_its_words() -> None:
    made = article(1)
    made.linked.by_id[UUID(int=101)].platform = "depop"
    made.sell(line())
    action = next_action(made, [])
    assert (action.listing_id, "browser" in action.text) == (UUID(int=101), True)
    for kind in QuestionKind:
        assert next_action(made, [asked(kind)]).code == "question"


def test_every_word_of_journal_log_and_questions_has_a_sentence() -> None:
    assert SAYS[Source.STOCK].keys() == {str(entry) for entry in Entry}
    assert SAYS[Source.LISTING].keys() == {str(what) for what in Happened}
    assert SAYS[Source.ASKED].keys() == {str(kind) for kind in QuestionKind}
    assert SAYS.keys() == set(Source)


async def story(stack: Stack, shop: Shop) -> UUID:
    """Listed, sold on eBay, taken down here and not there, cancelled without a return, answered."""
    await list_everywhere(stack, shop)
    found = await stack.one("select id from articles")
    sale = shop.sale(Platform.EBAY, shipped=True).model_copy(update={"paid_at": SOLD + timedelta(minutes=1)})
    await stack.sales(sale)
    (sold,) = await stack.said(ListingSold)
    by_platform = {target.platform: target for target in sold.targets}
    await stack.outcomes(
        shop.delisted(sold, by_platform[Platform.SHOPIFY]), shop.failed(sold, by_platform[Platform.DEPOP])
    )
    await stack.listings(
        shop.seen(
            Platform.EBAY, quantity=0, revision=2, state=ListingState.ENDED, at=SOLD + timedelta(hours=1)
        )
    )
    await stack.sales(cancelled(sale, SaleCancelled, restock=Restock.NOT_RESTOCKED))
    assert isinstance(found, UUID)
    return found


@pytest.mark.bus
async def test_one_timeline_tells_it_in_order_with_the_next_action(stack: Stack, shop: Shop) -> None:
    found = await story(stack, shop)
    async with stack.http() as client:
        told = (await client.get(f"/v1/articles/{found}/timeline")).json()
        assert told["next_action"]["code"] == "question"
        question = told["next_action"]["question_id"]
        await client.post(f"/v1/questions/{question}/answer", json={"answer": "gone"})
        after = (await client.get(f"/v1/articles/{found}/timeline")).json()
    assert after["next_action"]["code"] == "failed"
    assert after["next_action"]["text"] == "eBay refused to end the offer."
    whats = [(one["source"], one["what"]) for one in reversed(after["items"])]
    assert whats[:3] == [("sold", "sold"), ("listing", "failed"), ("listing", "reached")]
    assert {what for what in whats if what[0] in ("paid", "shipped", "cancelled")} == {
        ("paid", "paid"),
        ("shipped", "shipped"),
        ("cancelled", "cancelled"),
    }
    ours = [
        what for what in whats if what[0] in ("stock", "answered", "asked") or what[1] in ("linked", "asked")
    ]
    assert ours == [
        ("stock", "opened"),
        ("listing", "linked"),
        ("listing", "linked"),
        ("listing", "linked"),
        ("stock", "held"),
        ("listing", "asked"),
        ("listing", "asked"),
        ("listing", "asked"),
        ("asked", "not_restocked"),
        ("answered", "not_restocked"),
        ("stock", "released"),
        ("stock", "edited"),
    ]
    assert ("listing", "seen_off_sale") in whats
    assert all(a["at"] >= b["at"] for a, b in pairwise(after["items"]))
    texts = {one["text"] for one in after["items"]}
    assert {
        "1 sold on eBay.",
        "Shopify is asked to show 0.",
        "Seen off sale on eBay.",
        "Answered: gone.",
    } <= texts
    failed = next(one for one in after["items"] if one["what"] == "failed")
    assert failed["text"] == "Depop could not be changed: eBay refused to end the offer."


@pytest.mark.bus
@pytest.mark.parametrize("limit", [1, 3])
async def test_it_pages_without_losing_or_repeating_a_line(stack: Stack, shop: Shop, limit: int) -> None:
    found = await story(stack, shop)
    async with stack.http() as client:
        whole = (await client.get(f"/v1/articles/{found}/timeline")).json()
        assert whole["next"] is None
        pages, after = [], None
        while True:
            params = {"limit": str(limit)} | ({"after": after} if after else {})
            page = (await client.get(f"/v1/articles/{found}/timeline", params=params)).json()
            pages += page["items"]
            after = page["next"]
            if after is None:
                break
        assert pages == whole["items"]
        wrong: list[tuple[str | int, ...]] = [
            ("2026-11-22T10:00:00Z", 1),
            ("2026-11-22T10:00:00", 1, "x"),
            ("x", 1, "x"),
        ]
        for parts in wrong:
            address = f"/v1/articles/{found}/timeline"
            bad = await client.get(address, params={"after": encode_cursor(*parts)})
            assert (bad.status_code, bad.json()["code"]) == (422, "bad_cursor")


@pytest.mark.bus
async def test_what_was_merged_in_is_told_too(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(Platform.SHOPIFY, sku="A-1"), shop.seen(Platform.EBAY, sku="B-1"))
    rows = {str(sku): row for sku, row in await stack.rows("select sku, id from articles")}
    async with stack.http() as client:
        body = {"from_id": str(rows["B-1"]), "quantity": 1}
        await client.post(f"/v1/articles/{rows['A-1']}/merge", json=body)
        told = (await client.get(f"/v1/articles/{rows['A-1']}/timeline")).json()
        husk = (await client.get(f"/v1/articles/{rows['B-1']}/timeline")).json()
    whats = sorted(one["what"] for one in told["items"])
    assert whats.count("opened") == 2
    assert whats.count("merged") == 3, "twice in the stock, once of the listing"
    assert husk["next_action"]["code"] == "merged"


@pytest.mark.bus
async def test_the_log_grows_by_one_insert_a_batch_and_nothing_changes_it(stack: Stack, shop: Shop) -> None:
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=9) for n in range(100)))
    before = REGISTRY.get_sample_value("soldwire_statements_total")
    assert before is not None
    await stack.sales(*(shop.sale(Platform.SHOPIFY, sku=f"S-{n % 100}", order=str(n)) for n in range(500)))
    after = REGISTRY.get_sample_value("soldwire_statements_total")
    assert after is not None
    assert after - before < 30
    assert await stack.one("select count(*) from listing_log where what = 'asked'") == 100
    for statement in ("update listing_log set note = 'x'", "delete from listing_log"):
        with pytest.raises(Exception, match="append-only"):
            async with stack.database.bus([shop.tenant]) as uow:
                await uow.conn.execute(text(statement))


@pytest.mark.bus
async def test_what_is_seen_again_and_again_is_logged_once(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop, 2)
    for revision in range(2, 5):
        at = SYNCED + timedelta(hours=revision)
        await stack.listings(shop.seen(Platform.EBAY, quantity=2, revision=revision, at=at))
    await stack.listings(shop.seen(Platform.EBAY, quantity=1, revision=9, at=SYNCED + timedelta(hours=9)))
    rows = await stack.rows("select what, quantity, at from listing_log where what like 'seen%'")
    assert [tuple(row) for row in rows] == [("seen_quantity", 1, SYNCED + timedelta(hours=9))]
