"""A consignor's statement: what the books say of one account in a period, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from sales_ledger.domain.consignors import Consignor


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry of a consignor's account; positive is what the shop owes more."""

    at: datetime
    kind: str
    amount: Decimal
    sale_id: UUID
    order_number: str | None
    title: str | None
    is_first: bool
    """Whether it is the first of its sale and kind on this account; later ones bring it to what it became."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line, with the balance after it."""

    at: datetime
    what: str
    amount: Decimal
    balance: Decimal
    sale_id: UUID
    order_number: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What the shop owed a consignor before a period, every entry in it, and what it owes after."""

    consignor: Consignor
    currency: str
    since: datetime
    until: datetime
    opening: Decimal
    lines: tuple[StatementLine, ...]

    @property
    def closing(self) -> Decimal:
        """What the shop owes at the end; negative when the consignor owes."""
        return self.lines[-1].balance if self.lines else self.opening

    def in_zone(self, zone: tzinfo) -> Statement:
        """The same with every time as the clocks of a zone show it: its days are the seller's."""
        return replace(
            self,
            since=self.since.astimezone(zone),
            until=self.until.astimezone(zone),
            lines=tuple(replace(line, at=line.at.astimezone(zone)) for line in self.lines),
        )


WHAT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "price": ("sale", "correction"),
        "cancelled": ("cancelled", "correction"),
        "refund": ("refund", "correction"),
        "fee_recharge": ("fees", "fees"),
        "commission": ("commission", "commission"),
        "payout": ("payout", "payout_undone"),
        "clawback": ("clawback", "clawback_undone"),
        "consignor_payment": ("payout", "correction"),
    }
)
"""By the word before the colon of an entry's kind: what it is called, and what what it takes back is called."""
_ORDER = {kind: position for position, kind in enumerate(WHAT)}
_SIGNS = {"payout": -1, "clawback": 1}
"""A transfer that is made again after it came back is no correction: which sign is the transfer itself."""


def what_of(entry: Booked) -> str:
    """What an entry is called on a statement."""
    kind = entry.kind.partition(":")[0]
    as_such, undone = WHAT[kind]
    sign = _SIGNS.get(kind)
    is_such = entry.is_first if sign is None else entry.amount * sign > 0
    return as_such if is_such else undone


def statement(
    consignor: Consignor,
    currency: str,
    period: tuple[datetime, datetime],
    opening: Decimal,
    entries: Iterable[Booked],
) -> Statement:
    """Entries of the period with the balance after each; of one moment by sale, and as a sale goes."""
    balance, lines = opening, []
    for entry in sorted(entries, key=_place):
        balance += entry.amount
        lines.append(
            StatementLine(
                at=entry.at,
                what=what_of(entry),
                amount=entry.amount,
                balance=balance,
                sale_id=entry.sale_id,
                order_number=entry.order_number,
                title=entry.title,
            )
        )
    return Statement(consignor, currency, *period, opening, tuple(lines))


def _place(entry: Booked) -> tuple[datetime, UUID, int, str]:
    return entry.at, entry.sale_id, _ORDER[entry.kind.partition(":")[0]], entry.kind
