"""Which article a listing may show: scores, candidates, and whose they may not be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory import store
from inventory.domain import Candidate, Listing, Suggestion, pair_off, suggest
from inventory.domain import Money as Cash
from inventory.wire import alike
from inventory_articles import TENANT
from inventory_shop import Shop, Stack, create_article, listed
from soldwire_contracts.values import ListingState, Money, Platform
from sqlalchemy import text

GBP = "GBP"


def plain(title: str, **known: object) -> Listing:
    return replace(Listing(UUID(int=1), TENANT, UUID(int=5), "depop", title=title), **known)  # type: ignore[arg-type]


def candidate(title: str, number: int = 1, **known: object) -> Candidate:
    return replace(Candidate(UUID(int=number), None, title), **known)  # type: ignore[arg-type]


def score(listing: Listing, article: Candidate) -> int:
    return suggest(listing, [article], alike)[0].score


def test_the_same_words_in_another_order_are_the_same_title() -> None:
    (one,) = suggest(plain("Levi's 501 jeans, blue"), [candidate("blue Jeans Levi's 501")], alike)
    assert (one.title, one.brand, one.price) == (100, None, None)


def test_a_title_alone_never_reaches_what_brand_and_price_confirm() -> None:
    title = "Levi's 501 jeans W32"
    alone = score(plain(title), candidate(title))
    priced = plain(title, brand="Levi's", price=Cash(Decimal(40), GBP))
    confirmed = score(priced, candidate(title, brand="LEVI'S", price=Cash(Decimal(40), GBP)))
    assert (alone, confirmed) == (85, 100)


def test_another_size_is_less_like_than_the_same_with_words_cut_off() -> None:
    wanted = plain("Nike hoodie grey XL with front pocket")
    cut, other = candidate("Nike hoodie grey XL"), candidate("Nike hoodie black S with front pocket")
    assert score(wanted, cut) > score(wanted, other)


@pytest.mark.parametrize(
    ("ours", "theirs", "currency", "part"),
    [("40", "40", GBP, 100), ("40", "36", GBP, 80), ("40", "20", GBP, 0), ("40", "40", "EUR", None)],
)
def test_prices_are_near_or_not_comparable(ours: str, theirs: str, currency: str, part: int | None) -> None:
    listing = plain("Jeans", price=Cash(Decimal(ours), GBP))
    article = candidate("Jeans", price=Cash(Decimal(theirs), currency))
    assert suggest(listing, [article], alike)[0].price == part


def test_an_article_whose_title_names_the_brand_is_of_it_and_another_brand_counts_against() -> None:
    listing = plain("Air Max 90 white", brand="Nike")
    (named,) = suggest(listing, [candidate("Nike Air Max 90 white")], alike)
    (other,) = suggest(listing, [candidate("Air Max 90 white", brand="Adidas")], alike)
    assert named.brand == 100
    assert other.brand is not None
    assert other.brand < 50


def made(listing: int, article: int, points: int, account: int = 1) -> Suggestion:
    found = candidate("Jeans", article)
    return Suggestion(UUID(int=listing), UUID(int=account), found, points, points, None, None)


def test_pairs_are_best_first_one_article_once_an_account_and_no_guess_between_equals() -> None:
    pairs = pair_off(
        [
            [made(1, 1, 90), made(1, 2, 80)],
            [made(2, 1, 95), made(2, 3, 94)],
            [made(3, 1, 92, account=2)],
            [made(4, 4, 99), made(4, 5, 99)],
            [made(5, 6, 79)],
            [],
        ],
        min_score=80,
    )
    assert [(one.listing_id.int, one.candidate.article_id.int) for one in pairs] == [(2, 1), (3, 1)]


words = st.text(st.sampled_from("abc 1ä"), max_size=12)
prices = st.none() | st.builds(Cash, st.decimals(0, 1000, places=2), st.sampled_from([GBP, "EUR"]))


@given(st.lists(st.tuples(words, st.none() | words, prices), max_size=6), words, st.none() | words, prices)
@settings(max_examples=200, deadline=None)
def test_scores_are_of_a_hundred_and_best_first(
    articles: list[tuple[str, str | None, Cash | None]], title: str, brand: str | None, price: Cash | None
) -> None:
    listing = plain(title, brand=brand, price=price)
    candidates = [candidate(name, n, brand=of, price=cost) for n, (name, of, cost) in enumerate(articles)]
    ranked = suggest(listing, candidates, alike)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    parts = [part for one in ranked for part in (one.score, one.title, one.brand, one.price)]
    assert all(0 <= part <= 100 for part in parts if part is not None)


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 100)), max_size=4), max_size=8),
    st.integers(0, 100),
)
@settings(max_examples=200, deadline=None)
def test_no_listing_is_paired_twice_and_no_account_shows_an_article_twice(
    found: list[list[tuple[int, int]]], min_score: int
) -> None:
    ranked = [
        sorted(
            (made(n, article, points, account=n % 2) for article, points in own), key=lambda one: -one.score
        )
        for n, own in enumerate(found)
    ]
    pairs = pair_off(ranked, min_score)
    assert len({one.listing_id for one in pairs}) == len(pairs)
    assert len({(one.candidate.article_id, one.account_id) for one in pairs}) == len(pairs)
    assert all(one.score >= min_score for one in pairs)


@pytest.mark.bus
async def test_a_listing_is_offered_the_articles_that_share_its_rare_words(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        like = await create_article(client, "Carhartt Detroit jacket brown M")
        near = await create_article(client, "Carhartt Detroit jacket black S")
        await create_article(client, "Wool beanie")
        await stack.rows("update articles set brand = 'Carhartt' where id = :id returning 1", id=like)
        plain_one = listed(shop, "d1", title="Carhartt Detroit Jacket in brown, size M", brand="Carhartt")
        await stack.listings(plain_one)
        found = (await client.get(f"/v1/listings/{plain_one.listing_id}/suggestions")).json()
        assert [one["article_id"] for one in found["items"]] == [str(like), str(near)]
        best = found["items"][0]
        assert best["score"] > found["items"][1]["score"]
        assert best["why"] == {"title": best["why"]["title"], "brand": 100, "price": None}
        page = (await client.get("/v1/suggestions")).json()
        assert [(one["listing"]["id"], one["best"]["article_id"]) for one in page["items"]] == [
            (str(plain_one.listing_id), str(like))
        ]


@pytest.mark.bus
async def test_an_article_that_the_account_shows_already_is_offered_to_other_accounts_only(
    stack: Stack, shop: Shop
) -> None:
    async with stack.http() as client:
        article = await create_article(client, "Carhartt Detroit jacket")
        first, second = (listed(shop, alias, title="Carhartt Detroit jacket") for alias in ("d1", "d2"))
        other = listed(shop, "e1", title="Carhartt Detroit jacket", platform=Platform.EBAY)
        await stack.listings(first, second, other)
        await client.put(f"/v1/listings/{first.listing_id}/article", json={"article_id": str(article)})
        again = (await client.get(f"/v1/listings/{second.listing_id}/suggestions")).json()
        elsewhere = (await client.get(f"/v1/listings/{other.listing_id}/suggestions")).json()
        assert again["items"] == []
        assert [one["article_id"] for one in elsewhere["items"]] == [str(article)]
        linked = await client.get(f"/v1/listings/{first.listing_id}/suggestions")
        assert (linked.status_code, linked.json()["code"]) == (409, "linked_already")
        ended = first.model_copy(update={"revision": 2, "state": ListingState.ENDED})
        await stack.listings(ended)
        again = (await client.get(f"/v1/listings/{second.listing_id}/suggestions")).json()
        assert [one["article_id"] for one in again["items"]] == [str(article)]


@pytest.mark.bus
async def test_suggestions_page_and_leave_out_what_is_not_for_sale_or_anothers(
    stack: Stack, shop: Shop
) -> None:
    seen = [listed(shop, f"d{n}", title=f"Carhartt jacket {n}") for n in range(5)]
    draft = listed(shop, "draft", title="Carhartt jacket", state=ListingState.DRAFT)
    await stack.listings(*seen, draft)
    async with stack.http() as client, stack.http(tenant=uuid4()) as stranger:
        first = (await client.get("/v1/suggestions", params={"limit": 3})).json()
        rest = (await client.get("/v1/suggestions", params={"limit": 3, "after": first["next"]})).json()
        assert (await stranger.get("/v1/suggestions")).json()["items"] == []
        missing = await stranger.get(f"/v1/listings/{seen[0].listing_id}/suggestions")
        assert missing.status_code == 404
        bad = await client.get("/v1/suggestions", params={"after": "nonsense"})
        assert bad.status_code == 422
    ids = [one["listing"]["id"] for one in (*first["items"], *rest["items"])]
    assert sorted(ids, reverse=True) == ids
    assert set(ids) == {str(one.listing_id) for one in seen}
    assert rest["next"] is None


@pytest.mark.bus
async def test_prices_seen_are_compared(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        article = await create_article(client, "Detroit jacket")
        await stack.rows(
            "update articles set price_amount = 40, price_currency = 'GBP' where id = :id returning 1",
            id=article,
        )
        seen = listed(shop, "d1", title="Detroit jacket", price=Money(amount=Decimal("36.00"), currency=GBP))
        await stack.listings(seen)
        found = (await client.get(f"/v1/listings/{seen.listing_id}/suggestions")).json()
    assert found["items"][0]["why"]["price"] == 80


@pytest.mark.bus
async def test_candidates_are_found_by_indexes_under_the_policy_of_a_request(
    stack: Stack, shop: Shop
) -> None:
    """Under row-level security an index goes unused where its operator is not leak-proof."""
    async with stack.http() as client:
        await create_article(client, "Carhartt Detroit jacket")
    await stack.listings(listed(shop, "d1", title="Carhartt Detroit jacket"))
    scans = text(
        "select relname, seq_scan, idx_scan from pg_stat_xact_user_tables "
        "where relname in ('article_terms', 'articles', 'listings')"
    )
    async with stack.database.request(shop.tenant) as uow:
        await uow.conn.execute(text("set local enable_seqscan = off"))
        page = await store.alone_page(uow, shop.tenant, before=None, limit=9, kept_apart=True)
        assert await store.candidates_for(uow, shop.tenant, page) != {}
        found = {row.relname: (row.seq_scan, row.idx_scan > 0) for row in await uow.conn.execute(scans)}
    assert found == dict.fromkeys(("article_terms", "articles", "listings"), (0, True))
