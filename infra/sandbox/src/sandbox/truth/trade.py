"""What was sold: orders, with what can be said of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(slots=True)
class LineQuantity:
    """Some units of one order line."""

    line: str
    quantity: int


@dataclass(slots=True)
class Shipment:
    """Units sent off."""

    id: str
    at: datetime
    courier: str
    tracking: str
    lines: list[LineQuantity]
    updated_at: datetime | None = None
    cancelled: bool = False
    """Called back: its units are here again."""


@dataclass(slots=True)
class Buyer:
    """Who bought, as the marketplace knows him."""

    id: str
    email: str = "buyer@example.com"
    first_name: str = "Example"
    last_name: str = "Buyer"
    phone: str | None = None


@dataclass(slots=True)
class Refund:
    """Money given back, perhaps for units and perhaps with these put back on the shelf."""

    id: str
    at: datetime
    amount: Decimal
    lines: list[LineQuantity]
    restock: bool
    note: str = ""


@dataclass(slots=True)
class Edit:
    """A change of an order after it was placed: units that came and units that went."""

    id: str
    at: datetime
    additions: list[LineQuantity]
    removals: list[LineQuantity]


@dataclass(slots=True)
class OrderLine:
    """What one buyer took of one listing; price, discount and tax are per unit."""

    id: str
    listing: str
    product: str
    sku: str
    title: str
    quantity: int
    price: Decimal
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    removed: int = 0
    shipped: int = 0
    edited_out: int = 0
    """Of those removed, the units that an edit of the order took out."""
    tax_included: bool = False
    """Whether the price has the tax in it."""

    @property
    def unit_cost(self) -> Decimal:
        return self.price - self.discount + (ZERO if self.tax_included else self.tax)

    @property
    def taxed(self) -> Decimal:
        """What the tax of all units is a share of."""
        return self.total - (self.tax * self.quantity if self.tax_included else ZERO)

    @property
    def current(self) -> int:
        return self.quantity - self.removed

    @property
    def total(self) -> Decimal:
        return (self.price - self.discount) * self.quantity


@dataclass(slots=True)
class Order:
    """One purchase with all that became of it."""

    kind: ClassVar[str] = "order"
    platform: str
    account: str
    id: str
    name: str
    seq: int
    sold_at: datetime
    updated_at: datetime
    accepted_at: datetime
    monotonic: float
    currency: str
    buyer: str
    lines: list[OrderLine]
    shipping: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    """Taken off the listed shipping; `shipping` is what the buyer pays."""
    shipping_tax: Decimal = ZERO
    taxes_included: bool = False
    """Whether prices and shipping have the tax in them."""
    test: bool = False
    affects_stock: bool = True
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    restocked: bool = False
    channel: str = "web"
    presentment_currency: str = ""
    """The buyer's currency, empty where it is the shop's."""
    presentment_rate: Decimal = Decimal(1)
    authorized_at: datetime | None = None
    taken: Decimal | None = None
    """What was paid, where an edit made it differ from the total."""
    edits: list[Edit] = field(default_factory=list)
    customer: Buyer | None = None
    """None: one of his own, of whom nothing is told."""
    shipments: list[Shipment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.id}"

    @property
    def subtotal(self) -> Decimal:
        return sum((line.total for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax * line.quantity for line in self.lines), self.shipping_tax)

    @property
    def taxed(self) -> Decimal:
        """What the tax is a share of."""
        return self.subtotal + self.shipping - (self.tax if self.taxes_included else ZERO)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping + (ZERO if self.taxes_included else self.tax)

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), ZERO)

    @property
    def shipped(self) -> str:
        """none, partial or all of what is still to be sent."""
        sent = sum(line.shipped for line in self.lines)
        if sent == 0:
            return "none"
        return "all" if all(line.shipped >= line.current for line in self.lines) else "partial"

    @property
    def edited_out(self) -> Decimal:
        """What the units cost that edits took out."""
        return sum((line.unit_cost * line.edited_out for line in self.lines), ZERO)

    @property
    def current_total(self) -> Decimal:
        """What the buyer is to have paid in the end; refunds settle first what edits took out."""
        return max(ZERO, self.total - max(self.edited_out, self.refunded))

    @property
    def received(self) -> Decimal:
        if self.paid_at is None:
            return ZERO
        return self.total if self.taken is None else self.taken

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid; negative is owed to the buyer."""
        plain = self.paid_at is not None and self.taken is None and not self.refunds and not self.edits
        if plain or self.cancelled_at is not None:
            return ZERO
        return self.current_total - (self.received - self.refunded)

    @property
    def payment(self) -> str:
        """pending, authorized, partially_paid, paid, partially_refunded, refunded or voided."""
        if self.paid_at is None and self.cancelled_at is None:
            return "authorized" if self.authorized_at else "pending"
        if self.paid_at is None:
            return "voided"
        if self.refunded == 0:
            return "partially_paid" if self.outstanding > 0 else "paid"
        return "refunded" if self.refunded >= self.total else "partially_refunded"

    @property
    def presented(self) -> "Order":
        """The same order in the buyer's money, every price rounded as he saw it; itself where that is the shop's."""
        if not self.presentment_currency:
            return self
        made = replace(
            self,
            currency=self.presentment_currency,
            presentment_currency="",
            lines=[self._presented_line(line) for line in self.lines],
            shipping=self._presented(self.shipping),
            shipping_discount=self._presented(self.shipping_discount),
            shipping_tax=self._presented(self.shipping_tax),
            taken=None if self.taken is None else self._presented(self.taken),
            refunds=[replace(refund, amount=self._presented(refund.amount)) for refund in self.refunds],
        )
        if made.refunds and self.refunded == self.total:  # all went back, to the last cent
            made.refunds[-1].amount += made.total - made.refunded
        return made

    def _presented_line(self, line: OrderLine) -> OrderLine:
        price, discount, tax = (self._presented(x) for x in (line.price, line.discount, line.tax))
        return replace(line, price=price, discount=discount, tax=tax)

    def _presented(self, value: Decimal) -> Decimal:
        return (value * self.presentment_rate).quantize(CENT)

    def line(self, line_id: str) -> OrderLine | None:
        return next((line for line in self.lines if line.id == line_id), None)
