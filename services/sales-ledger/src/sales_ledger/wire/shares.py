"""HTTP bodies of what of a sale is its consignor's, and what became of that."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime

from sales_ledger.domain import Base, OwnerKind, Sale, due_of, share_of, unknown_because, waits_for_fees
from sales_ledger.wire.values import MoneyView, View


class LockedView(View):
    """The terms a sale has taken; the percentage is that of its unit price before refunds."""

    terms_id: UUID
    percent: Decimal
    unit_price: Decimal
    base: Base
    minimum_fee: MoneyView | None
    return_days: int


class DueView(View):
    """What is to be paid of a sale, negative where it is to be taken back; `why_not` says why not now."""

    amount: MoneyView | None
    due_at: AwareDatetime | None
    why_not: str | None


def shared(sale: Sale, at: datetime) -> dict[str, object]:
    """What of it is the consignor's, and what became of that."""
    share, consigned = share_of(sale), sale.owner is OwnerKind.CONSIGNED
    return {
        "consignor_id": sale.owned.consignor_id,
        "owner_corrected": sale.owner_given is not None,
        "terms": sale.locked,
        "commission": share.commission if share else None,
        "consignor_share": share.amount if share else None,
        "share_unknown": unknown_because(sale) if consigned else None,
        "waits_for_fees": waits_for_fees(sale),
        "due": due_of(sale, at),
        "paid_at": sale.paid_at,
        "paid_amount": sale.paid_amount,
        "run_id": sale.run_id or (sale.payments[-1].run_id if sale.payments else None),
    }
