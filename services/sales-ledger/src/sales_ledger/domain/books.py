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
from sales_ledger.domain.line import Line
from sales_ledger.domain.money import Money
from sales_ledger.domain.sale import OwnerKind, Payment, Sale
from sales_ledger.domain.shares import Share, share_of

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
        "commission": "income",
        "opening": "equity",
    }
)
"""The chart: the word before the colon says the type; `marketplace:<account>` is what a marketplace owes us,
`consigned:<consignor>` what the shop owes a consignor, `unassigned` what nobody's share is known of yet: sales of an
unknown owner, and consigned ones that wait for their terms or fees; `opening` what was there before the books."""

Balances = Mapping[str, Mapping[tuple[str, str], Decimal]]
"""By kind: (account, currency) → amount."""


def type_of(account: str) -> str:
    """The type of an account by its code. Raises KeyError for a code outside the chart."""
    return ACCOUNT_TYPES[account.partition(":")[0]]


Movement = tuple[str, str, Money]
"""(debited, credited, amount); a negative amount flows back."""


def owed_by(account_id: UUID) -> str:
    """The account of what a marketplace owes the shop for one of its accounts."""
    return f"marketplace:{account_id}"


def owed_to(consignor_id: UUID | None) -> str:
    """The account of what the shop owes a consignor."""
    return f"consigned:{consignor_id}" if consignor_id else "consigned"


def consigned_to(sale: Sale) -> str:
    """The account of what the shop owes the consignor of a sale."""
    return owed_to(sale.owned.consignor_id)


def proceeds_of(sale: Sale) -> str:
    """Where a sale's proceeds go, by whose article it was; to a consignor once his share is known."""
    if sale.owner is OwnerKind.OWN:
        return "sales"
    return "unassigned" if share_of(sale) is None else consigned_to(sale)


def due(sale: Sale) -> Balances:
    """What the books should hold of a sale: nothing of one removed or not yet told by its marketplace."""
    line = sale.reckoned
    if line is None or sale.decisions.removed_at is not None:
        return {}
    return {kind: _balanced(movements) for kind, movements in _movements(sale, line).items()}


def _movements(sale: Sale, line: Line) -> dict[str, list[Movement]]:
    """What each kind moves."""
    owed = owed_by(line.account_id)
    proceeds = proceeds_of(sale)
    found: dict[str, list[Movement]] = {"price": [(owed, proceeds, line.price)]}
    if line.shipping_price:
        found["shipping"] = [(owed, "shipping", line.shipping_price)]
    if line.tax:
        found["tax"] = [(owed, "tax", line.tax)]
    for fee in line.fees:
        found.setdefault(f"fee:{fee.kind}", []).append(("fees", owed, fee.amount))
    found |= _refunded(line, proceeds, owed)
    cancelled = cancelled_value(line)
    if cancelled:
        found["cancelled"] = [(proceeds, owed, Money(cancelled, line.price.currency))]
    share = share_of(sale)
    if share is not None:
        found |= _parted(share, proceeds)
    for payment in sale.payments:
        found.setdefault(kind_of(payment), []).append((consigned_to(sale), "bank", payment.amount))
    return found


def _refunded(line: Line, proceeds: str, owed: str) -> dict[str, list[Movement]]:
    """Refunds take the price back first, then the shipping, then the tax; what goes beyond all is the shop's own loss."""
    room = {proceeds: line.price, "shipping": line.shipping_price, "tax": line.tax}
    left = {account: money.amount for account, money in room.items() if money}
    found: dict[str, list[Movement]] = {}
    for refund in line.refunds:
        rest, currency = refund.amount.amount, refund.amount.currency
        moved = found.setdefault(f"refund:{refund.refund_id}", [])
        for account, money in room.items():
            if money is None or money.currency != currency:
                continue
            part = min(rest, left[account])
            moved.append((account, owed, Money(part, currency)))
            left[account] -= part
            rest -= part
        moved.append((proceeds if currency != line.price.currency else "sales", owed, Money(rest, currency)))
    return found


def _parted(share: Share, consigned: str) -> dict[str, list[Movement]]:
    """The shop's commission, and the marketplace's fees where the consignor bears them."""
    return {
        "commission": [(consigned, "commission", share.commission)],
        "fee_recharge": [(consigned, "fees", share.fees_borne)],
    }


def kind_of(payment: Payment) -> str:
    """The kind of a consignor's payment: a payout, or what a run took back."""
    if payment.run_id is None:
        return "consignor_payment"
    return f"{'clawback' if payment.amount.amount < 0 else 'payout'}:{payment.run_id}"


def _balanced(movements: Iterable[Movement]) -> dict[tuple[str, str], Decimal]:
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
        moved = [("bank", owed_by(self.account_id), self.amount)]
        entries = _difference(_balanced(moved), posted.get("payout", {}))
        if not entries:
            return []
        return [Posting(self.tenant_id, self.payout_key, "payout", f"r{self.revision}", entries)]
