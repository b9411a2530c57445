"""What the sales-ledger is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from tests.lists.queries.query import Query
from tests.lists.seeds import Large
from tests.lists.seller import PLATFORMS
from tests.lists.way import LEDGER

_query = partial(Query, LEDGER)
_sales = partial(_query, "/v1/sales")
_STATUSES = (
    *("not_paid_unconfirmed", "not_paid", "complete", "paid", "owner_unknown", "cancelled"),
    *("refunded", "removed"),
)
_DELISTED = ("failed", "waiting", "running", "done", "none")
Asked = dict[str, Any]


def queries(large: Large) -> Iterator[Query]:
    """Sales and their sums, consignors, payout runs, statements, payouts, couriers."""
    yield from _single_filters(large)
    yield from _combinations(large)
    yield from _searches(large)
    yield from _sums(large)
    yield from _files(large)
    yield from _one_sale(large)
    yield from _consignors(large)
    yield from _statements(large)
    yield from _runs(large)
    yield from _payouts(large)


def _period(large: Large, days: int) -> Asked:
    latest = large.seller.latest
    return {"since": latest - timedelta(days=days), "until": latest}


def _consignor(large: Large) -> Asked:
    return {"consignor_id": large.told.consignors[3]}


def _account(large: Large) -> Asked:
    return {"account_id": large.seller.account(PLATFORMS[1])}


def _single_filters(large: Large) -> Iterator[Query]:
    yield _sales("sales, newest")
    yield _sales("sales, 40th page", deep=40)
    yield _sales("sales of a platform", {"platform": "ebay"})
    for status in _STATUSES:
        yield _sales(f"sales that are {status}", {"status": status})
    yield _sales("sales to confirm, a page on", {"status": "not_paid_unconfirmed", "limit": 20}, deep=2)
    for owner in ("own", "consigned", "unknown"):
        yield _sales(f"sales by owner {owner}", {"owner": owner})
    for state in _DELISTED:
        yield _sales(f"sales, take-down {state}", {"delist": state})
    yield _sales("sales of an account", _account(large))
    yield _sales("sales of an account, 20th page", _account(large), deep=20)
    yield _sales("sales contended", {"contended": True})
    yield _sales("sales not contended", {"contended": False})
    yield _sales("sales restated", {"restated": True})
    yield _sales("sales provisional", {"provisional": True})
    yield _sales("sales not provisional any more", {"provisional": False})
    yield _sales("sales refunded wholly", {"refunded": "wholly"})
    yield _sales("sales refunded", {"refunded": ["wholly", "partly"]})
    yield _sales("sales not refunded", {"refunded": "none"})
    yield _sales("sales of a consignor", _consignor(large))
    yield _sales("sales of a consignor, a page on", {**_consignor(large), "limit": 10}, deep=2)
    yield _sales("sales due", {"due": True})
    yield _sales("sales not due", {"due": False})
    yield _sales("sales that wait for fees", {"waits_for_fees": True}, finds=0)
    yield _sales("sales that wait for no fees", {"waits_for_fees": False})
    yield _sales("sales of a month", _period(large, 30))


def _combinations(large: Large) -> Iterator[Query]:
    month = _period(large, 30)
    yield _sales("sales by owner and platform", {"owner": "unknown", "platform": "depop"})
    yield _sales("sales by status and platform", {"status": "not_paid_unconfirmed", "platform": "ebay"})
    yield _sales("sales of two statuses", {"status": ["not_paid_unconfirmed", "owner_unknown"]})
    yield _sales("sales of two platforms", {"platform": ["ebay", "depop"]})
    yield _sales("sales by status in a month", {"status": "complete", **month})
    yield _sales("sales by platform in a month", {"platform": "shopify", **month})
    yield _sales("sales of a consignor, not paid", {**_consignor(large), "status": "not_paid"})
    yield _sales("sales of a consignor in a year", {**_consignor(large), **_period(large, 365)})
    yield _sales("sales of a consignor, due", {**_consignor(large), "due": True})
    yield _sales("sales of an account in a month", {**_account(large), **month})
    yield _sales("sales of an account, removed", {**_account(large), "status": "removed"})
    yield _sales("sales restated on a platform", {"restated": True, "platform": "ebay"})
    yield _sales("sales restated in a month", {"restated": True, **month})
    yield _sales("sales provisional on a platform", {"provisional": True, "platform": "ebay"})
    yield _sales("sales refunded in a month", {"refunded": "partly", **month})
    yield _sales("sales refunded, of an owner", {"refunded": "partly", "owner": "consigned"})
    yield _sales("sales contended on a platform", {"contended": True, "platform": "depop"})
    yield _sales("sales still for sale elsewhere in a month", {"delist": "failed", **month})
    yield _sales("sales still for sale elsewhere, of an owner", {"delist": "failed", "owner": "own"})


def _searches(large: Large) -> Iterator[Query]:
    yield _sales("sales by a common word", {"search": "jacket"})
    yield _sales("sales by a common word, 5th page", {"search": "jacket"}, deep=5)
    yield _sales("sales by two common words", {"search": "navy jacket"})
    yield _sales("sales by a word's beginning", {"search": "bur"})
    yield _sales("sales by SKU", {"search": "sku-00123"})
    yield _sales("sales by order number", {"search": "26-00123"})
    yield _sales("sales by parcel", {"search": "h000000000000123"})
    yield _sales("sales by parcel, with spaces", {"search": "h00 0000000 000123"})
    yield _sales("sales by a word nobody has", {"search": "zzyzx"}, finds=0)
    yield _sales("sales by a word and one nobody has", {"search": "jacket zzyzx"}, finds=0)
    yield _sales("sales by a word on a platform", {"search": "jacket", "platform": "ebay"})
    yield _sales("sales by words in a month", {"search": "navy jacket", **_period(large, 30)})
    yield _sales("sales by a word, to confirm", {"search": "coat", "status": "not_paid_unconfirmed"}, finds=0)
    yield _sales("sales of a consignor by a word", {"search": "jacket", **_consignor(large)}, finds=0)


def _narrowings(large: Large) -> dict[str, Asked]:
    """What sums and files are narrowed to, by name."""
    return {
        "a platform": {"platform": "ebay"},
        "an account": _account(large),
        "an owner": {"owner": "consigned"},
        "sales to confirm": {"status": "not_paid_unconfirmed"},
        "what is complete": {"status": "complete"},
        "take-downs that failed": {"delist": "failed"},
        "contended sales": {"contended": True},
        "restated sales": {"restated": True},
        "provisional sales": {"provisional": True},
        "refunded sales": {"refunded": ["wholly", "partly"]},
        "a consignor": _consignor(large),
        "what is due": {"due": True},
        "what waits for no fees": {"waits_for_fees": False},
        "a rare word": {"search": "sku-00123"},
        "a common word": {"search": "jacket"},
        "two common words": {"search": "navy jacket"},
    }


def _sums(large: Large) -> Iterator[Query]:
    totals, by_day = partial(_query, "/v1/sales/totals"), partial(_query, "/v1/sales/by-day")
    for what, days in (("a day", 1), ("a month", 30), ("a year", 365)):
        yield totals(f"totals of {what}", _period(large, days))
        yield by_day(f"by day, {what}", _period(large, days))
    yield totals("totals of all")
    yield by_day("by day, all")
    for what, asked in _narrowings(large).items():
        yield totals(f"totals of {what}", asked)
        yield totals(f"totals of {what} in a month", {**asked, **_period(large, 30)}, finds=0)
        yield by_day(f"by day, {what} in a month", {**asked, **_period(large, 30)}, finds=0)


def _files(large: Large) -> Iterator[Query]:
    file = partial(_query, "/v1/sales/export.csv", streams=True)
    yield file("sales' file, first part", finds=500)
    yield file("a month's file, first part", _period(large, 30), finds=500)
    for what, asked in _narrowings(large).items():
        yield file(f"the file of {what}, first part", asked)


def _one_sale(large: Large) -> Iterator[Query]:
    at = {"sale_id": large.seller.sale_id(large.seller.items[50])}
    one = "/v1/sales/{sale_id}"
    yield _query(one, "one sale", at=at)
    yield _query(f"{one}/removal", "what removing a sale asks", at=at)
    yield _query(f"{one}/timeline", "a sale's way", at=at)
    restated = {"sale_id": large.seller.sale_id(large.seller.items[RESTATED])}
    yield _query(f"{one}/restatements", "a sale's restatements", at=restated)
    yield _query(f"{one}/restatements", "a sale's restatements, a page on", {"limit": 1}, at=restated, deep=1)
    yield _query("/v1/books/balances", "balances", finds=20)
    yield _query("/v1/couriers", "couriers", finds=17)
    yield _query("/v1/couriers/recognise", "a parcel recognised", {"number": "1Z999AA10123456784"})


RESTATED = 23
"""A sale whose figures were restated twice."""


def _consignors(large: Large) -> Iterator[Query]:
    consignors = partial(_query, "/v1/consignors")
    yield consignors("consignors")
    yield consignors("consignors, a page on", {"limit": 20}, deep=2)
    yield consignors("consignors by a name", {"search": "novak 17"})
    yield consignors("consignors active", {"active": True})
    yield _query("/v1/consignors/{consignor_id}", "one consignor", at=_consignor(large))
    yield _query("/v1/terms", "the house's terms")
    yield _query("/v1/terms", "the house's terms, a page on", {"limit": 1}, deep=1)
    terms, own = "/v1/consignors/{consignor_id}/terms", {"consignor_id": large.told.consignors[5]}
    yield _query(terms, "a consignor's terms", at=own)
    yield _query(terms, "a consignor's terms, a page on", {"limit": 1}, at=own, deep=1)


def _statements(large: Large) -> Iterator[Query]:
    for what, days in (("a month", 30), ("a year", 365)):
        asked = {**_period(large, days), "until": large.seller.latest + timedelta(days=1), "currency": "GBP"}
        for ending in ("", ".csv", ".pdf"):
            route = "/v1/consignors/{consignor_id}/statement" + ending
            name = f"a statement of {what}" + (f", {ending[1:].upper()}" if ending else "")
            yield _query(route, name, asked, at=_consignor(large))


def _runs(large: Large) -> Iterator[Query]:
    runs, due = partial(_query, "/v1/payout-runs"), partial(_query, "/v1/payout-runs/due")
    yield runs("payout runs")
    yield runs("payout runs, a page on", {"limit": 10}, deep=2)
    for state in ("draft", "approved", "paid"):
        yield runs(f"payout runs {state}", {"state": state})
    yield runs("payout runs, open", {"state": ["draft", "approved"]})
    yield due("what is due to whom")
    yield due("what is due to whom, a page on", {"limit": 20}, deep=1)
    yield due("what was due a month ago", {"until": large.seller.latest - timedelta(days=30)})
    at = {"run_id": large.run_id}
    yield _query("/v1/payout-runs/{run_id}", "one payout run", at=at)
    yield _query("/v1/payout-runs/{run_id}/lines", "a payout run's sales", at=at)
    yield _query(
        "/v1/payout-runs/{run_id}/lines", "a payout run's sales, a page on", {"limit": 10}, at=at, deep=2
    )
    whose = {"consignor_id": large.paid_consignor}
    yield _query("/v1/payout-runs/{run_id}/lines", "a payout run's sales of one consignor", whose, at=at)


def _payouts(large: Large) -> Iterator[Query]:
    payouts, month = partial(_query, "/v1/payouts"), _period(large, 30)
    comparison = partial(_query, "/v1/payouts/comparison")
    yield payouts("payouts")
    yield payouts("payouts, a page on", {"limit": 20}, deep=2)
    yield payouts("payouts to an account", _account(large))
    yield payouts("payouts of a month", month)
    yield payouts("payouts to an account in a month", {**_account(large), **month})
    at = {"payout_key": large.payout_key}
    yield _query("/v1/payouts/{payout_key}", "a payout with its sales", at=at, finds=50)
    yield _query("/v1/payouts/{payout_key}", "a payout, a page on", {"limit": 50}, at=at, deep=1)
    unknown = {"matching": "unknown_order"}
    yield _query("/v1/payouts/{payout_key}", "a payout's unknown orders", unknown, at=at)
    for what, days in (("a week", 7), ("a month", 30), ("a year", 365)):
        yield comparison(f"the books beside payouts, {what}", {**_account(large), **_period(large, days)})
    yield comparison("the books beside payouts, pounds", {**_account(large), **month, "currency": "GBP"})
    yield comparison("the books beside payouts, a page on", {**_account(large), **month, "limit": 5}, deep=2)
