"""Receipts and CSV sales as order lines: the words Depop uses, money per line, one state out of two doors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal

from connector_kit.domain import (
    Amount,
    LineFee,
    LineRefund,
    LineShipment,
    ListingState,
    OrderLine,
    Payment,
    SeenListing,
    split_by_share,
)

from connector_depop_ingest.domain import CsvSale, headline
from connector_depop_ingest.wire.uploads import ActiveListing, Item, Receipt

_STATUSES: tuple[tuple[re.Pattern[str], Payment], ...] = (
    (re.compile(r"^payment received", re.IGNORECASE), "paid"),
    (re.compile(r"^payment pending", re.IGNORECASE), "unpaid"),
    (re.compile(r"^refund sent", re.IGNORECASE), "partly_refunded"),
    (re.compile(r"^(refunded|payment refunded)", re.IGNORECASE), "refunded"),
    (re.compile(r"^cancelled", re.IGNORECASE), "voided"),
)
_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d{1,2})?)")
_SKU = re.compile(r"^\s*SKU:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
PRODUCT_PAGE = "https://www.depop.com/products/{}/"
RECEIPT_PAGE = "https://www.depop.com/sellinghub/sold-items/{}/"


class UnknownStatusError(ValueError):
    """The receipt says of its payment what we have never read; it is set aside, not guessed."""


def slug_alias(slug: str) -> str:
    """The name under which a listing is known."""
    return f"slug:{slug}"


def sku_in(description: str) -> str | None:
    """The SKU sellers write at the end of a description."""
    found = _SKU.findall(description)
    return found[-1] if found else None


def title_of(description: str, fallback: str) -> str:
    """Depop has no titles: the description's first line stands for one."""
    return headline(description) or fallback


def receipt_lines(receipt: Receipt, read_at: datetime) -> tuple[OrderLine, ...]:
    """A receipt's lines; what it tells of the whole goes to them by their share of the price.

    Raises UnknownStatusError.
    """
    payment = _payment(receipt.status)
    prices = _prices(receipt)
    shipping = _split(receipt.shipping_price, prices)
    fees = {kind: split_by_share(fee, prices) for kind, fee in sorted(receipt.fees.items())}
    refunds = split_by_share(_refunded(receipt, payment), prices)
    sold_at = _sold_at(receipt, read_at)
    cancelled = payment == "voided"
    whole = OrderLine(
        order_id=receipt.receipt_id,
        line_id="",
        title="",
        quantity=1,
        price=Amount(receipt.items_price, receipt.currency),
        order_number=receipt.receipt_id,
        order_url=RECEIPT_PAGE.format(receipt.receipt_id),
        payment=payment,
        shipments=_shipment(receipt),
        sold_at=sold_at,
        cancelled_at=sold_at if cancelled else None,
        as_of=read_at,
    )
    return tuple(
        replace(
            _article(whole, item, cancelled=cancelled),
            price=Amount(prices[n], receipt.currency),
            shipping_price=Amount(shipping[n], receipt.currency) if shipping else None,
            fees=tuple(LineFee(kind, Amount(parts[n], receipt.currency)) for kind, parts in fees.items()),
            refunds=_refund(refunds[n], receipt.currency, sold_at),
        )
        for n, item in enumerate(receipt.items)
    )


def _article(whole: OrderLine, item: Item, *, cancelled: bool) -> OrderLine:
    return replace(
        whole,
        line_id=item.slug,
        listing_aliases=(slug_alias(item.slug),),
        sku=sku_in(item.description),
        title=title_of(item.description, item.slug),
        thumbnail_url=item.thumbnail_url,
        quantity=item.quantity,
        cancelled_quantity=item.quantity if cancelled else 0,
    )


def csv_lines(sale: CsvSale, order_id: str, line_ids: Sequence[str]) -> tuple[OrderLine, ...]:
    """A CSV sale's lines under the ids they were given."""
    weights = [line.price or Decimal(0) for line in sale.lines]
    prices = split_by_share(sale.items_price, weights)
    shipping, tax = _split(sale.shipping_price, prices), _split(sale.tax, prices)
    fees = {kind: split_by_share(fee, prices) for kind, fee in sorted(sale.fees.items())}
    refunds = split_by_share(sale.refunded, prices)
    payment = _csv_payment(sale)
    return tuple(
        OrderLine(
            order_id=order_id,
            line_id=line_ids[n],
            sku=sku_in(line.description),
            title=title_of(line.description, "Depop sale"),
            quantity=1,
            payment=payment,
            price=Amount(prices[n], sale.currency),
            shipping_price=Amount(shipping[n], sale.currency) if shipping else None,
            tax=Amount(tax[n], sale.currency) if tax else None,
            fees=tuple(LineFee(kind, Amount(parts[n], sale.currency)) for kind, parts in fees.items()),
            refunds=_refund(refunds[n], sale.currency, sale.sold_at),
            sold_at=sale.sold_at,
        )
        for n, line in enumerate(sale.lines)
    )


def merged(held: OrderLine | None, told: OrderLine, *, by_csv: bool) -> OrderLine:
    """One state out of what both doors tell: neither erases what only the other knows.

    The page speaks of payment, parcels and articles; the CSV of tax and of more fees. When and under which ids it was
    sold stays as it was told first.
    """
    if held is None:
        return told
    page, file = (held, told) if by_csv else (told, held)
    fees = {fee.kind: fee for fee in (*(page.fees or ()), *(file.fees or ()))}
    refunds = tuple(_keep_time(held, refund) for refund in (told.refunds or held.refunds))
    return replace(
        page if page.listing_aliases else told,
        order_id=held.order_id,
        line_id=held.line_id,
        order_number=page.order_number or held.order_number,
        order_url=page.order_url or held.order_url,
        listing_aliases=page.listing_aliases or held.listing_aliases,
        sku=page.sku or file.sku,
        shipping_price=told.shipping_price or held.shipping_price,
        tax=file.tax or page.tax,
        fees=tuple(fees[kind] for kind in sorted(fees)),
        refunds=refunds,
        shipments=page.shipments or held.shipments,
        payment=held.payment if by_csv and page.listing_aliases and not told.refunds else told.payment,
        sold_at=held.sold_at,
        cancelled_at=held.cancelled_at or told.cancelled_at,
        as_of=told.as_of or held.as_of,
    )


def seen_listing(found: ActiveListing, seen_at: datetime, currency: str) -> SeenListing:
    """A row of Active items: Depop sells one of each, and what is active can be bought."""
    price = Amount(found.price, found.currency or currency) if found.price is not None else None
    return SeenListing(
        aliases=(slug_alias(found.slug),),
        title=title_of(found.title, found.slug),
        quantity=1,
        state="live",
        buyable=True,
        seen_at=seen_at,
        sku=found.sku or sku_in(found.title),
        price=price,
        url=product_page(found.slug),
        thumbnail_url=found.thumbnail_url,
        refs={"slug": found.slug},
    )


def product_page(slug: str) -> str:
    """A listing's own page."""
    return PRODUCT_PAGE.format(slug)


def off_sale(aliases: tuple[str, ...], seen_at: datetime, *, gone: bool) -> SeenListing:
    """A listing as a browser found it after a task."""
    state: ListingState = "gone" if gone else "ended"
    return SeenListing(aliases=aliases, title="", quantity=0, state=state, buyable=False, seen_at=seen_at)


def _payment(status: str) -> Payment:
    for pattern, payment in _STATUSES:
        if pattern.match(status.strip()):
            return payment
    raise UnknownStatusError(f"unknown payment words {status!r}")


def _csv_payment(sale: CsvSale) -> Payment:
    if sale.refunded <= 0:
        return "paid"
    whole = sale.items_price + (sale.shipping_price or 0)
    return "refunded" if sale.refunded >= whole else "partly_refunded"


def _prices(receipt: Receipt) -> list[Decimal]:
    """Each line's own price where the receipt shows all of them and they add up; else the total in equal parts."""
    own = [item.price for item in receipt.items if item.price is not None]
    if len(own) == len(receipt.items) and sum(own, Decimal(0)) == receipt.items_price:
        return own
    return split_by_share(receipt.items_price, [Decimal(1)] * len(receipt.items))


def _refunded(receipt: Receipt, payment: Payment) -> Decimal:
    if payment == "refunded":
        return receipt.items_price
    found = _AMOUNT.search(receipt.status) if payment == "partly_refunded" else None
    return Decimal(found[1].replace(",", "")) if found else Decimal(0)


def _refund(amount: Decimal, currency: str, at: datetime) -> tuple[LineRefund, ...]:
    """Depop gives refunds no id and shows their sum: one refund, whose amount may grow."""
    return (LineRefund("depop", Amount(amount, currency), 0, at),) if amount > 0 else ()


def _keep_time(held: OrderLine, refund: LineRefund) -> LineRefund:
    known = next((r for r in held.refunds if r.refund_id == refund.refund_id), None)
    return replace(refund, at=known.at) if known else refund


def _shipment(receipt: Receipt) -> tuple[LineShipment, ...]:
    if not receipt.tracking_number and not receipt.courier:
        return ()
    return (LineShipment(courier=receipt.courier, tracking_number=receipt.tracking_number),)


def _split(total: Decimal | None, shares: Sequence[Decimal]) -> list[Decimal]:
    return split_by_share(total, shares) if total is not None else []


def _sold_at(receipt: Receipt, read_at: datetime) -> datetime:
    """Receipts show a day only: its end, or when it was read. A sale of the day the shop was paired is no history."""
    if receipt.sold_at is not None:
        return receipt.sold_at
    return min(datetime.combine(receipt.sold_on, time(23, 59, 59), tzinfo=UTC), read_at.astimezone(UTC))
