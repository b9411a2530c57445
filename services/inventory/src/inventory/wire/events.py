"""Facts of the bus to domain objects, and what was decided to facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from soldwire_contracts import Fact as Contract
from soldwire_contracts import ids, ledger, listings, sales, stock, values

from inventory.domain import (
    Article,
    Changed,
    Consignor,
    Drop,
    Fact,
    ListingState,
    Money,
    Observation,
    Oversold,
    Owner,
    Reached,
    Restock,
    SaleLine,
    Sold,
    Target,
    clean_sku,
)

_PAID = {values.Payment.PAID, values.Payment.PARTLY_REFUNDED, values.Payment.REFUNDED}


def sale_line(fact: sales.SaleState) -> SaleLine:
    """The order line a `sale.*` fact carries. A sale elsewhere may name its article as its line, as ours do."""
    sent = [parcel.shipped_at for parcel in fact.shipments if parcel.shipped_at is not None]
    elsewhere = fact.platform is values.Platform.ELSEWHERE
    return SaleLine(
        tenant_id=fact.tenant_id,
        sale_id=fact.sale_id,
        revision=fact.revision,
        account_id=fact.account_id,
        platform=fact.platform,
        listing_id=fact.listing_id,
        article_id=_named(fact.line_id) if elsewhere else None,
        sku=clean_sku(fact.sku),
        title=fact.title,
        quantity=fact.quantity,
        cancelled=fact.cancelled_quantity,
        restock=Restock(fact.restock),
        paid=fact.payment in _PAID,
        shipped=bool(fact.shipments),
        shipped_at=min(sent, default=None),
        sold_at=fact.sold_at,
        cancelled_at=fact.cancelled_at,
        account_connected_at=fact.account_connected_at,
        given_back=_given_back(fact),
        given_back_at=max((refund.at for refund in fact.refunds), default=None),
        paid_at=fact.paid_at,
        restocked=_restocked(fact),
    )


def _restocked(fact: sales.SaleState) -> int | None:
    """Units that refunds put back; None where one of them does not say what became of its units, or none has any."""
    told = [refund for refund in fact.refunds if refund.quantity]
    if not told or any(refund.restock is None for refund in told):
        return None
    return sum(refund.quantity for refund in told if refund.restock is values.Restock.RESTOCKED)


def _given_back(fact: sales.SaleState) -> int:
    """Units that refunds gave back beyond what was cancelled; all that are still sold where the whole price went back
    and no refund says how many. A part of the price without a quantity is money alone.
    """
    live = max(0, fact.quantity - fact.cancelled_quantity)
    units = sum(refund.quantity for refund in fact.refunds)
    if units:
        return max(0, min(units - fact.cancelled_quantity, live))
    amount = sum((refund.amount.amount for refund in fact.refunds), Decimal(0))
    whole = fact.payment is values.Payment.REFUNDED or (amount >= fact.price.amount > 0)
    return live if whole else 0


def _named(line_id: str) -> UUID | None:
    """The article; None for a till's own numbering, whose SKU says which."""
    try:
        return UUID(line_id)
    except ValueError:
        return None


def observation(fact: listings.ListingObserved) -> Observation:
    """What `listing.observed` saw."""
    return Observation(
        tenant_id=fact.tenant_id,
        account_id=fact.account_id,
        platform=fact.platform,
        listing_id=fact.listing_id,
        revision=fact.revision,
        sku=clean_sku(fact.sku),
        title=fact.title,
        quantity=fact.quantity,
        state=ListingState(fact.state),
        url=fact.url,
        thumbnail_url=fact.thumbnail_url,
        stock_master=fact.stock_master,
        settled_version=fact.settled_version,
        observed_at=fact.observed_at,
        vendor=fact.vendor,
        brand=fact.brand,
        price=Money(fact.price.amount, fact.price.currency) if fact.price else None,
    )


def consignor(fact: ledger.ConsignorChanged) -> Consignor:
    """Who gives articles to be sold, as the ledger says it."""
    return Consignor(fact.consignor_id, fact.tenant_id, fact.code, fact.active, fact.revision)


def reached(fact: listings.ListingOutcome) -> Reached:
    """A connector's word on one target."""
    read_back = fact.evidence.quantity if isinstance(fact, listings.ListingReached) else None
    return Reached(
        tenant_id=fact.tenant_id,
        listing_id=fact.listing_id,
        version=fact.version,
        quantity=read_back,
        sale_id=fact.sale_id,
        taken_down=isinstance(fact, listings.ListingDelisted),
        ended_by_us=not isinstance(fact, listings.ListingReached) or fact.ended_by_us,
        failure=fact.reason if isinstance(fact, listings.ListingFailed) else None,
        at=_ended_at(fact),
    )


def _ended_at(fact: listings.ListingOutcome) -> datetime | None:
    if isinstance(fact, listings.ListingFailed):
        return fact.failed_at
    return fact.applied_at if isinstance(fact, listings.ListingReached) else None


def contract_of(article: Article, fact: Fact, now: datetime) -> Contract:
    """The fact of the bus that says what was decided for an article."""
    say = cast("Callable[[Article, Fact, datetime], Contract]", _SAY[type(fact)])
    return say(article, fact, now)


def _sold(article: Article, fact: Sold, now: datetime) -> stock.ListingSold:
    line = fact.line
    return stock.ListingSold(
        tenant_id=article.tenant_id,
        article_id=article.id,
        sale_id=line.sale_id,
        account_id=line.account_id,
        platform=values.Platform(line.platform),
        listing_id=line.listing_id,
        sku=article.sku or line.sku,
        title=line.title,
        outcome=values.Outcome(fact.outcome),
        units_sold=fact.units_sold,
        units_held=fact.units_held,
        remaining=fact.remaining,
        owner=owner_of(fact.owner or article.owner),
        cost=money_of(fact.cost if fact.owner else article.cost),
        targets=tuple(map(_target, fact.targets)),
        explains=tuple(map(_drop, fact.explains)),
        sold_at=line.sold_at,
        reserved_at=now,
        revision=article.revision,
    )


def _changed(article: Article, fact: Changed, now: datetime) -> stock.StockChanged:
    return stock.StockChanged(
        tenant_id=article.tenant_id,
        article_id=article.id,
        quantity=fact.free,
        cause=values.StockCause(fact.cause),
        drop=_drop(fact.drop) if fact.drop else None,
        sale_id=fact.sale_id,
        targets=tuple(map(_target, fact.targets)),
        changed_at=now,
    )


def _oversold(article: Article, fact: Oversold, now: datetime) -> stock.StockOversold:
    return stock.StockOversold(
        tenant_id=article.tenant_id,
        article_id=article.id,
        contenders=tuple(
            stock.Contender(sale_id=one.sale_id, units_sold=one.units_sold, units_held=one.units_held)
            for one in fact.contenders
        ),
        reason=fact.reason,
        at=now,
        revision=article.revision,
    )


_SAY = {Sold: _sold, Changed: _changed, Oversold: _oversold}


def owner_of(owner: Owner) -> stock.Owner:
    """An owner in the words of the contracts."""
    return stock.Owner(kind=values.OwnerKind(owner.kind), consignor_id=owner.consignor_id)


def money_of(amount: Money | None) -> values.Money | None:
    """An amount in the words of the contracts."""
    return values.Money(amount=amount.amount, currency=amount.currency) if amount else None


def _drop(drop: Drop) -> stock.Drop:
    return stock.Drop(at=drop.at, units=drop.units)


def _target(target: Target) -> listings.Target:
    return listings.Target(
        listing_id=target.listing_id,
        account_id=target.account_id,
        platform=values.Platform(target.platform),
        version=target.version,
        quantity=target.quantity,
        may_raise=target.may_raise,
        sold_here=target.sold_here,
    )


TILL = "till"


def sale_elsewhere(
    article: Article, *, order_id: str, quantity: int, price: values.Money, sold_at: datetime, now: datetime
) -> sales.SaleDetected:
    """A sale a person reports, as a connector would have said it."""
    account = ids.account_id(article.tenant_id, values.Platform.ELSEWHERE, TILL)
    return sales.SaleDetected(
        tenant_id=article.tenant_id,
        account_id=account,
        platform=values.Platform.ELSEWHERE,
        sale_id=ids.sale_id(account, order_id, str(article.id)),
        revision=1,
        order_id=order_id,
        line_id=str(article.id),
        sku=article.sku,
        title=article.title,
        quantity=quantity,
        payment=values.Payment.PAID,
        price=price,
        sold_at=sold_at,
        paid_at=sold_at,
        account_connected_at=sold_at,
        accepted_at=now,
        found_by=values.FoundBy.PERSON,
    )
