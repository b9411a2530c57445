"""Builders of sales as the ledger's rules know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sales_ledger.domain import (
    Base,
    Decisions,
    Fee,
    Fixed,
    Line,
    Money,
    OwnerKind,
    Rate,
    Refund,
    Sale,
    Stock,
    Terms,
    with_terms,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT, ACCOUNT = UUID(int=1), UUID(int=2)
ANNA, BELA = UUID(int=100), UUID(int=200)


def money(amount: Decimal | int | str, currency: str = "GBP") -> Money:
    return Money(Decimal(amount), currency)


def terms(
    percent: str = "40",
    *,
    rate: Rate | None = None,
    minimum: Money | None = None,
    base: Base = Base.BEFORE_FEES,
    whose: UUID | None = None,
    return_days: int = 14,
) -> Terms:
    """Terms that have held from the beginning."""
    return Terms(
        terms_id=UUID(int=3),
        tenant_id=TENANT,
        consignor_id=whose,
        effective_from=NOW - timedelta(days=999),
        fills_gap=True,
        rate=rate or Fixed(Decimal(percent)),
        minimum_fee=minimum,
        base=base,
        return_days=return_days,
        created_at=NOW - timedelta(days=999),
        created_by="me",
    )


def line(price: Money, **more: object) -> Line:
    plain = Line(
        revision=1,
        account_id=ACCOUNT,
        platform="ebay",
        order_id="O-1",
        order_number="O-1",
        order_url=None,
        line_id="L-1",
        listing_id=None,
        sku=None,
        title="Jumper",
        thumbnail_url=None,
        quantity=1,
        cancelled_quantity=0,
        payment="paid",
        price=price,
        shipping_price=None,
        tax=None,
        fees=(),
        refunds=(),
        shipments=(),
        sold_at=NOW,
        paid_at=None,
        cancelled_at=None,
        accepted_at=NOW,
        found_by="webhook",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def stock(owner: OwnerKind, consignor: UUID | None = None, revision: int = 1) -> Stock:
    return Stock(NOW, UUID(int=4), "held", 1, 1, 0, owner, consignor, None, revision)


def consigned(
    price: Money, agreed: Sequence[Terms], *, confirmed: bool = False, number: int = 5, **more: object
) -> Sale:
    """A sale of Anna's under these terms."""
    sale = Sale(
        tenant_id=TENANT,
        sale_id=UUID(int=number),
        line=line(price, **more),
        stock=stock(OwnerKind.CONSIGNED, ANNA),
        decisions=Decisions(confirmed_at=NOW if confirmed else None),
    )
    return with_terms(sale, agreed)


def fee(amount: Decimal | int | str, currency: str = "GBP") -> Fee:
    return Fee("final", money(amount, currency))


def refund(number: int, amount: Money, quantity: int = 0) -> Refund:
    return Refund(f"R{number}", amount, quantity, NOW + timedelta(days=number))
