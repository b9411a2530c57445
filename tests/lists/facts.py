"""What marketplaces say of a seller's articles: listings and drafts, orders, what became of targets, payouts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from soldwire_contracts import Fact, ids
from soldwire_contracts.ledger import PayoutLine, PayoutSettled
from soldwire_contracts.listings import (
    Evidence,
    ListingAdjusted,
    ListingDelisted,
    ListingFailed,
    ListingObserved,
    ListingOutcome,
    ListingRelisted,
    ListingTarget,
)
from soldwire_contracts.sales import Fee, Refund, SaleDetected, SaleRefunded, SaleUpdated, Shipment
from soldwire_contracts.values import FoundBy, ListingState, Payment, Platform

from tests.lists.seller import CONNECTED, PLATFORMS, Item, Seller, money, order_id

_ORDERS_OF_A_PAYOUT = 110
_NOT_PAID_OUT = 50
_FAILURES = (
    ("refused", "eBay refused to end the offer. End it on eBay, then mark it done.", None),
    (
        "relist_by_hand",
        "The item is gone. List it anew by hand.",
        "https://www.depop.com/products/seller-item",
    ),
    ("not_found", "The listing is not there any more.", None),
)


def seen(seller: Seller, item: Item) -> Iterator[ListingObserved]:
    """An article for sale on every marketplace; some listings ended since, some drafts besides."""
    for platform in PLATFORMS[2:] if item.is_uncounted else PLATFORMS:
        has_sku = not (item.is_alone and platform is Platform.DEPOP)
        yield _observed(seller, item, platform, sku=item.sku if has_sku else None)
    if item.number % 60 == 13:
        yield _observed(seller, item, PLATFORMS[0], revision=2, sku=item.sku, state=ListingState.ENDED)
    if item.number % 50 == 10:
        platform = PLATFORMS[item.number // 50 % 2]
        draft = ids.listing_id(seller.account(platform), f"draft-{item.number:05}")
        yield _observed(seller, item, platform, listing_id=draft, state=ListingState.DRAFT)


def doubted(seller: Seller, item: Item) -> Iterator[ListingObserved]:
    """A later look at an article's eBay listing, which shows more than there is."""
    if item.number % 50 == 1:
        later = seller.latest - timedelta(days=399)
        yield _observed(seller, item, PLATFORMS[1], revision=2, sku=item.sku, quantity=9, observed_at=later)


def _observed(seller: Seller, item: Item, platform: Platform, **more: Any) -> ListingObserved:
    values: dict[str, Any] = {
        "listing_id": seller.listing_id(item, platform),
        "revision": 1,
        "quantity": item.quantity,
        "state": ListingState.LIVE,
        "observed_at": seller.latest - timedelta(days=400),
        **more,
    }
    return ListingObserved(
        tenant_id=seller.tenant,
        account_id=seller.account(platform),
        platform=platform,
        title=item.title,
        brand=item.brand,
        vendor=item.brand if platform is PLATFORMS[0] else None,
        price=item.price,
        **values,
    )


def sale(seller: Seller, item: Item) -> SaleDetected:
    """An order line as it was seen first, in one of the states that sales are in."""
    account, sold_at, number = seller.account(item.platform), seller.sold_at(item), item.number
    parcel = Shipment(courier="Evri", tracking_number=f"H00{number:013}", shipped_at=sold_at)
    return SaleDetected(
        tenant_id=seller.tenant,
        account_id=account,
        platform=item.platform,
        sale_id=seller.sale_id(item),
        revision=1,
        order_id=order_id(item),
        order_number=f"26-{number:05}",
        line_id="1",
        listing_id=seller.listing_id(item, item.platform),
        sku=None if item.is_alone else item.sku,
        title=item.title,
        quantity=5 if number % 100 == 0 else 1,
        payment=Payment.PAID if number % 40 != 7 else Payment.UNPAID,
        price=item.price,
        shipping_price=money(number, Decimal("3.50")),
        fees=(Fee(kind="final_value", amount=money(number, Decimal("1.25"))),) if number % 7 else (),
        cancelled_quantity=1 if number % 41 == 0 else 0,
        shipments=(parcel,) if number % 40 != 7 else (),
        sold_at=sold_at,
        account_connected_at=CONNECTED,
        accepted_at=sold_at + timedelta(seconds=1),
        found_by=FoundBy.WEBHOOK,
    )


def later(seller: Seller, item: Item) -> Iterator[SaleUpdated | SaleRefunded]:
    """What the marketplace changed of it afterwards: another fee and postage, money back."""
    was = sale(seller, item).model_dump()
    if item.number % 20 == 3:
        fee = Fee(kind="final_value", amount=money(item.number, Decimal("1.75")))
        shipping = money(item.number, Decimal("3.75"))
        yield SaleUpdated.model_validate({**was, "revision": 2, "fees": (fee,), "shipping_price": shipping})
    if item.number % 25 == 0:
        share = 1 if item.number % 50 == 0 else Decimal("0.25")
        refund = Refund(
            refund_id=f"R{item.number}",
            amount=money(item.number, item.price.amount * share),
            quantity=1 if share == 1 else 0,
            at=seller.sold_at(item) + timedelta(minutes=30),
        )
        yield SaleRefunded.model_validate({**was, "revision": 3, "refunds": (refund,)})


def outcomes(targets: Iterable[ListingTarget], seller: Seller) -> Iterator[ListingOutcome]:
    """What became of targets: most are reached within seconds, some fail, some are still on their way."""
    numbers = {
        seller.listing_id(item, platform): item.number for item in seller.items for platform in PLATFORMS
    }
    for target in targets:
        number = numbers.get(target.listing_id, 0)
        if target.sold_here or (number % 97 and number % 83 != 7):
            yield _reached(target, seller, number)
        elif number % 97 == 0:
            yield _failed(target, seller, number)


def _common(target: ListingTarget) -> dict[str, Any]:
    named = ("tenant_id", "account_id", "platform", "article_id", "listing_id", "version", "sale_id")
    return {**{name: getattr(target, name) for name in named}, "target_quantity": target.quantity}


def _reached(target: ListingTarget, seller: Seller, number: int) -> ListingOutcome:
    took = timedelta(milliseconds=900 + 350 * (number % 60))
    at = seller.sold_at(seller.items[number]) + took
    evidence = Evidence(quantity=target.quantity, buyable=target.quantity > 0, read_at=at)
    raised = ListingRelisted if target.may_raise else ListingAdjusted
    kind = raised if target.quantity else ListingDelisted
    return kind.model_validate(
        {**_common(target), "called_at": at, "applied_at": at, "evidence": evidence, "attempts": 1}
    )


def _failed(target: ListingTarget, seller: Seller, number: int) -> ListingFailed:
    code, reason, link = _FAILURES[number // 97 % len(_FAILURES)]
    at = seller.sold_at(seller.items[number]) + timedelta(seconds=5)
    told = {"code": code, "reason": reason, "link": link, "can_retry": False, "failed_at": at}
    return ListingFailed.model_validate({**_common(target), **told})


def payouts(seller: Seller) -> Iterator[PayoutSettled]:
    """What each marketplace paid out: most orders as we have them, some for less, some of nobody, the last not yet."""
    for platform in PLATFORMS:
        sold = [item for item in seller.items if item.platform is platform][_NOT_PAID_OUT:]
        for part, first in enumerate(range(0, len(sold), _ORDERS_OF_A_PAYOUT)):
            yield _payout(seller, platform, part, sold[first : first + _ORDERS_OF_A_PAYOUT])


def _payout(seller: Seller, platform: Platform, part: int, orders: Sequence[Item]) -> PayoutSettled:
    lines = [line for item in orders for line in _lines(item)]
    fee = PayoutLine(transaction_id=f"T{part:05}-fee", kind="adjustment", amount=money(1, -2))
    return PayoutSettled(
        tenant_id=seller.tenant,
        account_id=seller.account(platform),
        platform=platform,
        payout_id=f"payout-{part:05}",
        revision=1,
        amount=money(1, sum((line.amount.amount for line in lines), Decimal(-2))),
        paid_at=seller.sold_at(orders[0]) + timedelta(hours=2),
        lines=(*lines, fee),
    )


def _lines(item: Item) -> Iterator[PayoutLine]:
    kept = item.price.amount + Decimal("2.25") - (1 if item.number % 30 == 4 else 0)
    yield PayoutLine(
        transaction_id=f"T{item.number:05}",
        kind="order",
        order_id=order_id(item),
        amount=money(item.number, kept),
    )
    if item.number % 44 == 6:
        stranger = f"strange-{item.number:05}"
        yield PayoutLine(
            transaction_id=f"S{item.number:05}", kind="order", order_id=stranger, amount=item.price
        )


def batches(facts: Iterable[Fact], size: int = 500) -> Iterator[list[Fact]]:
    """As the bus hands them out."""
    left = iter(facts)
    while batch := list(itertools.islice(left, size)):
        yield batch
