"""A consignor's statement as JSON and as CSV that a spreadsheet can't be tricked with."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from kit.csv_cells import safe
from pydantic import AwareDatetime, BaseModel

from sales_ledger.domain import Statement
from sales_ledger.wire.csv import written
from sales_ledger.wire.values import View

WORDS = {
    "sale": "Sale",
    "cancelled": "Cancelled",
    "refund": "Refund",
    "fees": "Marketplace fees",
    "commission": "Commission",
    "payout": "Payout",
    "payout_undone": "Payout came back",
    "clawback": "Taken back",
    "clawback_undone": "Taken back, undone",
    "correction": "Correction",
}
"""What each line is called where people read it."""
_COLUMNS = ("date", "order_number", "sale_id", "title", "what", "currency", "amount", "balance")


class StatementLineView(View):
    """One entry of the books, with the balance after it."""

    at: AwareDatetime
    what: str
    amount: Decimal
    """Positive is what the shop owes more."""
    balance: Decimal
    sale_id: UUID
    order_number: str | None
    title: str | None


class StatementView(BaseModel):
    """What the shop owed a consignor before a period, every entry in it, and what it owes after."""

    consignor_id: UUID
    code: str
    name: str
    currency: str
    since: AwareDatetime
    until: AwareDatetime
    opening: Decimal
    lines: list[StatementLineView]
    closing: Decimal


def statement_view(statement: Statement) -> StatementView:
    """A statement as JSON."""
    consignor = statement.consignor
    return StatementView(
        consignor_id=consignor.consignor_id,
        code=consignor.profile.code,
        name=consignor.profile.name,
        currency=statement.currency,
        since=statement.since,
        until=statement.until,
        opening=statement.opening,
        lines=[StatementLineView.model_validate(line) for line in statement.lines],
        closing=statement.closing,
    )


def statement_csv(statement: Statement) -> str:
    """A line per entry between the opening and the closing balance."""
    currency = statement.currency
    lines = [
        (
            line.at.isoformat(),
            safe(line.order_number),
            str(line.sale_id),
            safe(line.title),
            WORDS[line.what],
            currency,
            f"{line.amount:f}",
            f"{line.balance:f}",
        )
        for line in statement.lines
    ]
    since, until = statement.since.isoformat(), statement.until.isoformat()
    first = (since, "", "", "", "Opening balance", currency, "", f"{statement.opening:f}")
    last = (until, "", "", "", "Closing balance", currency, "", f"{statement.closing:f}")
    return written([_COLUMNS, first, *lines, last])
