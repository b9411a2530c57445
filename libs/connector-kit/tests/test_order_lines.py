"""Order lines: equal states hash equal, the weightiest change names the event, shares add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from connector_kit.domain import (
    Amount,
    Change,
    LineRefund,
    OrderLine,
    change_between,
    content_hash,
    split_by_share,
)
from hypothesis import given
from hypothesis import strategies as st

SOLD = datetime(2026, 1, 2, 12, tzinfo=UTC)
LINE = OrderLine("9001", "1", "Coat", 2, "paid", Amount(Decimal("25.00"), "GBP"), SOLD, as_of=SOLD)
REFUND = LineRefund("r1", Amount(Decimal(5), "GBP"), 0, SOLD)


def test_the_way_amounts_and_times_are_written_does_not_count() -> None:
    there = SOLD.astimezone(timezone(timedelta(hours=-5)))
    other = replace(LINE, price=Amount(Decimal("25"), "GBP"), sold_at=there, as_of=None, test=True)
    assert content_hash(other) == content_hash(LINE)
    assert content_hash(replace(LINE, price=Amount(Decimal("250"), "GBP"))) != content_hash(LINE)


def test_the_weightiest_change_names_the_event() -> None:
    assert change_between(None, LINE) is Change.DETECTED
    assert change_between(LINE, LINE) is None
    assert change_between(LINE, replace(LINE, payment="refunded")) is Change.UPDATED
    refunded = replace(LINE, refunds=(REFUND,))
    assert change_between(LINE, refunded) is Change.REFUNDED
    assert change_between(LINE, replace(refunded, cancelled_quantity=1)) is Change.CANCELLED
    assert change_between(refunded, replace(refunded, payment="refunded")) is Change.UPDATED


def test_an_older_telling_changes_nothing() -> None:
    newer = replace(LINE, cancelled_quantity=2, as_of=SOLD + timedelta(seconds=1))
    assert change_between(newer, LINE) is None


def test_within_one_second_the_later_telling_counts() -> None:
    """Shopify's order times have whole seconds: an order made and paid within one has two states of one time."""
    made = replace(LINE, payment="unpaid", told_at=SOLD + timedelta(milliseconds=100))
    paid = replace(LINE, told_at=SOLD + timedelta(milliseconds=500))
    assert change_between(made, paid) is Change.UPDATED
    assert change_between(paid, made) is None
    assert change_between(paid, replace(made, told_at=None)) is Change.UPDATED, (
        "what can't be compared is news"
    )
    later = replace(made, as_of=SOLD + timedelta(seconds=1))
    assert change_between(paid, later) is Change.UPDATED, "the marketplace's own time comes first"
    assert content_hash(paid) == content_hash(replace(paid, told_at=None))


@given(
    total=st.decimals("-1000", "1000", places=2),
    shares=st.lists(st.decimals("0", "500", places=2), min_size=1, max_size=8),
)
def test_parts_add_up(total: Decimal, shares: list[Decimal]) -> None:
    assert sum(split_by_share(total, shares)) == total
