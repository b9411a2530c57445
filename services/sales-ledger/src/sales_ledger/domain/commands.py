"""What a person can do with a sale, where it is refused, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from sales_ledger.domain.figures import fees_of
from sales_ledger.domain.line import Line
from sales_ledger.domain.money import Money, rounded
from sales_ledger.domain.sale import Decisions, Owned, Sale
from sales_ledger.domain.shares import WITHOUT_FEES
from sales_ledger.domain.status import Status, is_refunded, status_of


class Command(StrEnum):
    """What a person can do with a sale."""

    CONFIRM = "confirm"
    UNCONFIRM = "unconfirm"
    REMOVE = "remove"
    RESTORE = "restore"
    CORRECT_OWNER = "correct_owner"
    UNCORRECT_OWNER = "uncorrect_owner"
    GIVE_FEES = "give_fees"
    UNGIVE_FEES = "ungive_fees"


NOT_THERE = "There is no such sale."


class IllegalMoveError(Exception):
    """The sale is in a status this can't be done in; the message says why, for the seller."""


_CONFIRMABLE = {Status.NOT_PAID_UNCONFIRMED, Status.COMPLETE}
_OPEN = frozenset(Status) - {Status.REMOVED, Status.PAID}
LEGAL: Mapping[Command, frozenset[Status]] = MappingProxyType(
    {
        Command.CONFIRM: frozenset(_CONFIRMABLE),
        Command.UNCONFIRM: frozenset({Status.NOT_PAID, Status.COMPLETE}),
        Command.REMOVE: _OPEN,
        Command.RESTORE: frozenset({Status.REMOVED}),
        Command.CORRECT_OWNER: _OPEN,
        Command.UNCORRECT_OWNER: _OPEN,
        Command.GIVE_FEES: _OPEN,
        Command.UNGIVE_FEES: _OPEN,
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
OF_A_TEST = "This is a test order: nobody is paid for it."
IN_A_RUN = "This sale is in a payout run; cancel that run first."
FIXED_BY_A_RUN = frozenset(
    {
        Command.UNCONFIRM,
        Command.REMOVE,
        Command.CORRECT_OWNER,
        Command.UNCORRECT_OWNER,
        Command.GIVE_FEES,
        Command.UNGIVE_FEES,
    }
)
"""What waits until no payout run has the sale, or only ones that were cancelled."""


def _checked(sale: Sale, command: Command) -> Decisions:
    status = status_of(sale)
    if status is None:
        raise IllegalMoveError(NOT_THERE)
    if status not in LEGAL[command]:
        raise IllegalMoveError(REFUSALS[status])
    if command in (Command.CORRECT_OWNER, Command.GIVE_FEES) and sale.test:
        raise IllegalMoveError(OF_A_TEST)
    if command in FIXED_BY_A_RUN and sale.is_in_run:
        raise IllegalMoveError(REFUSALS[Status.PAID] if sale.payments else IN_A_RUN)
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


@dataclass(frozen=True, slots=True)
class Removal:
    """The question a removal asks, "do you still have it?": its answer by default, and why that."""

    still_have_it: bool
    why: str


def removal_of(sale: Sale) -> Removal:
    """No while the marketplace's order stands: its buyer gets the article. Raises IllegalMoveError."""
    line = sale.line
    if line is None:
        raise IllegalMoveError(NOT_THERE)
    if line.cancelled_quantity >= line.quantity:
        return Removal(True, "The marketplace cancelled this order, so you should still have the article.")
    if is_refunded(line):
        return Removal(True, "The marketplace refunded this order, so the article should be with you again.")
    return Removal(False, "The marketplace's order stands, so the article goes to its buyer.")


def remove(sale: Sale, now: datetime, *, still_have_it: bool | None) -> Sale:
    """Remove a wrong sale; it stays removed whatever is read again. None answers by default. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.REMOVE)
    have_it = removal_of(sale).still_have_it if still_have_it is None else still_have_it
    removed = replace(decisions, removed_at=now, still_have_it=have_it, removal_said=False)
    return replace(sale, decisions=removed)


def restore(sale: Sale) -> Sale:
    """Take a removal back. Raises IllegalMoveError."""
    decisions = _checked(sale, Command.RESTORE)
    restored = replace(decisions, removed_at=None, still_have_it=False, removal_said=False)
    return replace(sale, decisions=restored)


def correct_owner(sale: Sale, owner: Owned) -> Sale:
    """A person says whose article it was; inventory's word does not undo it. Raises IllegalMoveError."""
    _checked(sale, Command.CORRECT_OWNER)
    if sale.owner_given == owner:
        raise IllegalMoveError("Its owner is that already.")
    return replace(sale, owner_given=owner)


def uncorrect_owner(sale: Sale) -> Sale:
    """Back to inventory's word. Raises IllegalMoveError."""
    _checked(sale, Command.UNCORRECT_OWNER)
    if sale.owner_given is None:
        raise IllegalMoveError("Nobody corrected its owner.")
    return replace(sale, owner_given=None)


def give_fees(sale: Sale, amount: Decimal) -> Sale:
    """A person says what was kept of a sale whose marketplace has told no fees; 0 is none. Raises IllegalMoveError.

    What somebody else has given is taken back first: a page that stood open knows nothing of it.
    """
    _checked(sale, Command.GIVE_FEES)
    line = _without_fees(sale)
    given = Money(amount, line.price.currency)
    if rounded(amount, given.currency) != amount:
        raise IllegalMoveError(
            f"{given.currency} is not counted that finely; give the fees as on your statement."
        )
    if amount > line.price.amount + (line.shipping_price.amount if line.shipping_price else 0):
        raise IllegalMoveError("That is more than this sale brought; check the amount.")
    if sale.fees_given == given:
        raise IllegalMoveError("Its fees are that already.")
    if sale.fees_given is not None and sale.fees_given.currency == given.currency:
        raise IllegalMoveError(
            f"Its fees were given as {sale.fees_given.amount:f} {sale.fees_given.currency}; take them back first."
        )
    return replace(sale, fees_given=given)


def ungive_fees(sale: Sale) -> Sale:
    """Back to waiting for the marketplace's word. Raises IllegalMoveError."""
    _checked(sale, Command.UNGIVE_FEES)
    _without_fees(sale)
    if sale.fees_given is None:
        raise IllegalMoveError("Nobody gave its fees.")
    return replace(sale, fees_given=None)


def _without_fees(sale: Sale) -> Line:
    """The line of a sale whose marketplace may tell fees, and has told none in its currency. Raises IllegalMoveError."""
    line = sale.line
    if line is None:
        raise IllegalMoveError(NOT_THERE)
    if fees_of(line) is not None:
        told = " and ".join(f"{fee.amount.amount:f} {fee.amount.currency}" for fee in line.fees)
        raise IllegalMoveError(f"Its marketplace has said the fees: {told}. Those count.")
    if line.platform == WITHOUT_FEES and not line.fees:
        raise IllegalMoveError("A sale at a till or another place has no fees.")
    return line


def refusal_of(sale: Sale, command: Command) -> str | None:
    """Why a command would be refused as things stand; None when it would not."""
    try:
        _checked(sale, command)
    except IllegalMoveError as refused:
        return str(refused)
    return None
