"""Double-entry books: what a sale should have moved between accounts, and the postings that bring them there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from sales_ledger.domain.figures import cancelled_value
from sales_ledger.domain.sale import Line, Money, OwnerKind, Sale

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting: positive is a debit, negative a credit."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Posting:
    """Entries that balance per currency. (subject, kind, reference) is unique: posted once (I3)."""

    tenant_id: UUID
    subject_id: UUID
    kind: str
    reference: str
    entries: tuple[Entry, ...]


ACCOUNT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "marketplace": "asset",
        "bank": "asset",
        "sales": "income",
        "consigned": "liability",
        "unassigned": "liability",
        "shipping": "income",
        "tax": "liability",
        "fees": "expense",
    }
)
"""The chart: the word before the colon says the type; `marketplace:<account>` is what a marketplace owes us,
`consigned:<consignor>` what sales took in for a consignor before commission, `unassigned` sales of an unknown owner."""

Balances = Mapping[str, Mapping[tuple[str, str], Decimal]]
"""By kind: (account, currency) → amount."""


def type_of(account: str) -> str:
    """The type of an account by its code. Raises KeyError for a code outside the chart."""
    return ACCOUNT_TYPES[account.partition(":")[0]]


def proceeds_of(sale: Sale) -> str:
    """Where a sale's proceeds go, by whose article it was."""
    if sale.stock is None or sale.owner is OwnerKind.UNKNOWN:
        return "unassigned"
    if sale.owner is OwnerKind.OWN:
        return "sales"
    return f"consigned:{sale.stock.consignor_id}" if sale.stock.consignor_id else "consigned"


def due(sale: Sale) -> Balances:
    """What the books should hold of a sale: nothing of one removed or not yet told by its marketplace."""
    line = sale.line
    if line is None or sale.decisions.removed_at is not None:
        return {}
    return {kind: _balanced(movements) for kind, movements in _movements(sale, line).items()}


def _movements(sale: Sale, line: Line) -> dict[str, list[tuple[str, str, Money]]]:
    """By kind, (debited, credited, amount); negative amounts flow back."""
    owed = f"marketplace:{line.account_id}"
    proceeds = proceeds_of(sale)
    found: dict[str, list[tuple[str, str, Money]]] = {"price": [(owed, proceeds, line.price)]}
    if line.shipping_price:
        found["shipping"] = [(owed, "shipping", line.shipping_price)]
    if line.tax:
        found["tax"] = [(owed, "tax", line.tax)]
    for fee in line.fees:
        found.setdefault(f"fee:{fee.kind}", []).append(("fees", owed, fee.amount))
    for refund in line.refunds:
        found.setdefault(f"refund:{refund.refund_id}", []).append((proceeds, owed, refund.amount))
    cancelled = cancelled_value(line)
    if cancelled:
        found["cancelled"] = [(proceeds, owed, Money(cancelled, line.price.currency))]
    if sale.decisions.paid_amount:
        found["consignor_payment"] = [(proceeds, "bank", sale.decisions.paid_amount)]
    return found


def _balanced(movements: Iterable[tuple[str, str, Money]]) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for debited, credited, money in movements:
        sums[debited, money.currency] += money.amount
        sums[credited, money.currency] -= money.amount
    return {key: amount for key, amount in sums.items() if amount}


def restate(sale: Sale, posted: Balances, reference: str) -> list[Posting]:
    """The postings that bring what is posted to what is due, one per kind that differs, by the difference only."""
    wanted = due(sale)
    postings = []
    for kind in sorted(wanted.keys() | posted.keys()):
        entries = _difference(wanted.get(kind, {}), posted.get(kind, {}))
        if entries:
            postings.append(Posting(sale.tenant_id, sale.sale_id, kind, reference, entries))
    return postings


def _difference(
    wanted: Mapping[tuple[str, str], Decimal], posted: Mapping[tuple[str, str], Decimal]
) -> tuple[Entry, ...]:
    differences = {
        key: wanted.get(key, ZERO) - posted.get(key, ZERO) for key in wanted.keys() | posted.keys()
    }
    return tuple(
        Entry(account, Money(amount, currency))
        for (account, currency), amount in sorted(differences.items())
        if amount
    )


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One transaction a payout covers."""

    transaction_id: str
    kind: str
    order_id: str | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Payout:
    """A marketplace paid out: what it owed us is now in the bank."""

    tenant_id: UUID
    payout_key: UUID
    account_id: UUID
    platform: str
    payout_id: str
    revision: int
    amount: Money
    paid_at: datetime
    lines: tuple[PayoutLine, ...]

    def restate(self, posted: Balances) -> list[Posting]:
        """The posting of the payout, or of its difference to what was posted."""
        moved = [("bank", f"marketplace:{self.account_id}", self.amount)]
        entries = _difference(_balanced(moved), posted.get("payout", {}))
        if not entries:
            return []
        return [Posting(self.tenant_id, self.payout_key, "payout", f"r{self.revision}", entries)]
