"""The consignor's share to the cent, where it goes in the books, and when it is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_sales import ANNA, BELA, NOW, consigned, fee, line, money, refund, stock, terms
from sales_ledger.domain import (
    Band,
    Base,
    Fixed,
    Linear,
    Owned,
    OwnerKind,
    Payment,
    Sale,
    Tiers,
    commands,
    due,
    due_of,
    share_of,
    unknown_because,
    with_terms,
)

AFTER = Base.AFTER_FEES
TIERS = Tiers((Band(Decimal(0), Decimal(50)), Band(Decimal(50), Decimal(40))))


def parts(sale: Sale) -> tuple[str, str, str]:
    """(commission, share, fees borne)"""
    share = share_of(sale)
    assert share is not None, unknown_because(sale)
    return str(share.commission.amount), str(share.amount.amount), str(share.fees_borne.amount)


@pytest.mark.parametrize(
    ("price", "agreed", "more", "expected"),
    [
        ("64.00", terms("40"), {"fees": (fee("8.16"),)}, ("25.60", "38.40", "0")),
        ("64.00", terms("40"), {"refunds": (refund(1, money("20.00")),)}, ("17.60", "26.40", "0")),
        # 40 % of 33.33 is 13.332; of 33.34 13.336
        ("33.33", terms("40"), {}, ("13.33", "20.00", "0")),
        ("33.34", terms("40"), {}, ("13.34", "20.00", "0")),
        # 12.5 % of 0.20 is 0.025: half a penny goes to the shop
        ("0.20", terms("12.5"), {}, ("0.03", "0.17", "0")),
        ("64.00", terms("40", base=AFTER), {"fees": (fee("8.16"),)}, ("22.34", "33.50", "8.16")),
        ("5.00", terms("40", minimum=money("3.00")), {}, ("3.00", "2.00", "0")),
        ("2.00", terms("40", minimum=money("3.00")), {}, ("2.00", "0.00", "0")),
        ("5.00", terms("40", minimum=money("3.00", "EUR")), {}, ("2.00", "3.00", "0")),
        # Two units at 3.00 each; the one sent back pays no minimum.
        ("10.00", terms("40", minimum=money("3.00")), {"quantity": 2}, ("6.00", "4.00", "0")),
        (
            "10.00",
            terms("40", minimum=money("3.00")),
            {"quantity": 2, "refunds": (refund(1, money("5.00"), 1),)},
            ("3.00", "2.00", "0"),
        ),
        # The band is that of the unit price: 60.00 for two is 30.00 each. A refund lowers the base, not the rate.
        ("60.00", terms(rate=TIERS), {"quantity": 2}, ("30.00", "30.00", "0")),
        ("60.00", terms(rate=TIERS), {"refunds": (refund(1, money("20.00")),)}, ("16.00", "24.00", "0")),
        ("60.00", terms(rate=TIERS), {"quantity": 2, "cancelled_quantity": 1}, ("15.00", "15.00", "0")),
        # 70.00 between 20.00 at 60 % and 120.00 at 20 % is 40 %.
        (
            "70.00",
            terms(rate=Linear(Decimal(20), Decimal(60), Decimal(120), Decimal(20))),
            {},
            ("28.00", "42.00", "0"),
        ),
        # The refund took the shipping back too: of the price nothing is left, and nobody owes more than that.
        ("20.00", terms("40"), {"refunds": (refund(1, money("23.50")),)}, ("0.00", "0.00", "0")),
        # Fees above what is left: the consignor bears no more than it.
        ("5.00", terms("40", base=AFTER), {"fees": (fee("8.16"),)}, ("0.00", "0.00", "5.00")),
        # A shop till keeps no fees.
        ("50.00", terms("40", base=AFTER), {"platform": "elsewhere"}, ("20.00", "30.00", "0")),
    ],
)
def test_the_share_to_the_cent(
    price: str, agreed: Any, more: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    found = parts(consigned(money(price), [agreed], **more))
    assert tuple(map(Decimal, found)) == tuple(map(Decimal, expected))


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (money("1001", "JPY"), ("125", "876")),
        (money("1004", "JPY"), ("126", "878")),
        (money("10.004", "KWD"), ("1.251", "8.753")),
    ],
)
def test_a_currency_without_or_with_three_digits(price: Any, expected: tuple[str, str]) -> None:
    assert parts(consigned(price, [terms("12.5")]))[:2] == expected


@pytest.mark.parametrize(
    ("sale", "why"),
    [
        (consigned(money(20), []), "No terms were agreed"),
        (consigned(money(20), [terms(base=AFTER)]), "not said its fees"),
        (consigned(money(20), [terms(base=AFTER)], fees=(fee(1, "USD"),)), "fees in another currency"),
        (consigned(money(20), [terms()], refunds=(refund(1, money(1, "USD")),)), "another currency"),
        (replace(consigned(money(20), [terms()]), stock=stock(OwnerKind.OWN)), "no consigned sale"),
        (replace(consigned(money(20), [terms()]), stock=stock(OwnerKind.CONSIGNED)), "which consignor"),
    ],
)
def test_why_there_is_no_share(sale: Sale, why: str) -> None:
    assert share_of(sale) is None
    assert why in str(unknown_because(sale))
    assert due(sale)["price"]["unassigned" if sale.owner is not OwnerKind.OWN else "sales", "GBP"] == -20


amounts = st.decimals("0.01", 5000, places=2)


@given(
    price=amounts,
    percent=st.decimals(0, 100, places=2),
    minimum=st.decimals(0, 50, places=2),
    fees=st.decimals(0, 100, places=2),
    gone=st.lists(amounts, max_size=3),
    quantity=st.integers(1, 4),
    cancelled=st.integers(0, 4),
    base=st.sampled_from(Base),
    currency=st.sampled_from(["GBP", "JPY", "KWD"]),
)
def test_commission_and_share_add_up_to_the_base_and_nobody_owes(
    price: Decimal,
    percent: Decimal,
    minimum: Decimal,
    fees: Decimal,
    gone: list[Decimal],
    quantity: int,
    cancelled: int,
    base: Base,
    currency: str,
) -> None:
    agreed = terms(rate=Fixed(percent), minimum=money(minimum, currency), base=base)
    more: dict[str, Any] = {
        "quantity": quantity,
        "cancelled_quantity": min(cancelled, quantity),
        "fees": (fee(fees, currency),),
    }
    lower = None
    for count in range(len(gone) + 1):
        refunds = tuple(refund(n, money(amount, currency)) for n, amount in enumerate(gone[:count]))
        share = share_of(consigned(money(price, currency), [agreed], refunds=refunds, **more))
        assert share is not None
        assert share.commission.amount + share.amount.amount == share.base.amount >= 0
        assert share.fees_borne.amount + share.base.amount == share.left.amount <= price
        assert share.commission.amount >= 0
        assert share.amount.amount >= 0
        assert share.fees_borne.amount >= 0
        assert lower is None or share.amount.amount <= lower + 1  # one unit of rounding in yen
        lower = share.amount.amount


def test_a_refund_beyond_the_price_takes_shipping_back_then_tax_then_is_the_shops_loss() -> None:
    sale = consigned(
        money("20.00"),
        [terms("40")],
        shipping_price=money("3.00"),
        tax=money("2.00"),
        refunds=(refund(1, money("12.00")), refund(2, money("14.00"))),
    )
    books = due(sale)
    assert books["refund:R1"] == {(f"consigned:{ANNA}", "GBP"): 12, (_owed(sale), "GBP"): -12}
    assert books["refund:R2"] == {
        (f"consigned:{ANNA}", "GBP"): 8,
        ("shipping", "GBP"): 3,
        ("tax", "GBP"): 2,
        ("sales", "GBP"): 1,
        (_owed(sale), "GBP"): -14,
    }


def _owed(sale: Sale) -> str:
    assert sale.line is not None
    return f"marketplace:{sale.line.account_id}"


def test_with_a_base_after_fees_the_consignor_bears_them_in_the_books() -> None:
    books = due(consigned(money("64.00"), [terms("40", base=AFTER)], fees=(fee("8.16"),)))
    assert books["fee_recharge"] == {
        (f"consigned:{ANNA}", "GBP"): Decimal("8.16"),
        ("fees", "GBP"): Decimal("-8.16"),
    }
    assert books["commission"] == {
        (f"consigned:{ANNA}", "GBP"): Decimal("22.34"),
        ("commission", "GBP"): Decimal("-22.34"),
    }


def test_a_sale_keeps_its_terms_and_takes_others_with_another_owner() -> None:
    first, other = terms("40"), replace(terms("10"), terms_id=ANNA, created_at=NOW, effective_from=NOW)
    sale = consigned(money("20.00"), [first])
    assert with_terms(sale, [first, other]) == sale
    given_away = with_terms(replace(sale, stock=stock(OwnerKind.OWN, revision=2)), [first])
    assert given_away.locked is None
    restated = with_terms(replace(sale, line=line(money("30.00"), revision=2)), [])
    assert restated.locked is not None
    assert restated.locked.unit_price == 30


def test_another_consignor_takes_his_own_terms_and_back_again() -> None:
    agreed = [terms("40"), replace(terms("10", whose=BELA), terms_id=BELA)]
    sale = consigned(money("20.00"), agreed)
    given = with_terms(commands.correct_owner(sale, Owned(OwnerKind.CONSIGNED, BELA)), agreed)
    assert parts(given)[:2] == ("2.00", "18.00")
    assert due(given)["price"][f"consigned:{BELA}", "GBP"] == -20
    assert with_terms(commands.uncorrect_owner(given), agreed) == sale


def test_a_restated_time_of_sale_takes_its_own_terms_unless_a_run_has_the_sale() -> None:
    early, late = terms("40"), replace(terms("10"), terms_id=ANNA, effective_from=NOW + timedelta(days=1))
    sale = consigned(money("20.00"), [early, late])
    moved = replace(sale, line=line(money("20.00"), revision=2, sold_at=NOW + timedelta(days=2)))
    relocked = with_terms(moved, [early, late])
    assert relocked.locked is not None
    assert relocked.locked.percent == 10
    assert with_terms(replace(moved, run_id=BELA), []).locked == sale.locked


def why_not(sale: Sale, days: float = 30) -> str | None:
    found = due_of(sale, NOW + timedelta(days=days))
    assert found is not None
    return found.why_not


def test_a_share_is_due_once_confirmed_paid_for_and_past_its_return_window() -> None:
    sale = consigned(money("20.00"), [terms("40")], confirmed=True, paid_at=NOW + timedelta(days=2))
    found = due_of(sale, NOW + timedelta(days=16))
    assert found is not None
    assert (found.amount, found.due_at, found.why_not) == (
        money("12.00"),
        NOW + timedelta(days=16),
        None,
    )
    assert "return window is open until 2026-03-17" in str(why_not(sale, days=15.9))
    assert "not confirmed" in str(why_not(consigned(money(20), [terms()])))
    for payment in ("unpaid", "authorized", "voided"):
        held = consigned(money(20), [terms()], confirmed=True, payment=payment)
        assert "buyer has not paid" in str(why_not(held))
    assert "not said how much" in str(
        why_not(consigned(money(20), [terms()], confirmed=True, payment="refunded"))
    )
    assert "in a payout run" in str(why_not(replace(sale, run_id=ANNA)))
    assert "Nothing is left" in str(why_not(consigned(money(20), [terms("100")], confirmed=True)))
    assert "No terms" in str(why_not(consigned(money(20), [], confirmed=True)))
    assert due_of(replace(sale, stock=stock(OwnerKind.OWN)), NOW) is None


def test_what_must_be_taken_back_waits_for_nothing() -> None:
    sale = consigned(money("20.00"), [terms("40")], confirmed=True, refunds=(refund(1, money("5.00")),))
    paid = replace(sale, payments=(Payment(ANNA, money("12.00"), NOW),))
    found = due_of(paid, NOW)
    assert found is not None
    assert (found.amount, found.why_not) == (money("-3.00"), None)
