"""What inventory is asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.lists.queries.query import Query
from tests.lists.seeds import Large
from tests.lists.seller import PLATFORMS, Item, Seller, code_of
from tests.lists.way import INVENTORY

_query = partial(Query, INVENTORY)
_STANDINGS = ("live", "delist", "sold", "delisted", "ended", "failed")
_NOTHING = "zzyzx"


def queries(large: Large) -> Iterator[Query]:
    """Articles, listings, drafts, what waits for a person, files, rules."""
    yield from _articles(large)
    yield from _searches()
    yield from _one_article(large)
    yield from _listings(large)
    yield from _waiting(large)
    yield from _rules(large)


def _articles(large: Large) -> Iterator[Query]:
    articles = partial(_query, "/v1/articles")
    consignor = {"consignor_id": large.told.consignors[3]}
    yield articles("articles, newest")
    yield articles("articles, 40th page", deep=40)
    for owner in ("own", "consigned", "unknown"):
        yield articles(f"articles by owner {owner}", {"owner": owner})
    yield articles("articles by owner, 20th page", {"owner": "consigned"}, deep=20)
    for stock in ("in_stock", "sold_out", "not_open"):
        yield articles(f"articles {stock}", {"stock": stock})
    yield articles("articles consigned in stock", {"owner": "consigned", "stock": "in_stock"})
    yield articles("articles of a consignor", consignor)
    yield articles("articles of a consignor in stock", {**consignor, "stock": "in_stock"})
    yield articles("articles at a location", {"location": "Shelf 7"})
    yield articles("articles at a location, a page on", {"location": "Shelf 7"}, deep=5)
    yield articles("articles at a location in stock", {"location": "Shelf 7", "stock": "in_stock"})
    yield articles("articles at a location of an owner", {"location": "Shelf 9", "owner": "consigned"})
    yield articles("articles that were opened", {"open": True})
    yield articles("articles not opened", {"open": False})
    yield articles("articles sold beyond stock", {"short": True})
    yield articles("articles sold beyond stock, in stock", {"short": True, "stock": "in_stock"}, finds=0)
    yield articles("articles by SKU's beginning", {"sku": f"{code_of(7)}-"})
    yield articles("articles by SKU's beginning, 20th page", {"sku": "SKU-00"}, deep=20)
    yield articles("articles by SKU's beginning in stock", {"sku": "SKU-", "stock": "in_stock"})
    yield _query("/v1/articles/export.csv", "articles' file, first part", streams=True, finds=1000)


def _searches() -> Iterator[Query]:
    for table in ("articles", "listings"):
        search = partial(_query, f"/v1/{table}")
        yield search(f"{table} by a common word", {"search": "jacket"})
        yield search(f"{table} by a common word, 5th page", {"search": "jacket"}, deep=5)
        yield search(f"{table} by two common words", {"search": "navy jacket"})
        yield search(f"{table} by a brand's beginning and a word", {"search": "bur coat"})
        yield search(f"{table} by SKU", {"search": "sku-00123"})
        yield search(f"{table} by a rare word", {"search": "ax00123"})
        yield search(f"{table} by a word nobody has", {"search": _NOTHING}, finds=0)
        yield search(f"{table} by a word and one nobody has", {"search": f"jacket {_NOTHING}"}, finds=0)
    articles, listings = partial(_query, "/v1/articles"), partial(_query, "/v1/listings")
    narrowed = {"search": "navy jacket", "stock": "in_stock", "owner": "consigned"}
    yield articles("articles by words, consigned in stock", narrowed)
    yield articles("articles by words at a location", {"search": "boots", "location": "Shelf 7"})
    yield listings("listings by words, delisted", {"search": "navy jacket", "standing": "delisted"})
    yield listings("listings by a word, failed", {"search": "boots", "standing": "failed"}, finds=0)


def _one_article(large: Large) -> Iterator[Query]:
    at = {"article_id": large.article_id}
    one = "/v1/articles/{article_id}"
    yield _query(one, "one article", at=at)
    yield _query(f"{one}/journal", "an article's journal", at=at)
    yield _query(f"{one}/journal", "an article's journal, a page on", {"limit": 1}, at=at, deep=1)
    yield _query(f"{one}/timeline", "an article explained", at=at, finds=5)
    yield _query(f"{one}/timeline", "an article explained, a page on", {"limit": 2}, at=at, deep=2)
    yield _query(f"{one}/merge", "two articles as one", {"from_id": large.other_id}, at=at)


def _listings(large: Large) -> Iterator[Query]:
    listings = partial(_query, "/v1/listings")
    account = {"account_id": large.seller.account(PLATFORMS[1])}
    yield listings("listings, newest")
    yield listings("listings, 40th page", deep=40)
    for standing in _STANDINGS:
        yield listings(f"listings {standing}", {"standing": standing})
        yield listings(f"listings of an account, {standing}", {**account, "standing": standing}, finds=0)
    yield listings("listings delisted, 20th page", {"standing": "delisted"}, deep=20)
    yield listings("listings of a platform", {"platform": "depop"})
    yield listings("listings of a platform, failed", {"platform": "ebay", "standing": "failed"})
    yield listings("listings of an account", account)
    yield listings("listings of an account, 20th page", account, deep=20)
    yield listings("listings of an account by a word", {**account, "search": "navy"})
    yield listings("listings without an article", {"unlinked": True})
    yield listings("listings without an article on a platform", {"unlinked": True, "platform": "depop"})
    yield listings("listings without an article by a word", {"unlinked": True, "search": "boots"})


def _waiting(large: Large) -> Iterator[Query]:
    drafts = partial(_query, "/v1/drafts")
    yield drafts("drafts, newest")
    yield drafts("drafts, a page on", {"limit": 20}, deep=2)
    yield drafts("drafts of an account", {"account_id": large.seller.account(PLATFORMS[0])})
    yield drafts("drafts by a word", {"search": "jacket"})
    yield drafts("drafts by a rare word", {"search": "ax00060"})
    yield _query("/v1/drafts/counts", "drafts counted")
    yield _query("/v1/unmatched", "sales without an article")
    yield _query("/v1/unmatched", "sales without an article, 10th page", deep=10)
    yield _query("/v1/questions", "open questions")
    yield _query("/v1/questions", "open questions, a page on", {"limit": 20}, deep=2)
    suggested = "/v1/listings/{listing_id}/suggestions"
    yield _query(suggested, "suggestions for a listing", at={"listing_id": _alone(large.seller)})
    yield _query("/v1/suggestions", "suggestions")
    yield _query("/v1/suggestions", "suggestions, 10th page", deep=10)
    yield _query("/v1/suggestions/preview", "a batch of links previewed", body={"min_score": 60})
    at = {"batch_id": large.batch_id}
    yield _query("/v1/suggestions/batches/{batch_id}", "a batch of links", at=at, finds=10)


def _alone(seller: Seller) -> Any:
    item: Item = next(one for one in seller.items if one.is_alone)
    return seller.listing_id(item, PLATFORMS[2])


def _rules(large: Large) -> Iterator[Query]:
    at = {"import_id": large.told.import_id}
    yield _query("/v1/imports/{import_id}", "an import", at=at)
    yield _query("/v1/imports/{import_id}", "an import, 5th page", at=at, deep=5)
    yield _query("/v1/settings", "settings")
    yield _query("/v1/owner-rules", "owner rules", finds=100)
    owner = {"kind": "consigned", "consignor": code_of(1)}
    by_sku = {"kind": "sku_prefix", "value": "SKU-001", "owner": owner}
    by_vendor = {"kind": "vendor", "value": "Barbour", "owner": owner}
    preview = partial(_query, "/v1/owner-rules/preview")
    yield preview("owner rules previewed, by SKU", body={"rules": [by_sku]})
    yield preview("owner rules previewed, by SKU and vendor", body={"rules": [by_sku, by_vendor]})
