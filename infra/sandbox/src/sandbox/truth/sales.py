"""The rules of buying: who gets the last unit, and what paying, shipping, cancelling and refunding change."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sandbox.truth.goods import Listing
from sandbox.truth.model import Account, Refusal
from sandbox.truth.trade import (
    CENT,
    ZERO,
    Buyer,
    LineQuantity,
    Order,
    OrderLine,
    Refund,
    Shipment,
)
from sandbox.truth.world import World, now


class SoldOut(Exception):
    """A buyer could not have bought this."""

    def __init__(self, listing: str, why: str) -> None:
        super().__init__(why)
        self.listing = listing


class NotPossible(Exception):
    """What became of the order before rules this out."""


class UnknownLine(Exception):
    """The line named is not in the order, or has fewer units left."""


@dataclass(slots=True)
class SaleLine:
    """What a buyer puts in the basket."""

    listing: Listing
    quantity: int = 1
    price: Decimal | None = None
    discount: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(slots=True)
class SaleRequest:
    """A purchase to be made; a sale that does not affect stock is one from long ago."""

    account: Account
    lines: Sequence[SaleLine]
    sold_at: datetime | None = None
    updated_at: datetime | None = None
    unpaid: bool = False
    test: bool = False
    affects_stock: bool = True
    shipping: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    taxes_included: bool = False
    buyer: str = "example_buyer"
    customer: Buyer | None = None
    channel: str = "web"
    authorized: bool = False
    """The money is promised, not taken."""
    presentment_currency: str = ""
    presentment_rate: Decimal = Decimal(1)


@dataclass(slots=True)
class Numbering:
    """How a marketplace names an order and its lines."""

    order_id: str
    order_name: str
    line_ids: list[str] = field(default_factory=list)


def check_stock(world: World, sale: SaleRequest) -> None:
    """Refuse what a buyer could not have bought, and remember that one tried."""
    wanted: dict[str, int] = {}
    for line in sale.lines:
        listing = line.listing
        wanted[listing.id] = wanted.get(listing.id, 0) + line.quantity
        short = not listing.sells_at_zero and wanted[listing.id] > listing.quantity
        if not listing.on_show or short:
            world.commit(
                Refusal(world.next(), now(), listing.platform, listing.account, listing.id, listing.sku)
            )
            why = f"{listing.sku} is {listing.state} with {listing.quantity} left"
            raise SoldOut(listing.id, why)


def accept(world: World, sale: SaleRequest, numbering: Numbering) -> Order:
    """Take the units and write the order, in one commit; `check_stock` comes first and nothing in between."""
    sold_at = sale.sold_at or now()
    order = Order(
        platform=sale.account.platform,
        account=sale.account.name,
        id=numbering.order_id,
        name=numbering.order_name,
        seq=world.next(),
        sold_at=sold_at,
        updated_at=sale.updated_at or sold_at,
        accepted_at=now(),
        monotonic=time.monotonic(),
        currency=sale.account.currency,
        buyer=sale.buyer,
        customer=sale.customer,
        channel=sale.channel,
        presentment_currency=sale.presentment_currency,
        presentment_rate=sale.presentment_rate,
        authorized_at=sold_at if sale.authorized else None,
        lines=[
            order_line(line, line_id, tax_included=sale.taxes_included)
            for line, line_id in zip(sale.lines, numbering.line_ids, strict=True)
        ],
        shipping=sale.shipping,
        shipping_discount=sale.shipping_discount,
        shipping_tax=sale.shipping_tax,
        taxes_included=sale.taxes_included,
        test=sale.test,
        affects_stock=sale.affects_stock,
        paid_at=None if sale.unpaid or sale.authorized else sold_at,
    )
    listings = {line.listing.id: line.listing for line in sale.lines}
    if sale.affects_stock:
        for line in sale.lines:
            take_units(line.listing, line.quantity)
    world.commit(order, *listings.values())
    return order


def order_line(line: SaleLine, line_id: str, *, tax_included: bool = False) -> OrderLine:
    listing = line.listing
    price = listing.price if line.price is None else line.price
    return OrderLine(
        line_id,
        listing.id,
        listing.product,
        listing.sku,
        listing.title,
        line.quantity,
        price,
        line.discount,
        line.tax,
        tax_included=tax_included,
    )


def take_units(listing: Listing, quantity: int) -> None:
    if listing.tracked:
        listing.take(quantity)
    listing.sold += quantity
    listing.updated_at = now()


def still_on(order: Order) -> None:
    if order.cancelled_at is not None:
        raise NotPossible(f"{order.name} is cancelled")


def pay(world: World, order: Order) -> None:
    still_on(order)
    order.updated_at = now()
    order.paid_at, order.taken = order.paid_at or order.updated_at, order.refunded + order.current_total
    if order.taken == order.total:
        order.taken = None
    world.commit(order)


def ship(world: World, order: Order, courier: str, tracking: str, lines: Sequence[LineQuantity]) -> Shipment:
    """Send units off; without lines all that are still here."""
    still_on(order)
    chosen = list(lines) or [
        LineQuantity(x.id, x.current - x.shipped) for x in order.lines if x.current > x.shipped
    ]
    for part in chosen:
        line = line_with(order, part)
        if part.quantity > line.current - line.shipped:
            raise UnknownLine(part.line)
    for part in chosen:
        line_with(order, part).shipped += part.quantity
    shipment = Shipment(str(world.next()), now(), courier, tracking, chosen)
    order.shipments.append(shipment)
    order.updated_at = shipment.at
    world.commit(order)
    return shipment


def track(world: World, order: Order, shipment_id: str | None, courier: str, tracking: str) -> Shipment:
    """Say anew who carries a shipment, by default the last one, and under which number."""
    shipment = _shipment(order, shipment_id)
    shipment.courier, shipment.tracking = courier, tracking
    shipment.updated_at = order.updated_at = now()
    world.commit(order)
    return shipment


def call_back(world: World, order: Order, shipment_id: str | None) -> Shipment:
    """Cancel a shipment, by default the last one: its units are still to be sent."""
    shipment = _shipment(order, shipment_id)
    for part in shipment.lines:
        line_with(order, part).shipped -= part.quantity
    shipment.cancelled = True
    shipment.updated_at = order.updated_at = now()
    world.commit(order)
    return shipment


def _shipment(order: Order, shipment_id: str | None) -> Shipment:
    found = [x for x in order.shipments if shipment_id in (None, x.id) and not x.cancelled]
    if not found:
        raise NotPossible(f"{order.name} has no such shipment")
    return found[-1]


def cancel(world: World, order: Order, reason: str, *, restock: bool) -> list[Listing]:
    """Call the whole order off; money taken is given back. Returns the listings whose stock rose.

    Shopify keeps what it did to the units as a refund, also where no money moves.
    """
    still_on(order)
    parts = [LineQuantity(line.id, line.current) for line in order.lines if line.current > 0]
    order.cancelled_at = order.updated_at = now()
    order.cancel_reason = reason
    order.restocked = restock
    given = max(order.total - order.refunded, ZERO) if order.paid_at is not None else ZERO
    if given or (parts and order.platform == "shopify"):
        order.refunds.append(Refund(str(world.next()), now(), given, parts, restock))
    raised = remove_units(world, order, parts, restock)
    world.commit(order, *raised)
    return raised


def refund(
    world: World,
    order: Order,
    amount: Decimal | None,
    lines: Sequence[LineQuantity],
    *,
    restock: bool,
    note: str = "",
) -> tuple[Refund, list[Listing]]:
    """Give money back; without an amount what the lines cost, without lines all that is left."""
    still_on(order)
    if order.paid_at is None:
        raise NotPossible(f"{order.name} is not paid")
    for part in lines:
        if part.quantity > line_with(order, part).current:
            raise UnknownLine(part.line)
    due = order.total - order.refunded
    given = min(due, amount if amount is not None else (_cost(order, lines) if lines else due)).quantize(CENT)
    made = Refund(str(world.next()), now(), given, list(lines), restock, note)
    order.refunds.append(made)
    order.updated_at = made.at
    raised = remove_units(world, order, lines, restock)
    world.commit(order, *raised)
    return made, raised


def _cost(order: Order, lines: Sequence[LineQuantity]) -> Decimal:
    chosen = [(part.quantity, line_with(order, part)) for part in lines]
    return sum((line.unit_cost * quantity for quantity, line in chosen), ZERO)


def line_with(order: Order, part: LineQuantity) -> OrderLine:
    line = order.line(part.line)
    if line is None or part.quantity < 1:
        raise UnknownLine(part.line)
    return line


def remove_units(world: World, order: Order, parts: Sequence[LineQuantity], restock: bool) -> list[Listing]:
    raised: dict[str, Listing] = {}
    for part in parts:
        line = line_with(order, part)
        line.removed += part.quantity
        listing = world.listing(order.platform, line.listing)
        if restock and listing is not None and listing.tracked:
            listing.put("", listing.at("") + part.quantity)
            listing.updated_at = now()
            raised[listing.id] = listing
    return list(raised.values())
