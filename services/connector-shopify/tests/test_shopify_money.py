"""Money of an order's lines adds up to what the buyer paid, in the shop's currency and in the buyer's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from connector_kit.domain import OrderLine
from hypothesis import given
from hypothesis import strategies as st
from shopify_orders import CENT, EURO, TWO, Back, Item, Order, lines_of_body, rest, sum_of, told

_pence = st.integers(0, 5000).map(lambda n: str((Decimal(n) / 100).quantize(Decimal("0.01"))))
_pounds = st.integers(1, 50).map(lambda n: f"{n}.00")
_items = st.lists(
    st.builds(
        lambda quantity, price, share, tax: (quantity, price, share, tax),
        st.integers(1, 5),
        _pence,
        st.integers(0, 100),
        _pence,
    ),
    min_size=1,
    max_size=5,
)


@given(
    rows=_items,
    rate=st.sampled_from([None, "1.17", "0.86", "163.4"]),
    included=st.booleans(),
    shipping=_pence,
    shipping_discount=st.integers(0, 100),
    shipping_tax=_pence,
    duties=st.one_of(st.just("0.00"), _pounds),
    duties_tax=st.one_of(st.just("0.00"), _pence),
    off_by=st.integers(-3, 3),
    refunds=st.lists(_pence, max_size=3),
)
def test_lines_add_up_to_the_order_in_both_currencies(
    rows: list[tuple[int, str, int, str]],
    rate: str | None,
    included: bool,
    shipping: str,
    shipping_discount: int,
    shipping_tax: str,
    duties: str,
    duties_tax: str,
    off_by: int,
    refunds: list[str],
) -> None:
    """What the buyer paid, whatever is in it: tax in prices or beside, of shipping and duties; and no cent is lost in rounding."""
    order = Order(
        tuple(_item(n, *row) for n, row in enumerate(rows)),
        rate=rate,
        shipping=shipping,
        shipping_discount=_part_of(shipping, shipping_discount),
        shipping_tax=shipping_tax,
        duties=duties,
        duties_tax=duties_tax,
        off_by=off_by,
        included=included,
        refunds=tuple(Back(7 + n, amount) for n, amount in enumerate(refunds)),
    )
    lines = told(order)
    assert [line.line_id for line in lines] == [str(item.id) for item in order.items]
    for buyers in (False, True) if rate else (False,):
        _adds_up(order, lines, buyers=buyers)


def _item(n: int, quantity: int, price: str, share: int, tax: str) -> Item:
    return Item(101 + n, quantity, price, _part_of(str(Decimal(price) * quantity), share), tax)


def _part_of(amount: str, share: int) -> str:
    return str((Decimal(amount) * share / 100).quantize(Decimal("0.01")))


def _adds_up(order: Order, lines: tuple[OrderLine, ...], *, buyers: bool) -> None:
    price, shipping, tax = (sum_of(lines, name, buyers=buyers) for name in ("price", "shipping_price", "tax"))
    assert price + shipping + tax == Decimal(order.total(buyers=buyers))
    off = sum((order.side(item.discount, buyers=buyers) for item in order.items), Decimal(0))
    assert sum_of(lines, "discount", buyers=buyers) == off
    paid_for_shipping = order.side(order.shipping, buyers=buyers) - order.side(
        order.shipping_discount, buyers=buyers
    )
    assert min(0, paid_for_shipping) <= shipping <= max(paid_for_shipping + CENT * 3, 0)
    for refund in order.refunds:
        given_back = [r for line in lines for r in line.refunds if r.refund_id == str(refund.id)]
        shares = [r.presentment if buyers else r.amount for r in given_back]
        whole = order.side(refund.amount or "0", buyers=buyers)
        assert sum((share.amount for share in shares if share), Decimal(0)) == whole


@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize("rate", [None, "1.17"])
def test_duties_are_told_as_tax_and_make_no_shipping_negative(included: bool, rate: str | None) -> None:
    order = Order(TWO, rate=rate, shipping="3.50", shipping_tax="0.70", duties="20.00", duties_tax="4.00")
    lines = told(replace(order, included=included))
    for buyers in (False, True) if rate else (False,):

        def of(amount: str, buyers: bool = buyers) -> Decimal:
            return order.side(amount, buyers=buyers)

        shipping = of("3.50") - (of("0.70") if included else 0)
        assert sum_of(lines, "shipping_price", buyers=buyers) == shipping
        taxes = (of(amount) for amount in ("9.00", "1.40", "0.70", "20.00", "4.00"))
        assert sum_of(lines, "tax", buyers=buyers) == sum(taxes)


def test_a_total_of_before_an_edit_changes_no_amount() -> None:
    """Less than its lines by more than rounding: it speaks of another order than they do."""
    body, plain = rest(replace(EURO, rate=None)), told(replace(EURO, rate=None))
    body["total_price"], body["total_price_set"]["shop_money"]["amount"] = "1.00", "1.00"
    body["total_price_set"]["presentment_money"]["amount"] = "1.00"
    assert [replace(line, told_at=None) for line in lines_of_body(body)] == list(plain)


def test_a_tip_that_is_a_line_of_its_own_is_counted_once() -> None:
    tip = Item(103, 1, "2.00")
    lines = told(replace(EURO, items=(*TWO, tip)))
    assert [str(line.price.amount) for line in lines] == ["45.00", "7.01", "2.00"]
    assert sum_of(lines, "tax") == Decimal("11.10")
