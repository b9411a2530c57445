"""The bench's own arithmetic: what is counted from where to where, and what a limit allows."""

from __future__ import annotations

import pytest

from tests.bench import accept, cpu, door, limits, loop
from tests.bench.accept import Target
from tests.bench.figures import Latency, Report
from tests.bench.limits import Burst, Limit
from tests.bench.syncing import Sync
from tests.bench.truth import spans

LIMIT = Limit("shopify", sold_on="ebay", at_once=100, per_second=10, cost=5, unit="points")


def sale(order: str, sku: str, at: float = 0.0) -> dict[str, object]:
    return {"order_id": order, "monotonic": at, "lines": [{"sku": sku}]}


def hook(
    order: str, status: int | None, at: float, *, topic: str = "orders/create", ms: float = 10
) -> dict[str, object]:
    return {"resource": order, "status": status, "monotonic": at, "topic": topic, "ms": ms}


def call(
    listing: str, at: float, *, changed: bool = True, cost: float = 5, refused: bool = False
) -> dict[str, object]:
    effects = [{"listing": listing, "changed": changed, "monotonic": at}] if not refused else []
    return {"listing": listing, "monotonic": at, "effects": effects, "cost": cost, "throttled": refused}


def test_a_span_goes_from_the_first_acceptance_to_the_first_call() -> None:
    sales = [sale("o1", "A"), sale("o2", "B")]
    webhooks = [
        hook("o1", None, 1.0),
        hook("o1", 200, 1.5, topic="products/update"),
        hook("o1", 200, 2.0, topic="orders/paid"),
        hook("o1", 200, 2.4),
        hook("o2", 200, 2.1),
    ]
    calls = [call("l1", 2.5), call("l2", 2.2), call("l1", 9.0)]
    assert spans(sales, webhooks, calls, {"l1": "A", "l2": "B"}) == pytest.approx([500, 100])


def test_a_webhook_stored_though_its_answer_was_late_counts_from_its_first_attempt() -> None:
    webhooks = [hook("o1", None, 6.0, ms=5000), hook("o1", 200, 9.0)]
    assert spans([sale("o1", "A")], webhooks, [call("l1", 3.0)], {"l1": "A"}) == pytest.approx([2000])


def test_a_sale_never_told_or_left_for_sale_is_an_error() -> None:
    with pytest.raises(KeyError):
        spans([sale("o2", "A")], [hook("o1", 200, 1.0)], [call("l1", 2.0)], {"l1": "A"})
    with pytest.raises(KeyError):
        spans([sale("o1", "A")], [hook("o1", 200, 1.0)], [], {"l1": "A"})


def test_the_bare_loop_takes_down_a_listing_of_its_own_for_each_that_was() -> None:
    calls = [
        {"platform": "ebay", "account": "s", "listing": name, "operation": operation}
        for name in ("a", "b")
        for operation in ("withdrawOffer", "getOffer")
    ]
    found = loop._stand_ins(calls, {("ebay", "s"): ["x", "y", "z"]})
    assert found == {("ebay", "s", "a"): "x", ("ebay", "s", "b"): "y"}


def test_a_burst_is_told_from_the_truth() -> None:
    sales = [sale("o1", "A", 10.0), sale("o2", "B", 10.5), sale("o3", "C", 11.0), sale("o4", "D", 11.0)]
    calls = [
        call("a", 11.0),
        call("b", 12.0, refused=True, cost=0),
        call("b", 14.0),
        call("c", 13.0),
        call("c", 13.5),  # changed twice
        call("d", 13.0),  # and for sale again
        call("a", 15.0, changed=False, cost=1),
    ]
    listings = [
        {"listing": "a", "sku": "A", "buyable": False},
        {"listing": "b", "sku": "B", "buyable": False},
        {"listing": "c", "sku": "C", "buyable": False},
        {"listing": "d", "sku": "D", "buyable": True},
        {"listing": "e", "sku": "E", "buyable": False},
    ]
    burst = Burst.of(sales, calls, listings)
    assert burst == Burst(sales=4, seconds=4.0, calls=7, refused=1, taken=26, right=2)


def test_a_limit_allows_what_it_holds_and_what_it_refills() -> None:
    assert LIMIT.allows(10) == 40
    assert LIMIT.used(100, 10) == 0.5
    report = Report()
    limits.tell(report, LIMIT, Burst(sales=20, seconds=10, calls=40, refused=0, taken=100, right=20))
    assert [row["soldwire"] for row in report.rows] == [2, 50, 2, 0, 100]
    assert (report.rows[0]["floor"], report.rows[0]["ratio"]) == (4, 0.5)


def test_latencies_and_cpu_time() -> None:
    assert Latency.of([float(n) for n in range(100)]) == Latency(50, 99, 99, 100)
    with pytest.raises(ValueError, match="nothing"):
        Latency.of([])
    assert cpu.each({"sandbox": 1.0}, {"sandbox": 1.5}, 100) == {"sandbox": 5.0}


def test_the_doors_floor_refuses_what_is_not_signed() -> None:
    signed = door.signature("secret", b"{}").encode()
    assert door.genuine(b"secret", {b"x-shopify-hmac-sha256": signed}, b"{}")
    assert not door.genuine(b"secret", {b"x-shopify-hmac-sha256": signed}, b"{} ")
    assert not door.genuine(b"another", {b"x-shopify-hmac-sha256": signed}, b"{}")
    assert not door.genuine(b"secret", {}, b"{}")


def test_acceptance_is_told_over_all_rounds() -> None:
    report = Report()
    ours = Target("", b"", {}, milliseconds=[3.0, 3.0, 9.0], per_second=[100, 300, 200])
    base = Target("", b"", {}, milliseconds=[2.0, 2.0, 3.0], per_second=[400, 400, 100])
    accept.tell(report, ours, base)
    assert [row["ratio"] for row in report.rows] == [1.5, 3.0, 0.5]


def test_a_sync_is_told_from_the_truth() -> None:
    def page(at: float, cost: float = 100) -> dict[str, object]:
        return {"operation": "productVariants", "monotonic": at, "cost": cost}

    other = {"operation": "inventorySetQuantities", "cost": 10}
    calls = [
        {**other, "monotonic": 9.0},  # before it began
        page(10.0),
        {**other, "monotonic": 12.0},
        page(15.0),
        page(20.0),
        {**other, "monotonic": 21.0},
    ]
    sync = Sync.of(calls, 60)
    assert sync == Sync(listings=60, seconds=10.0, points=300, others=10, ended=20.0)
    assert sync.per_second == 6
    # Half of the bucket of 100 is not its own, 10 a second for 10 s, less 10: 140 points at 5 a listing.
    assert sync.allowed(LIMIT) == pytest.approx(2.8)
    assert sync.saw([sale("o1", "A", 12.0), sale("o2", "B", 20.5)]) == 0.5


def test_a_section_measured_anew_takes_the_place_of_its_rows_alone() -> None:
    before = {
        "settings": {"rate": 50, "limits": "as they are"},
        "rows": [{"section": "start", "what": "old"}, {"section": "memory", "what": "kept"}],
    }
    report = Report(settings={"rate": 5}, section="start")
    report.note("new", 1.0, "s", "≤ 3 s")
    told = report.as_json(before)
    assert [(row["section"], row["what"]) for row in told["rows"]] == [("memory", "kept"), ("start", "new")]
    assert told["settings"] == {"rate": 5, "limits": "as they are"}
    assert report.as_json()["rows"] == report.rows
