"""Depop's pages, rendered; class names carry a hash that changes with every deployment of theirs."""

from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from sandbox.truth import CENT, ZERO, Listing, Order, World

SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€", "AUD": "A$"}
FEE = Decimal("0.029")
ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
HASH = "bdK1V"
Row = dict[str, object]


def price_text(value: Decimal, currency: str) -> str:
    return f"{SYMBOLS.get(currency, currency + ' ')}{value.quantize(CENT)}"


def fee(order: Order) -> Decimal:
    return ((order.subtotal + order.shipping) * FEE + Decimal("0.30")).quantize(CENT)


def render(name: str, root: str, title: str, **values: object) -> str:
    return ENVIRONMENT.get_template(name).render(root=root, title=title, hash=HASH, **values)


def description(world: World, slug: str, title: str, sku: str) -> str:
    """Depop has no title: the description says it, and sellers put their SKU at its end."""
    return f"{title}\n\nSKU: {sku}" if world.listing("depop", slug) else title


def sold_row(order: Order) -> Row:
    return {
        "id": order.id,
        "buyer": order.buyer,
        "count": len(order.lines),
        "total": price_text(order.subtotal + order.shipping, order.currency),
        "date": f"{order.sold_at:%d/%m/%Y}",
    }


def status_text(order: Order) -> str:
    if order.cancelled_at is not None and order.paid_at is None:
        return "Cancelled"
    if order.refunded >= order.total and order.refunds:
        return "Refunded"
    if order.refunds:
        return f"Refund sent: {price_text(order.refunded, order.currency)}"
    return "Payment received" if order.paid_at else "Payment pending"


def receipt(world: World, order: Order) -> Row:
    currency = order.currency
    lines = [
        {
            "slug": line.listing,
            "title": line.title,
            "description": description(world, line.listing, line.title, line.sku),
            "quantity": line.quantity,
            "price": price_text(line.total, currency),
        }
        for line in order.lines
    ]
    cost = fee(order)
    rows = [
        ("Items Price", price_text(order.subtotal, currency)),
        ("Shipping", price_text(order.shipping, currency)),
        ("Payment fee", f"-{price_text(cost, currency)}"),
        ("Total", price_text(order.subtotal + order.shipping - cost, currency)),
    ]
    shipment = order.shipments[-1] if order.shipments else None
    return {
        **sold_row(order),
        "lines": lines,
        "rows": rows,
        "status": status_text(order),
        "shipped": shipment is not None,
        "courier": shipment.courier if shipment else "",
        "tracking": shipment.tracking if shipment else "",
        "refundable": order.paid_at is not None and order.refunded < order.total,
    }


def matches(listing: Listing, wanted: str) -> bool:
    """Found by its SKU or by every word asked for."""
    text = f"{listing.title} {listing.sku}".lower()
    return wanted.lower() == listing.sku.lower() or all(word in text for word in wanted.lower().split())


def money_or_nothing(value: Decimal, currency: str) -> str:
    return "N/A" if value == ZERO else price_text(value, currency)
