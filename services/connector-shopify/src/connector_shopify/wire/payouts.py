"""A payout as `payout.settled`, and its fees as those of orders."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from connector_kit.domain import Account, Amount, LineFee
from connector_kit.wire import money
from soldwire_contracts.ledger import PayoutLine, PayoutSettled
from soldwire_contracts.values import Money, Platform

from connector_shopify.wire.base import ZERO
from connector_shopify.wire.payments import GIVEN_BACK, Movement, Payout

FEES = "shopify_payments"
"""The kind of Shopify Payments' fees on a sale."""
MOST_LINES = 2_500
"""Lines of one event: the longest ones Shopify can send come to 800 kB, and an event has at most 900 kB."""


class UnbalancedError(Exception):
    """A payout's transactions don't come to what it paid. Its text is for the seller."""


def payout_facts(account: Account, payout: Payout, movements: Sequence[Movement]) -> dict[str, PayoutSettled]:
    """What there is to say of a payout that has ended, by the id it is said under; nothing of an empty one.

    A line for each amount and one for each fee, which add up. One that the bank gave back is said as nothing paid: its
    lines, and one that takes their sum back, as Shopify pays it with a later payout. One too long for an event is said
    in parts, each the sum of its lines; the first has the payout's own id. Raises UnbalancedError.
    """
    lines = _lines(movements)
    total = sum((line.amount.amount for line in lines), ZERO)
    paid, back = payout.amount, payout.status in GIVEN_BACK
    if any(line.amount.currency != paid.currency for line in lines) or not (back or total == paid.amount):
        raise UnbalancedError(_unbalanced(payout, total))
    if back and total:
        lines.append(_line(payout.payout_id, f"payout_{payout.status}", None, -total, paid.currency))
    return _parts(account, payout, lines, Amount(ZERO, paid.currency) if back else paid)


def _unbalanced(payout: Payout, total: Decimal) -> str:
    paid, currency = payout.amount.amount, payout.amount.currency
    return (
        f"Shopify's payout of {payout.issued_at:%-d %B %Y} paid {paid} {currency}, but its transactions come to {total} "
        f"{currency}. Soldwire leaves it out and reads it again."
    )


def _lines(movements: Sequence[Movement]) -> list[PayoutLine]:
    lines: list[PayoutLine] = []
    for m in sorted(movements, key=lambda m: (m.at, m.transaction_id)):
        lines.append(_line(m.transaction_id, m.kind, m.order_id, m.amount.amount, m.amount.currency))
        if m.fee.amount:
            fee = -m.fee.amount
            lines.append(_line(m.transaction_id, f"{m.kind}_fee", m.order_id, fee, m.fee.currency))
    return lines


def _line(transaction: str, kind: str, order: str | None, amount: Decimal, currency: str) -> PayoutLine:
    value = Money(amount=amount, currency=currency)
    return PayoutLine(transaction_id=transaction, kind=kind, order_id=order, amount=value)


def _parts(
    account: Account, payout: Payout, lines: Sequence[PayoutLine], paid: Amount
) -> dict[str, PayoutSettled]:
    if len(lines) <= MOST_LINES:
        return {payout.payout_id: _fact(account, payout, payout.payout_id, paid, lines)} if lines else {}
    parts = [lines[start : start + MOST_LINES] for start in range(0, len(lines), MOST_LINES)]
    facts = {}
    for number, part in enumerate(parts, start=1):
        name = payout.payout_id if number == 1 else f"{payout.payout_id}:{number}"
        amount = Amount(sum((line.amount.amount for line in part), ZERO), paid.currency)
        facts[name] = _fact(account, payout, name, amount, part)
    return facts


def nothing_paid(account: Account, payout: Payout, name: str) -> PayoutSettled:
    """Of what was said of a payout and is no more."""
    return _fact(account, payout, name, Amount(ZERO, payout.amount.currency), ())


def _fact(
    account: Account, payout: Payout, name: str, paid: Amount, lines: Sequence[PayoutLine]
) -> PayoutSettled:
    return PayoutSettled(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        platform=Platform(account.platform),
        payout_id=name,
        revision=1,
        amount=money(paid),
        paid_at=payout.issued_at,
        lines=tuple(lines),
    )


def content_of(fact: PayoutSettled) -> str:
    """Hash over what is said, equal however amounts were written."""
    lines = [[line.transaction_id, line.kind, line.order_id, *_plain(line.amount)] for line in fact.lines]
    content = [*_plain(fact.amount), fact.paid_at.isoformat(), lines]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _plain(value: Money) -> tuple[str, str]:
    return format(value.amount.normalize() + 0, "f"), value.currency


def fees_of_orders(movements: Sequence[Movement]) -> Mapping[str, Sequence[LineFee]]:
    """What Shopify Payments kept of each order, transaction by transaction; of one with no fee, that it is nothing."""
    fees: dict[str, list[LineFee]] = defaultdict(list)
    for movement in movements:
        if movement.order_id is not None:
            fees[movement.order_id].append(LineFee(FEES, movement.fee, movement.transaction_id))
    return fees
