"""Payouts and balance transactions of Shopify Payments, as the Admin GraphQL API tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from connector_kit.domain import Amount
from pydantic import AwareDatetime, Field

from connector_shopify.wire.base import Id, Value
from connector_shopify.wire.graphql import Connection, Node, Ref
from connector_shopify.wire.orders import instant

PAID = "paid"
GIVEN_BACK = frozenset({"failed", "canceled"})
"""Statuses of a payout whose money is on the shop's balance at Shopify again."""
_ITSELF = "transfer"
"""The type of the balance transaction that is the payout itself."""

Word = Annotated[str, Field(min_length=1, max_length=64)]
"""One of Shopify's enums: new values come every quarter, so they are kept as they are."""


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout by itself. `status` in Shopify's word in lower case; a withdrawal's amount is negative."""

    payout_id: str
    status: str
    amount: Amount
    issued_at: datetime

    @property
    def ended(self) -> bool:
        """Whether the bank has said yes or no: its transactions are the final ones."""
        return self.status == PAID or self.status in GIVEN_BACK


@dataclass(frozen=True, slots=True)
class Movement:
    """A balance transaction that a payout covers: what came or went, and the fee kept of it."""

    transaction_id: str
    kind: str
    order_id: str | None
    amount: Amount
    fee: Amount
    at: datetime
    test: bool


class Sum(Node):
    """An amount with its currency."""

    amount: Value
    currency_code: str = Field(pattern=r"^[A-Z]{3}$")

    def normalised(self) -> Amount:
        """As the kit has it."""
        return Amount(self.amount, self.currency_code)


class PayoutNode(Node):
    """A payout of our document."""

    legacy_resource_id: Id
    status: Word
    issued_at: AwareDatetime
    net: Sum
    transaction_type: Word

    def normalised(self) -> Payout:
        """A withdrawal takes money from the bank, whichever sign Shopify gives it."""
        net = self.net.normalised()
        if self.transaction_type == "WITHDRAWAL":
            net = Amount(-abs(net.amount), net.currency)
        return Payout(self.legacy_resource_id, self.status.lower(), net, instant(self.issued_at))


class BalanceTransaction(Node):
    """A balance transaction of our document."""

    id: Id
    type: Word
    test: bool
    transaction_date: AwareDatetime
    amount: Sum
    fee: Sum
    associated_order: Ref | None = None

    def normalised(self) -> Movement:
        """By its kind in lower case."""
        return Movement(
            transaction_id=self.id,
            kind=self.type.lower(),
            order_id=self.associated_order.id if self.associated_order else None,
            amount=self.amount.normalised(),
            fee=self.fee.normalised(),
            at=instant(self.transaction_date),
            test=self.test,
        )


class PayoutsPart(Node):
    """An account's payouts."""

    payouts: Connection[PayoutNode]


class PayoutsData(Node):
    """Answer of Payouts; a shop without Shopify Payments has no account."""

    shopify_payments_account: PayoutsPart | None


class TransactionsPart(Node):
    """An account's balance transactions."""

    balance_transactions: Connection[BalanceTransaction]


class TransactionsData(Node):
    """Answer of BalanceTransactions."""

    shopify_payments_account: TransactionsPart | None


def movements_of(nodes: tuple[BalanceTransaction, ...]) -> list[Movement]:
    """What a payout covers: all but the transaction that is the payout itself."""
    return [node.normalised() for node in nodes if node.type.lower() != _ITSELF]
