"""Fees told of an order: on its lines by price share, told again they change nothing, and no telling loses another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from connector_kit import store, usecases, wire
from connector_kit.domain import Account, Amount, Change, LineFee, OrderLine, smallest_unit, with_fees
from connector_kit.marketplace import OrdersPage
from hypothesis import given
from hypothesis import strategies as st
from kit.database import Database
from kit.settings import ServiceSettings
from soldwire_contracts.sales import SaleState
from testkit.bus import emitted
from testkit.services import settings_for

SOLD = datetime(2026, 1, 2, 12, tzinfo=UTC)
ACCOUNT = Account(uuid4(), uuid4(), "ebay", "seller", "", "Demo", SOLD)
PRICES = st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=6)
FEES = st.dictionaries(st.sampled_from("abcdef"), st.decimals(-50, 50, places=2), min_size=1)


def _lines(*prices: Decimal | str, currency: str = "GBP", order: str = "9001") -> list[OrderLine]:
    return [
        OrderLine(order, str(number), "Coat", 1, "paid", Amount(Decimal(price), currency), SOLD, as_of=SOLD)
        for number, price in enumerate(prices, start=1)
    ]


def _fee(source: str, amount: Decimal | str, currency: str = "GBP", kind: str = "fee") -> LineFee:
    return LineFee(kind, Amount(Decimal(amount), currency), source)


def _amounts(lines: list[OrderLine]) -> list[list[str]]:
    return [[str(fee.amount.amount) for fee in line.fees or ()] for line in lines]


def test_by_price_share_in_the_smallest_unit_of_the_currency() -> None:
    assert _amounts(with_fees(_lines("20", "10"), [_fee("t1", "1.00")])) == [["0.67"], ["0.33"]]
    yen = with_fees(_lines("2000", "1000", currency="JPY"), [_fee("t1", "100", "JPY")])
    assert _amounts(yen) == [["67"], ["33"]]
    assert [smallest_unit(one) for one in ("GBP", "JPY", "KWD")] == [
        Decimal(n) for n in ("0.01", "1", "0.001")
    ]


def test_of_a_transaction_the_last_word_counts_and_others_stay() -> None:
    lines = with_fees(_lines("20"), [_fee("t1", "1.00"), _fee("t2", "0.50")])
    lines = with_fees(lines, [_fee("t2", "0.70")])
    assert _amounts(lines) == [["1.00", "0.70"]]


def test_a_line_that_came_later_bears_its_share_too() -> None:
    (first,) = with_fees(_lines("20"), [_fee("t1", "1.00")])
    both = with_fees([first, replace(_lines("1", "20")[1])], [_fee("t2", "0.50")])
    assert _amounts(both) == [["0.50", "0.25"], ["0.50", "0.25"]]


@given(PRICES, FEES)
def test_parts_add_up_and_telling_again_changes_nothing(
    prices: list[Decimal], told: dict[str, Decimal]
) -> None:
    fees = [_fee(source, amount) for source, amount in told.items()]
    once = with_fees(_lines(*prices), fees)
    for source, amount in told.items():
        mine = [fee.amount.amount for line in once for fee in line.fees or () if fee.source == source]
        assert sum(mine) == amount
        assert len(mine) == len(prices)
    assert with_fees(once, fees) == once
    one_by_one = _lines(*prices)
    for fee in fees:
        one_by_one = with_fees(one_by_one, [fee])
    assert one_by_one == once


def test_a_sale_says_one_fee_a_kind_whatever_transactions_it_was_kept_in() -> None:
    fees = [_fee("t1", "1.00"), _fee("t2", "0.50"), _fee("t2", "0.25", kind="tax"), _fee("t3", "0.10", "EUR")]
    (line,) = with_fees(_lines("20"), fees)
    fact = wire.sale_fact(
        Change.UPDATED,
        ACCOUNT,
        line,
        sale_id=uuid4(),
        listing_id=None,
        revision=2,
        found_by="poll",
        accepted_at=SOLD,
    )
    said = {(fee.kind, fee.amount.currency, str(fee.amount.amount)) for fee in fact.fees}
    assert said == {("fee", "GBP", "1.50"), ("tax", "GBP", "0.25"), ("fee", "EUR", "0.10")}


@pytest.fixture
async def database_(database) -> AsyncIterator[Database]:
    here = Database(settings_for(ServiceSettings, database("connector-ebay"), pool_size=6), "/connector-ebay")
    yield here
    await here.dispose()


async def _seen(database: Database, *lines: OrderLine) -> None:
    async with database.bus([ACCOUNT.tenant_id]) as uow:
        await usecases.record_page(uow, ACCOUNT, OrdersPage(lines, None, SOLD), "webhook")


async def _told(database: Database, **fees: list[LineFee]) -> frozenset[str]:
    async with database.bus([ACCOUNT.tenant_id]) as uow:
        orders = {order.removeprefix("o"): told for order, told in fees.items()}
        return await usecases.record_fees(uow, ACCOUNT, orders)


async def _sales(database: Database) -> list[SaleState]:
    return [e.data for e in await emitted(database, "sale.updated") if isinstance(e.data, SaleState)]


async def test_fees_are_said_once_and_orders_not_held_are_named(database_: Database) -> None:
    await _seen(database_, *_lines("20", "10"), *_lines("7", order="9002"))
    for _ in range(2):
        assert await _told(database_, o9001=[_fee("t1", "1.00")], o9009=[_fee("t9", "1.00")]) == {"9009"}
    assert [(s.line_id, s.revision, str(s.fees[0].amount.amount)) for s in await _sales(database_)] == [
        ("1", 2, "0.67"),
        ("2", 2, "0.33"),
    ]
    await _seen(database_, *[replace(line, payment="refunded") for line in _lines("20", "10")])
    assert [len(s.fees) for s in await _sales(database_)] == [1, 1, 1, 1], "a telling without fees keeps them"


async def test_fees_told_beside_what_else_is_seen_of_the_order_are_not_lost(database_: Database) -> None:
    lines = _lines("20", "10", "5")
    await _seen(database_, *lines)
    shipped = [replace(line, order_number="#1") for line in lines]
    await asyncio.gather(
        *(_told(database_, o9001=[_fee(f"t{number}", "0.35")]) for number in range(8)),
        *(_seen(database_, *shipped[::step]) for step in (1, -1)),
    )
    async with database_.bus([ACCOUNT.tenant_id]) as uow:
        held = await store.lock_orders(uow, ACCOUNT.account_id, ["9001"])
    assert [len(line.line.fees or ()) for line in held["9001"]] == [8, 8, 8]
    assert {line.line.order_number for line in held["9001"]} == {"#1"}
    total = sum(fee.amount.amount for line in held["9001"] for fee in line.line.fees or ())
    assert total == Decimal("2.80")
    assert max(line.revision for line in held["9001"]) == 10
