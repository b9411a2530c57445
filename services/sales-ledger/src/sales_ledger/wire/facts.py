"""Facts from the bus to words on sales; sales to the ledger's own facts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid5

from soldwire_contracts import Event
from soldwire_contracts.delist import DelistCompleted, DelistProgress
from soldwire_contracts.ledger import (
    ConsignorChanged,
    PayoutSettled,
    SaleConfirmed,
    SalePaid,
    SaleRecorded,
    SaleRemoved,
)
from soldwire_contracts.sales import SaleState
from soldwire_contracts.sales import Shipment as ShipmentFact
from soldwire_contracts.stock import ListingSold, StockOversold
from soldwire_contracts.stock import Owner as OwnerFact
from soldwire_contracts.values import Money as MoneyValue
from soldwire_contracts.values import OwnerKind as OwnerName

from sales_ledger.domain import (
    Consignor,
    Delist,
    Fee,
    Line,
    Money,
    Oversold,
    OwnerKind,
    Payout,
    PayoutLine,
    Presentment,
    Refund,
    Sale,
    Shipment,
    Step,
    Stock,
    Word,
    fees_of,
    net_of,
    refunded,
    share_of,
    status_of,
)
from sales_ledger.domain.couriers import KnownBy
from sales_ledger.wire.parcels import parcels_of


def _money(value: MoneyValue) -> Money:
    return Money(value.amount, value.currency)


def _maybe(value: MoneyValue | None) -> Money | None:
    return None if value is None else _money(value)


def _line(fact: SaleState) -> Line:
    return Line(
        revision=fact.revision,
        account_id=fact.account_id,
        platform=fact.platform.value,
        order_id=fact.order_id,
        order_number=fact.order_number,
        order_url=fact.order_url,
        line_id=fact.line_id,
        listing_id=fact.listing_id,
        sku=fact.sku,
        title=fact.title,
        thumbnail_url=fact.thumbnail_url,
        quantity=fact.quantity,
        cancelled_quantity=fact.cancelled_quantity,
        payment=fact.payment.value,
        price=_money(fact.price),
        shipping_price=_maybe(fact.shipping_price),
        tax=_maybe(fact.tax),
        fees=tuple(Fee(fee.kind, _money(fee.amount)) for fee in fact.fees),
        refunds=tuple(
            Refund(r.refund_id, _money(r.amount), r.quantity, r.at, _maybe(r.presentment))
            for r in fact.refunds
        ),
        shipments=tuple(
            Shipment(s.courier, s.tracking_number, s.tracking_url, s.shipped_at) for s in fact.shipments
        ),
        sold_at=fact.sold_at,
        paid_at=fact.paid_at,
        cancelled_at=fact.cancelled_at,
        accepted_at=fact.accepted_at,
        found_by=fact.found_by.value,
        discount=_maybe(fact.discount),
        presentment=_presentment(fact),
        channel=fact.channel,
    )


def _presentment(fact: SaleState) -> Presentment | None:
    seen = fact.presentment
    if seen is None:
        return None
    return Presentment(
        _money(seen.price), _maybe(seen.shipping_price), _maybe(seen.tax), _maybe(seen.discount)
    )


def word_of_sale(event: Event[SaleState]) -> Word:
    """The marketplace's word: the line, whole."""
    fact, line = event.data, _line(event.data)
    return Word(
        fact.tenant_id,
        fact.sale_id,
        lambda sale: sale.with_line(line, event.time),
        event.traceparent,
        event.test,
    )


def words_of_stock(event: Event[ListingSold] | Event[StockOversold]) -> list[Word]:
    """Inventory's word: on one sale, or on every contender for an article."""
    if isinstance(event.data, ListingSold):
        return [_word_of_stock(event.data, event.traceparent, test=event.test)]
    return _words_of_oversold(event.data, event.traceparent, test=event.test)


def _word_of_stock(fact: ListingSold, traceparent: str | None, *, test: bool) -> Word:
    stock = Stock(
        reserved_at=fact.reserved_at,
        article_id=fact.article_id,
        outcome=fact.outcome.value,
        units_sold=fact.units_sold,
        units_held=fact.units_held,
        remaining=fact.remaining,
        owner=OwnerKind(fact.owner.kind.value),
        consignor_id=fact.owner.consignor_id,
        cost=_maybe(fact.cost),
        revision=fact.revision,
    )
    return Word(fact.tenant_id, fact.sale_id, lambda sale: sale.with_stock(stock), traceparent, test)


def _words_of_oversold(fact: StockOversold, traceparent: str | None, *, test: bool) -> list[Word]:
    def word(oversold: Oversold, contender: int) -> Word:
        sale_id = fact.contenders[contender].sale_id
        return Word(fact.tenant_id, sale_id, lambda sale: sale.with_oversold(oversold), traceparent, test)

    return [
        word(Oversold(fact.at, c.units_sold, c.units_held, fact.reason, fact.revision), number)
        for number, c in enumerate(fact.contenders)
    ]


def word_of_delist(event: Event[DelistProgress] | Event[DelistCompleted]) -> Word:
    """The orchestrator's word: every listing, whole, at a revision."""
    fact = event.data
    steps = tuple(
        Step(
            listing_id=step.listing_id,
            account_id=step.account_id,
            platform=step.platform.value,
            version=step.version,
            target_quantity=step.target_quantity,
            state=step.state.value,
            sold_here=step.sold_here,
            reason=step.reason,
            asked_at=step.asked_at,
            called_at=step.called_at,
            applied_at=step.applied_at,
            verified_at=step.verified_at,
            exposure_ms=step.exposure_ms,
        )
        for step in fact.steps
    )
    delist, completed = Delist(fact.revision, fact.at, steps), isinstance(fact, DelistCompleted)
    return Word(
        fact.tenant_id,
        fact.sale_id,
        lambda sale: sale.with_completion(delist) if completed else sale.with_delist(delist),
        event.traceparent,
        event.test,
    )


def payouts(events: Sequence[Event[PayoutSettled]]) -> list[Payout]:
    """What marketplaces paid out; a payout of test orders moves no money."""
    return [_payout(event.data) for event in events if not event.test]


def _payout(fact: PayoutSettled) -> Payout:
    return Payout(
        tenant_id=fact.tenant_id,
        payout_key=uuid5(fact.account_id, f"payout:{fact.payout_id}"),
        account_id=fact.account_id,
        platform=fact.platform.value,
        payout_id=fact.payout_id,
        revision=fact.revision,
        amount=_money(fact.amount),
        paid_at=fact.paid_at,
        lines=tuple(
            PayoutLine(line.transaction_id, line.kind, line.order_id, _money(line.amount))
            for line in fact.lines
        ),
    )


def _value(money: Money | None) -> MoneyValue | None:
    return None if money is None else MoneyValue(amount=money.amount, currency=money.currency)


def _shipments(line: Line) -> tuple[ShipmentFact, ...]:
    """The platform's own words; where it says no courier or no link, what we know."""
    return tuple(
        ShipmentFact(
            courier=said.courier if parcel.courier_known_by is KnownBy.PLATFORM else parcel.courier,
            tracking_number=said.tracking_number,
            tracking_url=parcel.tracking_url,
            shipped_at=said.shipped_at,
        )
        for said, parcel in zip(line.shipments, parcels_of(line), strict=True)
    )


def _recorded(sale: Sale) -> dict[str, object]:
    """The sale as every fact of the ledger carries it. Raises ValueError before its marketplace's word came."""
    line, stock = sale.line, sale.stock
    if line is None:
        raise ValueError(f"sale {sale.sale_id} is not recorded yet")
    owned, share, known = sale.owned, share_of(sale), sale.reckoned or line
    owner = OwnerFact(kind=OwnerName(owned.kind.value), consignor_id=owned.consignor_id)
    return {
        "tenant_id": sale.tenant_id,
        "sale_id": sale.sale_id,
        "revision": sale.revision,
        "account_id": line.account_id,
        "platform": line.platform,
        "order_id": line.order_id,
        "order_number": line.order_number,
        "article_id": stock.article_id if stock else None,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "status": str(status_of(sale)),
        "owner": owner,
        "outcome": stock.outcome if stock else None,
        "price": _value(line.price),
        "fees": _value(fees_of(known)),
        "shipping_price": _value(line.shipping_price),
        "tax": _value(line.tax),
        "net": _value(net_of(known)),
        "refunded": _value(refunded(line)),
        "commission": _value(share.commission if share else None),
        "consignor_share": _value(share.amount if share else None),
        "shipments": _shipments(line),
        "sold_at": line.sold_at,
        "recorded_at": sale.recorded_at,
        "changed_at": sale.changed_at,
    }


def sale_recorded(sale: Sale) -> SaleRecorded:
    """The ledger holds the sale, or with other figures."""
    return SaleRecorded.model_validate(_recorded(sale))


def sale_confirmed(sale: Sale) -> SaleConfirmed:
    """A person confirmed it, or undid that."""
    return SaleConfirmed.model_validate(
        {**_recorded(sale), "confirmed": sale.decisions.confirmed_at is not None}
    )


def sale_removed(sale: Sale) -> SaleRemoved:
    """A person removed it, or undid that."""
    decisions = sale.decisions
    more = {"removed": decisions.removed_at is not None, "still_have_it": decisions.still_have_it}
    return SaleRemoved.model_validate({**_recorded(sale), **more})


def sale_paid(sale: Sale) -> SalePaid:
    """The consignor's share was paid, partly taken back, or that was undone."""
    more = {
        "paid": sale.is_paid,
        "paid_amount": _value(sale.paid_amount),
        "payout_run_id": sale.payments[-1].run_id if sale.payments else None,
    }
    return SalePaid.model_validate({**_recorded(sale), **more})


def consignor_changed(consignor: Consignor) -> ConsignorChanged:
    """A consignor was made or changed; the name stays in the house."""
    return ConsignorChanged(
        tenant_id=consignor.tenant_id,
        consignor_id=consignor.consignor_id,
        code=consignor.profile.code,
        active=consignor.active,
        revision=consignor.revision,
        changed_at=consignor.changed_at,
    )
