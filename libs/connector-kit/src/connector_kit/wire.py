"""Domain → contracts: the facts a connector says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from soldwire_contracts.listings import (
    Evidence,
    ListingAdjusted,
    ListingDelisted,
    ListingFailed,
    ListingObserved,
    ListingReached,
    ListingRelisted,
)
from soldwire_contracts.sales import (
    Fee,
    Presentment,
    Refund,
    SaleCancelled,
    SaleDetected,
    SaleRefunded,
    SaleState,
    SaleUpdated,
    Shipment,
)
from soldwire_contracts.sync import AccountStatus
from soldwire_contracts.values import AccountState, FoundBy, ListingState, Money, Payment, Platform, Restock

from connector_kit.domain import (
    Account,
    Amount,
    Change,
    Intent,
    OrderLine,
    SeenListing,
    Verdict,
    VerdictKind,
)

_SALES: dict[Change, type[SaleState]] = {
    Change.DETECTED: SaleDetected,
    Change.UPDATED: SaleUpdated,
    Change.CANCELLED: SaleCancelled,
    Change.REFUNDED: SaleRefunded,
}
_REACHED: dict[VerdictKind, type[ListingReached]] = {
    VerdictKind.DELISTED: ListingDelisted,
    VerdictKind.ADJUSTED: ListingAdjusted,
    VerdictKind.RELISTED: ListingRelisted,
}


def money(amount: Amount) -> Money:
    """An amount as the contracts write it."""
    return Money(amount=amount.amount, currency=amount.currency)


def _money(amount: Amount | None) -> Money | None:
    return money(amount) if amount is not None else None


def sale_fact(
    change: Change,
    account: Account,
    line: OrderLine,
    *,
    sale_id: UUID,
    listing_id: UUID | None,
    revision: int,
    found_by: str,
    accepted_at: datetime,
) -> SaleState:
    """The `sale.*` fact of one order line's whole state."""
    return _SALES[change](
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        platform=Platform(account.platform),
        sale_id=sale_id,
        revision=revision,
        order_id=line.order_id,
        order_number=line.order_number,
        order_url=line.order_url,
        line_id=line.line_id,
        listing_id=listing_id,
        sku=line.sku,
        title=line.title,
        thumbnail_url=line.thumbnail_url,
        quantity=line.quantity,
        cancelled_quantity=line.cancelled_quantity,
        restock=Restock(line.restock),
        payment=Payment(line.payment),
        price=money(line.price),
        discount=_money(line.discount),
        shipping_price=_money(line.shipping_price),
        tax=_money(line.tax),
        presentment=_presentment(line),
        channel=line.channel,
        fees=_fees(line),
        refunds=_refunds(line),
        shipments=_shipments(line),
        sold_at=line.sold_at,
        paid_at=line.paid_at,
        cancelled_at=line.cancelled_at,
        account_connected_at=account.connected_at,
        accepted_at=accepted_at,
        found_by=FoundBy(found_by),
    )


def _presentment(line: OrderLine) -> Presentment | None:
    told = line.presentment
    if told is None:
        return None
    return Presentment(
        price=money(told.price),
        shipping_price=_money(told.shipping_price),
        tax=_money(told.tax),
        discount=_money(told.discount),
    )


def _fees(line: OrderLine) -> tuple[Fee, ...]:
    """One a kind and currency, whatever transactions they were kept in."""
    sums: dict[tuple[str, str], Decimal] = {}
    for fee in line.fees or ():
        of = fee.kind, fee.amount.currency
        sums[of] = sums.get(of, Decimal(0)) + fee.amount.amount
    return tuple(
        Fee(kind=kind, amount=Money(amount=amount, currency=currency))
        for (kind, currency), amount in sums.items()
    )


def _refunds(line: OrderLine) -> tuple[Refund, ...]:
    return tuple(
        Refund(
            refund_id=refund.refund_id,
            amount=money(refund.amount),
            quantity=refund.quantity,
            at=refund.at,
            presentment=_money(refund.presentment),
            restock=Restock(refund.restock) if refund.restock else None,
        )
        for refund in line.refunds
    )


def _shipments(line: OrderLine) -> tuple[Shipment, ...]:
    return tuple(
        Shipment(
            courier=parcel.courier,
            tracking_number=parcel.tracking_number,
            tracking_url=parcel.tracking_url,
            shipped_at=parcel.shipped_at,
        )
        for parcel in line.shipments
    )


def listing_observed(
    account: Account, listing_id: UUID, seen: SeenListing, *, revision: int, settled_version: int
) -> ListingObserved:
    """A listing as it was seen."""
    return ListingObserved(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        platform=Platform(account.platform),
        listing_id=listing_id,
        revision=revision,
        sku=seen.sku,
        title=seen.title,
        price=_money(seen.price),
        quantity=max(seen.quantity, 0),
        state=ListingState(seen.state),
        vendor=seen.vendor,
        url=seen.url,
        thumbnail_url=seen.thumbnail_url,
        stock_master=account.stock_master,
        settled_version=settled_version,
        observed_at=seen.seen_at,
    )


def listing_reached(intent: Intent, platform: str, verdict: Verdict, shown: SeenListing) -> ListingReached:
    """A target reached, with what was read back."""
    own_call = verdict.ended_by_us and intent.called_version == intent.version
    return _REACHED[verdict.kind](
        tenant_id=intent.tenant_id,
        account_id=intent.account_id,
        platform=Platform(platform),
        article_id=intent.article_id,
        listing_id=intent.listing_id,
        version=intent.version,
        target_quantity=intent.quantity,
        sale_id=intent.sale_id,
        attempts=intent.attempts,
        called_at=intent.called_at if own_call else None,
        applied_at=intent.applied_at or shown.seen_at,
        evidence=Evidence(quantity=max(shown.quantity, 0), buyable=shown.buyable, read_at=shown.seen_at),
        ended_by_us=verdict.ended_by_us,
    )


def listing_failed(intent: Intent, platform: str, verdict: Verdict, now: datetime) -> ListingFailed:
    """A target given up for now."""
    return ListingFailed(
        tenant_id=intent.tenant_id,
        account_id=intent.account_id,
        platform=Platform(platform),
        article_id=intent.article_id,
        listing_id=intent.listing_id,
        version=intent.version,
        target_quantity=intent.quantity,
        sale_id=intent.sale_id,
        attempts=intent.attempts,
        called_at=intent.called_at if intent.called_version == intent.version else None,
        code=verdict.code,
        reason=verdict.reason,
        can_retry=verdict.can_retry,
        link=verdict.link,
        failed_at=now,
    )


def account_status(account: Account, now: datetime) -> AccountStatus:
    """An account's state."""
    return AccountStatus(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        platform=Platform(account.platform),
        revision=account.revision,
        name=account.name,
        state=AccountState(account.state),
        reason=account.reason,
        stock_master=account.stock_master,
        connected_at=account.connected_at,
        at=now,
    )
