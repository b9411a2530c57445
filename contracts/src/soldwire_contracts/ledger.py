"""The sales-ledger's word on a sale, self-contained, consignors, and marketplace payouts."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from soldwire_contracts.envelope import Fact, Value
from soldwire_contracts.sales import Shipment
from soldwire_contracts.stock import Owner
from soldwire_contracts.values import Money, Outcome, Platform, SaleStatus


class LedgerSale(Fact):
    """A sale as the ledger holds it. An undone step is said by the same topic with a higher revision."""

    sale_id: UUID
    revision: int = Field(ge=1)
    account_id: UUID
    platform: Platform
    order_id: str
    order_number: str | None = None
    article_id: UUID | None = None
    sku: str | None = None
    title: str
    quantity: int = Field(ge=1)
    status: SaleStatus
    owner: Owner
    outcome: Outcome | None = None
    """None until inventory has said what the sale did to the stock."""
    price: Money
    fees: Money | None = None
    shipping_price: Money | None = None
    tax: Money | None = None
    net: Money | None = None
    """What the seller keeps by the figures known so far; None while fees are unknown."""
    refunded: Money | None = None
    """What went back to the buyer so far; None when nothing did."""
    commission: Money | None = None
    """The shop's part of a consigned sale; None for one that is not consigned, or whose fees it still waits for."""
    consignor_share: Money | None = None
    """The consignor's part of it, fees borne by him taken off; None as above."""
    shipments: tuple[Shipment, ...] = ()
    sold_at: AwareDatetime
    recorded_at: AwareDatetime
    changed_at: AwareDatetime

    def key(self) -> str:
        """tenant:sale."""
        return f"{self.tenant_id}:{self.sale_id}"


class SaleRecorded(LedgerSale):
    """The ledger holds the sale, or holds it with other figures."""

    topic: ClassVar[str] = "sale.recorded"
    type: ClassVar[str] = "sale.recorded.v1"


class SaleConfirmed(LedgerSale):
    """A person confirmed the sale, or undid that."""

    topic: ClassVar[str] = "sale.confirmed"
    type: ClassVar[str] = "sale.confirmed.v1"

    confirmed: bool


class SaleRemoved(LedgerSale):
    """A person removed a wrong sale, or undid that; inventory releases what it held if still had."""

    topic: ClassVar[str] = "sale.removed"
    type: ClassVar[str] = "sale.removed.v1"

    removed: bool
    still_have_it: bool


class SalePaid(LedgerSale):
    """The consignor's share of the sale was paid, or that was undone."""

    topic: ClassVar[str] = "sale.paid"
    type: ClassVar[str] = "sale.paid.v1"

    paid: bool
    paid_amount: Money | None = None
    """What the consignor has been paid for the sale in all; lower than before after a clawback."""
    payout_run_id: UUID | None = None
    """The run that paid it last."""


class ConsignorChanged(Fact):
    """A consignor was made or changed. Carries no name: people know the code, which the shop chose."""

    topic: ClassVar[str] = "consignor.changed"
    type: ClassVar[str] = "consignor.changed.v1"

    consignor_id: UUID
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}$")]
    """Unique within the tenant; how CSV files and owner rules name the consignor."""
    active: bool
    """Whether new articles may be given to the consignor; what was given stays."""
    revision: int = Field(ge=1)
    changed_at: AwareDatetime

    def key(self) -> str:
        """tenant:consignor."""
        return f"{self.tenant_id}:{self.consignor_id}"


class PayoutLine(Value):
    """One transaction a payout covers."""

    transaction_id: str
    kind: str
    order_id: str | None = None
    amount: Money


class PayoutSettled(Fact):
    """A marketplace paid out to the seller."""

    topic: ClassVar[str] = "payout.settled"
    type: ClassVar[str] = "payout.settled.v1"

    account_id: UUID
    platform: Platform
    payout_id: str
    revision: int = Field(ge=1)
    amount: Money
    paid_at: AwareDatetime
    lines: tuple[PayoutLine, ...] = ()

    def key(self) -> str:
        """account:payout."""
        return f"{self.account_id}:{self.payout_id}"
