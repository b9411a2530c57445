"""Changes of an order after it was placed: more of a line, fewer, or another line."""

from collections.abc import Sequence

from sandbox.truth.goods import Listing
from sandbox.truth.sales import (
    SaleLine,
    UnknownLine,
    line_with,
    order_line,
    remove_units,
    still_on,
    take_units,
)
from sandbox.truth.trade import Edit, LineQuantity, Order
from sandbox.truth.world import World, now


def edit(
    world: World,
    order: Order,
    changes: Sequence[LineQuantity],
    added: Sequence[SaleLine],
    line_ids: Sequence[str],
    *,
    restock: bool,
) -> list[Listing]:
    """Change how many there are of lines and add some; what was paid stays paid. Returns the listings whose stock moved.

    `check_stock` comes first for what is taken. Raises UnknownLine for units that are not there or are shipped.
    """
    still_on(order)
    more, fewer = _differences(order, changes)
    if order.paid_at is not None:
        order.taken = order.received
    order.updated_at = now()
    moved = remove_units(world, order, fewer, restock)
    for part in fewer:
        line_with(order, part).edited_out += part.quantity
    for part in more:
        line = line_with(order, part)
        line.quantity += part.quantity
        moved.append(_taken(world, order, line.listing, part.quantity))
    for new, line_id in zip(added, line_ids, strict=True):
        order.lines.append(order_line(new, line_id, tax_included=order.taxes_included))
        more.append(LineQuantity(line_id, new.quantity))
        moved.append(_taken(world, order, new.listing.id, new.quantity))
    order.edits.append(Edit(str(world.next()), order.updated_at, more, fewer))
    touched = list({listing.id: listing for listing in moved}.values())
    world.commit(order, *touched)
    return touched


def _differences(
    order: Order, changes: Sequence[LineQuantity]
) -> tuple[list[LineQuantity], list[LineQuantity]]:
    """The units that come and those that go, when each of these lines comes to that many."""
    more: list[LineQuantity] = []
    fewer: list[LineQuantity] = []
    for change in changes:
        line = order.line(change.line)
        if line is None or change.quantity < line.shipped:
            raise UnknownLine(change.line)
        if change.quantity > line.current:
            more.append(LineQuantity(line.id, change.quantity - line.current))
        elif change.quantity < line.current:
            fewer.append(LineQuantity(line.id, line.current - change.quantity))
    return more, fewer


def added_units(world: World, order: Order, changes: Sequence[LineQuantity]) -> list[SaleLine]:
    """What those changes would take from the shelf, for `check_stock`."""
    more, _ = _differences(order, changes)
    found = [(world.listing(order.platform, line_with(order, part).listing), part.quantity) for part in more]
    return [SaleLine(listing, quantity) for listing, quantity in found if listing is not None]


def _taken(world: World, order: Order, listing_id: str, quantity: int) -> Listing:
    listing = world.listing(order.platform, listing_id)
    assert listing is not None
    take_units(listing, quantity)
    return listing
