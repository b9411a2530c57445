"""What leaves an article again: an undone batch of links, a listing that goes with its sales."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from inventory_links import TITLES, accepted, preview, shelf, shelf_in_bulk, undone
from inventory_shop import SOLD, Shop, Stack, cancelled, create_article, later, listed, sold_on
from prometheus_client import REGISTRY
from soldwire_contracts.sales import SaleCancelled, SaleRefunded
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import Payment, Platform, Restock, StockCause

pytestmark = pytest.mark.bus


async def test_sales_that_waited_are_held_by_accepting_and_sent_back_by_its_undo(
    stack: Stack, shop: Shop
) -> None:
    first, *_ = await shelf(stack, shop)
    sale = sold_on(first)
    await stack.sales(sale)
    async with stack.http() as client:
        batch = await accepted(client)
        assert await stack.rows("select sale_id from unmatched") == []
        (held,) = await stack.said(ListingSold)
        assert await stack.one("select free from articles where title = :t", t=TITLES[0]) == 0
        assert set((await undone(client, batch)).values()) == {("undone", None)}
        again = (await client.post(f"/v1/suggestions/batches/{batch['id']}/undo")).json()
        assert {pair["result"] for pair in again["pairs"]} == {"undone"}
        refused = await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")
        assert (refused.status_code, refused.json()["code"]) == (409, "undone")
        waiting = (await client.get("/v1/unmatched")).json()["items"]
    assert [one["sale_id"] for one in waiting] == [str(sale.sale_id)]
    assert await stack.one("select free from articles where title = :t", t=TITLES[0]) == 1
    assert await stack.one("select count(*) from holds") == 0
    said = [fact for fact in await stack.said(StockChanged) if fact.sale_id == sale.sale_id]
    assert [(fact.cause, fact.quantity, fact.article_id) for fact in said] == [
        (StockCause.UNLINKED, 1, held.article_id)
    ]
    assert await stack.one("select bool_or(kept_apart) from listings") is False
    rows = await stack.rows(
        "select entry, units from stock_journal where sale_id = :s order by id", s=sale.sale_id
    )
    assert [tuple(row) for row in rows] == [("held", -1), ("released", 1)]
    assert await stack.broken_invariants() == []


async def test_a_sale_placed_again_is_said_with_a_later_revision_than_before(
    stack: Stack, shop: Shop
) -> None:
    """The ledger takes the highest revision for the newest word on a sale, whatever article said it."""
    first, *_ = await shelf(stack, shop)
    await stack.sales(sold_on(first))
    async with stack.http() as client:
        batch = await accepted(client)
        await undone(client, batch)
        article = await create_article(client, "Another jacket")
        linked = await client.put(
            f"/v1/listings/{first.listing_id}/article", json={"article_id": str(article)}
        )
        assert linked.json()["quantity"] == 0
    before, after = await stack.said(ListingSold)
    assert before.article_id != after.article_id == article
    assert after.revision > before.revision
    assert await stack.broken_invariants() == []


async def test_a_sale_that_came_after_accepting_goes_back_too_and_the_others_follow(
    stack: Stack, shop: Shop
) -> None:
    first, *_ = await shelf(stack, shop)
    article = await stack.one("select id from articles where title = :t", t=TITLES[0])
    other = listed(shop, "e1", platform=Platform.EBAY, title="Seen elsewhere")
    await stack.listings(other)
    async with stack.http() as client:
        await client.put(f"/v1/listings/{other.listing_id}/article", json={"article_id": str(article)})
        batch = await accepted(client)
        sale = sold_on(first)
        await stack.sales(sale)
        assert {t.listing_id: t.quantity for t in (await stack.said(ListingSold))[-1].targets} == {
            first.listing_id: 0,
            other.listing_id: 0,
        }
        await undone(client, batch)
    back = [fact for fact in await stack.said(StockChanged) if fact.sale_id == sale.sale_id]
    assert [(t.listing_id, t.quantity, t.may_raise) for t in back[-1].targets] == [
        (other.listing_id, 1, True)
    ]
    assert await stack.one("select count(*) from unmatched") == 1
    assert await stack.broken_invariants() == []


async def test_a_count_since_then_stands_when_a_sale_goes_back(stack: Stack, shop: Shop) -> None:
    first, *_ = await shelf(stack, shop)
    article = await stack.one("select id from articles where title = :t", t=TITLES[0])
    async with stack.http() as client:
        batch = await accepted(client)
        await stack.sales(sold_on(first))
        await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 0})
        assert (await undone(client, batch))[TITLES[0]] == ("undone", None)
    assert await stack.one("select free from articles where id = :a", a=article) == 0
    rows = await stack.rows(
        "select entry, units, note from stock_journal where article_id = :a order by id", a=article
    )
    assert [tuple(row) for row in rows] == [
        ("opened", 1, None),
        ("held", -1, None),
        ("edited", 0, None),
        ("released", 1, None),
        ("edited", -1, "the stock was counted since"),
    ]
    assert await stack.broken_invariants() == []


async def test_an_undo_frees_the_unit_for_the_sale_that_is_short(stack: Stack, shop: Shop) -> None:
    first, *_ = await shelf(stack, shop)
    article = await stack.one("select id from articles where title = :t", t=TITLES[0])
    other = listed(shop, "e1", platform=Platform.EBAY, title="Seen elsewhere")
    await stack.listings(other)
    async with stack.http() as client:
        await client.put(f"/v1/listings/{other.listing_id}/article", json={"article_id": str(article)})
        batch = await accepted(client)
        wrong, right = sold_on(first), sold_on(other, at=SOLD + timedelta(hours=1))
        await stack.sales(wrong)
        await stack.sales(right)
        assert (await stack.said(ListingSold))[-1].outcome == "contended"
        await undone(client, batch)
    last = (await stack.said(ListingSold))[-1]
    assert (last.sale_id, last.outcome, last.units_held) == (right.sale_id, "held", 1)
    assert await stack.broken_invariants() == []


async def test_what_was_built_on_a_link_keeps_it_and_says_why(stack: Stack, shop: Shop) -> None:
    titles = (*TITLES, "Fjallraven Greenland parka")
    _, moved, answered, _ = await shelf(stack, shop, titles)
    ids = {str(row[0]): row[1] for row in await stack.rows("select title, id from articles")}
    async with stack.http() as client:
        uncounted = (await client.post("/v1/articles", json={"title": "Rab Neutrino duvet"})).json()
        await stack.listings(listed(shop, "rab", title="Rab Neutrino duvet"))
        batch = await accepted(client)
        other = await create_article(client, "The same jacket")
        body = {"from_id": str(ids[titles[0]]), "quantity": 1}
        assert (await client.post(f"/v1/articles/{other}/merge", json=body)).status_code == 200
        await client.delete(f"/v1/listings/{moved.listing_id}/article")
        sale = sold_on(answered)
        await stack.sales(sale)
        await stack.sales(later(sale, SaleRefunded, 2, payment=Payment.REFUNDED))
        (question,) = (await client.get("/v1/questions")).json()["items"]
        await client.post(f"/v1/questions/{question['id']}/answer", json={"answer": "dont_restock"})
        results = await undone(client, batch)
    assert results == {
        titles[0]: (
            "stays",
            "It shows another article by now: there was a merge, a split or another link since.",
        ),
        titles[1]: ("stays", "It was unlinked already."),
        titles[2]: (
            "stays",
            "A person has said what became of a unit that came back of its sales. Count the article instead.",
        ),
        titles[3]: ("undone", None),
        "Rab Neutrino duvet": (
            "stays",
            "The stock was opened with what this listing shows. Unlink it, then count the article.",
        ),
    }
    assert uncounted["open"] is False
    assert await stack.one("select kept_apart from listings where id = :i", i=moved.listing_id) is True
    assert await stack.broken_invariants() == []


async def test_a_target_on_its_way_is_called_off_by_an_undo(stack: Stack, shop: Shop) -> None:
    """A wrong link to what is sold out asks for a listing to be taken down: not any more."""
    first, *_ = await shelf(stack, shop)
    article = await stack.one("select id from articles where title = :t", t=TITLES[0])
    async with stack.http() as client:
        await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 0})
        batch = await accepted(client)
        asked = {t.listing_id: t for fact in await stack.said(StockChanged) for t in fact.targets}
        assert asked[first.listing_id].quantity == 0
        await undone(client, batch)
    off = {t.listing_id: t for fact in await stack.said(StockChanged) for t in fact.targets}[first.listing_id]
    assert (off.quantity, off.may_raise) == (1, False)
    assert off.version > asked[first.listing_id].version


async def test_nothing_is_undone_before_it_was_accepted_and_strangers_find_no_batch(
    stack: Stack, shop: Shop
) -> None:
    await shelf(stack, shop)
    async with stack.http() as client, stack.http(tenant=uuid4()) as stranger:
        batch = await preview(client)
        early = await client.post(f"/v1/suggestions/batches/{batch['id']}/undo")
        assert (early.status_code, early.json()["code"]) == (409, "not_accepted")
        for path in ("accept", "undo"):
            theirs = await stranger.post(f"/v1/suggestions/batches/{batch['id']}/{path}")
            assert theirs.status_code == 404
    async with stack.http("viewer") as viewer:
        assert (await viewer.post("/v1/suggestions/preview", json={"min_score": 1})).status_code == 403


async def test_five_hundred_pairs_are_accepted_and_undone_in_few_statements(stack: Stack, shop: Shop) -> None:
    titles = tuple(f"Jacket {number:04} of its own kind{number:04}" for number in range(500))
    seen = await shelf_in_bulk(stack, shop, titles)
    await stack.sales(*(sold_on(one, order=str(n)) for n, one in enumerate(seen[:100])))
    async with stack.http() as client:
        client.timeout = httpx.Timeout(60)
        batch = await preview(client)
        before = statements()
        done = (await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")).json()
        assert [pair["result"] for pair in done["pairs"]] == ["linked"] * 500
        assert statements() - before < 30
        assert await stack.one("select count(*) from holds where held = 1") == 100
        before = statements()
        assert set((await undone(client, batch)).values()) == {("undone", None)}
        assert statements() - before < 30
    assert await stack.one("select count(*) from unmatched") == 100
    assert await stack.one("select count(*) from listings where article_id is null") == 500
    assert await stack.broken_invariants() == []


def statements() -> float:
    """Statements that this process has executed so far."""
    return REGISTRY.get_sample_value("soldwire_statements_total") or 0.0


@pytest.mark.parametrize("with_sales", [False, True])
async def test_a_listing_leaves_its_sales_with_the_article_or_takes_them_along(
    stack: Stack, shop: Shop, with_sales: bool
) -> None:
    first, *_ = await shelf(stack, shop)
    async with stack.http() as client:
        await accepted(client)
        sale = sold_on(first)
        await stack.sales(sale)
        address = f"/v1/listings/{first.listing_id}/article"
        answer = await client.delete(address, params={"with_sales": with_sales})
        assert answer.json()["article_id"] is None
    assert await stack.one("select count(*) from unmatched") == int(with_sales)
    assert await stack.one("select free from articles where title = :t", t=TITLES[0]) == int(with_sales)
    await stack.sales(cancelled(sale, SaleCancelled))
    assert await stack.one("select free from articles where title = :t", t=TITLES[0]) == 1
    assert await stack.broken_invariants() == []


async def test_sales_whose_return_a_person_answered_for_stay(stack: Stack, shop: Shop) -> None:
    first, *_ = await shelf(stack, shop)
    async with stack.http() as client:
        await accepted(client)
        sale = sold_on(first)
        await stack.sales(sale)
        await stack.sales(cancelled(sale, SaleCancelled, restock=Restock.NOT_RESTOCKED))
        (question,) = (await client.get("/v1/questions")).json()["items"]
        await client.post(f"/v1/questions/{question['id']}/answer", json={"answer": "put_back"})
        address = f"/v1/listings/{first.listing_id}/article"
        refused = await client.delete(address, params={"with_sales": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "answered")
        assert (await client.delete(address)).status_code == 200
    assert await stack.broken_invariants() == []
