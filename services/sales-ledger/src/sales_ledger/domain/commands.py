"""What a person can do with a sale, where it is refused, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from sales_ledger.domain.sale import Decisions, Money, Sale, Status, status_of


class Command(StrEnum):
    """What a person can do with a sale."""

    CONFIRM = "confirm"
    UNCONFIRM = "unconfirm"
    REMOVE = "remove"
    RESTORE = "restore"
    PAY = "pay"
    UNPAY = "unpay"


class IllegalMoveError(Exception):
    """The sale is in a status this can't be done in; the message says why, for the seller."""


_CONFIRMABLE = {Status.NOT_PAID_UNCONFIRMED, Status.COMPLETE}
LEGAL: Mapping[Command, frozenset[Status]] = MappingProxyType(
    {
        Command.CONFIRM: frozenset(_CONFIRMABLE),
        Command.UNCONFIRM: frozenset({Status.NOT_PAID, Status.COMPLETE}),
        Command.REMOVE: frozenset(Status) - {Status.REMOVED, Status.PAID},
        Command.RESTORE: frozenset({Status.REMOVED}),
        Command.PAY: frozenset({Status.NOT_PAID}),
        # Cancelled after its consignor was paid: the seller may have the money back.
        Command.UNPAY: frozenset({Status.PAID, Status.CANCELLED}),
    }
)
REFUSALS: Mapping[Status, str] = MappingProxyType(
    {
        Status.NOT_PAID_UNCONFIRMED: "This sale is not confirmed yet.",
        Status.NOT_PAID: "This sale is confirmed and not paid yet.",
        Status.COMPLETE: "This sale of your own stock is complete.",
        Status.PAID: "This sale is paid to its consignor; undo the payment first.",
        Status.OWNER_UNKNOWN: "Nobody knows yet whose article this was; link it or say who owns it.",
        Status.CANCELLED: "The marketplace cancelled this sale.",
        Status.REFUNDED: "This sale was refunded.",
        Status.REMOVED: "This sale was removed; undo that first.",
    }
)


def _checked(sale: Sale, command: Command) -> Decisions:
    status = status_of(sale)
    if status is None:
        raise IllegalMoveError("There is no such sale.")
    if status not in LEGAL[command]:
        raise IllegalMoveError(REFUSALS[status])
    return sale.decisions


def confirm(sale: Sale, now: datetime) -> Sale:
    """Confirm a sale of either kind. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.CONFIRM)
    if decisions.confirmed_at is not None:
        raise IllegalMoveError("This sale is confirmed already.")
    return replace(sale, decisions=replace(decisions, confirmed_at=now))


def unconfirm(sale: Sale) -> Sale:
    """Take a confirmation back. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.UNCONFIRM)
    if decisions.confirmed_at is None:
        raise IllegalMoveError("This sale is not confirmed yet.")
    return replace(sale, decisions=replace(decisions, confirmed_at=None))


def remove(sale: Sale, now: datetime, *, still_have_it: bool) -> Sale:
    """Remove a wrong sale; it stays removed whatever is read again. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.REMOVE)
    if decisions.paid_at is not None:
        raise IllegalMoveError(REFUSALS[Status.PAID])
    removed = replace(decisions, removed_at=now, still_have_it=still_have_it, removal_said=False)
    return replace(sale, decisions=removed)


def restore(sale: Sale) -> Sale:
    """Take a removal back. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.RESTORE)
    restored = replace(decisions, removed_at=None, still_have_it=False, removal_said=False)
    return replace(sale, decisions=restored)


def pay(sale: Sale, amount: Decimal, now: datetime) -> Sale:
    """The consignor's share was paid. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.PAY)
    if sale.line is None or amount <= 0:
        raise IllegalMoveError("The amount paid must be above zero.")
    paid = replace(decisions, paid_at=now, paid_amount=Money(amount, sale.line.price.currency))
    return replace(sale, decisions=paid)


def unpay(sale: Sale) -> Sale:
    """The payment was recorded by mistake. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.UNPAY)
    if decisions.paid_at is None:
        raise IllegalMoveError(REFUSALS[Status.CANCELLED])
    return replace(sale, decisions=replace(decisions, paid_at=None, paid_amount=None))
