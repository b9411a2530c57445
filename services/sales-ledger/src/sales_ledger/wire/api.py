"""HTTP bodies: a sale as people see it, its timeline, totals, the books."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from sales_ledger.domain import (
    Delays,
    Hop,
    OwnerKind,
    RefundState,
    Restatement,
    Sale,
    Status,
    fees_of,
    is_provisional,
    net_of,
    provisional_until,
    refund_state,
    refunded,
    status_of,
)
from sales_ledger.wire.parcels import ShipmentView, parcels_of
from sales_ledger.wire.restatements import RestatementView, restatement_views
from sales_ledger.wire.shares import DueView, LockedView, shared
from sales_ledger.wire.values import FeeView, MoneyView, PresentmentView, RefundView, View


class ChipView(View):
    """One listing of the sold article."""

    listing_id: UUID
    account_id: UUID
    platform: str
    target_quantity: int
    state: str
    sold_here: bool
    reason: str | None
    exposure_ms: int | None


class SaleView(BaseModel):
    """A sale with its money and the chips of its listings.

    `provisional`: the marketplace may still change its figures; `restated`: it has changed some that it had told before.
    """

    sale_id: UUID
    revision: int
    status: Status
    owner: OwnerKind
    consignor_id: UUID | None
    confirmed_at: AwareDatetime | None
    removed_at: AwareDatetime | None
    paid_at: AwareDatetime | None
    paid_amount: MoneyView | None
    run_id: UUID | None
    """The payout run that has it, or else the one that paid it last."""
    owner_corrected: bool
    """Whether a person said whose it was; that stands beside inventory's word."""
    terms: LockedView | None
    commission: MoneyView | None
    consignor_share: MoneyView | None
    share_unknown: str | None
    """Why a consigned sale has no share yet."""
    waits_for_fees: bool
    """Whether that is its fees alone: somebody may give them."""
    due: DueView | None
    """None for a sale that is not consigned."""
    contention: str | None
    outcome: str | None
    account_id: UUID
    article_id: UUID | None
    platform: str
    order_id: str
    order_number: str | None
    order_url: str | None
    listing_id: UUID | None
    sku: str | None
    title: str
    thumbnail_url: str | None
    quantity: int
    cancelled_quantity: int
    payment: str
    price: MoneyView
    discount: MoneyView | None
    """What was taken off already: the price is what is left."""
    shipping_price: MoneyView | None
    tax: MoneyView | None
    presentment: PresentmentView | None
    """None where the buyer saw the price's own currency."""
    channel: str | None
    """Where on the marketplace it sold: `online_store`, `pos`, `draft_order`, … or the marketplace's own word."""
    fees: MoneyView | None
    fee_lines: list[FeeView]
    """By the marketplace's own kinds; `given` is what a person said while it has told none."""
    refunds: list[RefundView]
    refunded: MoneyView | None
    refund_state: RefundState
    net: MoneyView | None
    cost: MoneyView | None
    shipments: list[ShipmentView]
    restated: bool
    test: bool
    """An order by which a shop was tried out: in no books."""
    provisional: bool
    provisional_until: AwareDatetime | None
    sold_at: AwareDatetime
    accepted_at: AwareDatetime
    recorded_at: AwareDatetime | None
    delisted_at: AwareDatetime | None
    chips: list[ChipView]


class SalePage(BaseModel):
    """A page of sales, newest first."""

    items: list[SaleView]
    next: str | None


class HopView(View):
    """One hop of a sale's way."""

    what: str
    at: AwareDatetime
    since_sold_ms: int
    since_accepted_ms: int
    platform: str | None
    listing_id: UUID | None
    state: str | None


class ChangeView(View):
    """Who did what, when and why; `detail` is to what."""

    what: str
    by: str
    reason: str | None
    at: AwareDatetime
    detail: str | None = None


class TimelineView(BaseModel):
    """A sale's way, people's decisions on it, and the last figures its marketplace changed."""

    sale_id: UUID
    hops: list[HopView]
    changes: list[ChangeView]
    restatements: list[RestatementView]


class TotalView(View):
    """Sums of one currency; fees and net of those sales whose fees are known."""

    currency: str
    count: int
    price: Decimal
    fees: Decimal
    net: Decimal
    fees_unknown: int


class DayView(BaseModel):
    """Sales of one day on one platform."""

    day: date
    platform: str
    currency: str
    count: int
    price: Decimal


class BalanceView(BaseModel):
    """An account of the books; debits positive."""

    account: str
    type: str
    currency: str
    amount: Decimal


def sale_view(sale: Sale, at: datetime, delays: Delays) -> SaleView:
    """A recorded sale as people see it at a time, for a share falls due and a figure is final by itself."""
    line, stock = sale.line, sale.stock
    status, known = status_of(sale), sale.reckoned
    if line is None or known is None or status is None:
        raise ValueError(f"sale {sale.sale_id} is not recorded yet")
    return SaleView.model_validate(
        {
            "sale_id": sale.sale_id,
            "revision": sale.revision,
            "status": status,
            "owner": sale.owner,
            "confirmed_at": sale.decisions.confirmed_at,
            "removed_at": sale.decisions.removed_at,
            **shared(sale, at),
            "contention": sale.contention,
            "outcome": stock.outcome if stock else None,
            "article_id": stock.article_id if stock else None,
            "cost": stock.cost if stock else None,
            "fees": fees_of(known),
            "net": net_of(known),
            "refunded": refunded(line),
            "refund_state": refund_state(line),
            "shipments": parcels_of(line),
            "restated": sale.restated,
            "test": sale.test,
            "provisional": is_provisional(line, delays, at),
            "provisional_until": provisional_until(line, delays),
            "recorded_at": sale.recorded_at,
            "delisted_at": sale.completed_at if sale.is_delisted else None,
            "chips": list(sale.delist.steps) if sale.delist else [],
            "fee_lines": known.fees,
            **{name: getattr(line, name) for name in _FROM_LINE},
        },
        from_attributes=True,
    )


_FROM_LINE = (
    "account_id",
    "platform",
    "order_id",
    "order_number",
    "order_url",
    "listing_id",
    "sku",
    "title",
    "thumbnail_url",
    "quantity",
    "cancelled_quantity",
    "payment",
    "price",
    "discount",
    "shipping_price",
    "tax",
    "presentment",
    "channel",
    "refunds",
    "sold_at",
    "accepted_at",
)


def timeline_view(
    sale_id: UUID,
    hops: list[Hop],
    changes: list[tuple[str, str, str | None, datetime, str | None]],
    restated: list[Restatement],
) -> TimelineView:
    """A sale's way."""
    return TimelineView(
        sale_id=sale_id,
        hops=[HopView.model_validate(hop) for hop in hops],
        changes=[
            ChangeView(what=what, by=by, reason=why, at=at, detail=to) for what, by, why, at, to in changes
        ],
        restatements=restatement_views(restated),
    )


def day_view(row: tuple[date, str, str, int, Decimal]) -> DayView:
    """One bar of the chart."""
    day, platform, currency, count, price = row
    return DayView(day=day, platform=platform, currency=currency, count=count, price=price)


def balance_view(row: tuple[str, str, str, Decimal]) -> BalanceView:
    """One account."""
    account, kind, currency, amount = row
    return BalanceView(account=account, type=kind, currency=currency, amount=amount)
