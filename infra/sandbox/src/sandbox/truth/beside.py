"""What a Shopify shop has beside its trade: bulk operations, and its balance with what was paid out of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(slots=True)
class BulkOperation:
    """A query over a whole Shopify shop; its lines are kept under its token."""

    kind: ClassVar[str] = "bulk"
    seq: int
    account: str
    client_id: str
    query: str
    grouped: bool
    token: str
    created_at: datetime
    status: str = "CREATED"
    fault: str | None = None
    """How it is to end, on order."""
    completed_at: datetime | None = None
    error_code: str | None = None
    object_count: int = 0
    root_count: int = 0
    file_size: int | None = None
    has_file: bool = False

    @property
    def key(self) -> str:
        return str(self.seq)


@dataclass(slots=True)
class BalanceTransaction:
    """What something added to a shop's balance with Shopify Payments, or took from it."""

    kind: ClassVar[str] = "balance"
    seq: int
    account: str
    type: str
    amount: Decimal
    fee: Decimal
    currency: str
    at: datetime
    order: str | None = None
    test: bool = False
    payout: int | None = None
    """The payout that handed it over, or will."""

    @property
    def key(self) -> str:
        return str(self.seq)

    @property
    def net(self) -> Decimal:
        return self.amount - self.fee


@dataclass(slots=True)
class Payout:
    """A transfer of a shop's balance to its bank: SCHEDULED, PAID, FAILED or CANCELED."""

    kind: ClassVar[str] = "payout"
    seq: int
    account: str
    net: Decimal
    currency: str
    issued_at: datetime
    updated_at: datetime
    status: str = "SCHEDULED"

    @property
    def key(self) -> str:
        return str(self.seq)
