"""The topic table: every topic with its key, owner, partitions, retention, lane and visibility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Literal

from soldwire_contracts import delist, ledger, listings, sales, stock, sync
from soldwire_contracts.envelope import Fact

CONNECTORS = ("connector-shopify", "connector-ebay", "connector-depop-ingest")
CONNECTED = {"shopify": "connector-shopify", "ebay": "connector-ebay", "depop": "connector-depop-ingest"}


class Lane(IntEnum):
    """The relay sends the sale's way before bulk."""

    SALE = 0
    BULK = 1


@dataclass(frozen=True)
class Topic:
    """One Kafka topic. `retention_days` None keeps records for ever; `compacted` keeps the last of each key."""

    name: str
    fact: type[Fact]
    key: str
    producers: tuple[str, ...]
    says: str
    partitions: int = 6
    retention_days: int | None = 30
    compacted: bool = False
    lane: Lane = Lane.SALE
    visibility: Literal["public", "internal"] = "public"

    @property
    def owner(self) -> str:
        """Who answers for the contract: the only producer, or all connectors together."""
        return "connectors" if self.producers[: len(CONNECTORS)] == CONNECTORS else self.producers[0]


def _per_platform(fact: type[Fact], key: str, producer: str, says: str, lane: Lane) -> list[Topic]:
    return [
        Topic(f"{fact.topic}.{platform}", fact, key, (producer,), says, lane=lane, visibility="internal")
        for platform in CONNECTED
    ]


_LEDGER = ("sales-ledger",)
_INVENTORY = ("inventory",)
_ORCHESTRATOR = ("delist-orchestrator",)

_ALL: tuple[Topic, ...] = (
    Topic(
        "sale.detected",
        sales.SaleDetected,
        "account:order",
        (*CONNECTORS, "inventory"),
        "An order line was seen.",
    ),
    Topic(
        "sale.updated",
        sales.SaleUpdated,
        "account:order",
        CONNECTORS,
        "Its whole state at a higher revision.",
    ),
    Topic("sale.cancelled", sales.SaleCancelled, "account:order", CONNECTORS, "Units of it were cancelled."),
    Topic("sale.refunded", sales.SaleRefunded, "account:order", CONNECTORS, "Money of it went back."),
    Topic(
        "listing.observed",
        listings.ListingObserved,
        "account:listing",
        CONNECTORS,
        "A listing as its marketplace shows it, or that it is gone.",
        lane=Lane.BULK,
    ),
    Topic(
        "listing.sold", stock.ListingSold, "tenant:article", _INVENTORY, "What a sale held and every target."
    ),
    Topic("stock.changed", stock.StockChanged, "tenant:article", _INVENTORY, "Quantity, cause and targets."),
    Topic("stock.oversold", stock.StockOversold, "tenant:article", _INVENTORY, "The contending sales."),
    *_per_platform(
        listings.ListingTarget,
        "account:listing",
        "delist-orchestrator",
        "The quantity a listing should show.",
        Lane.SALE,
    ),
    Topic(
        "listing.delisted", listings.ListingDelisted, "tenant:article", CONNECTORS, "Taken down, read back."
    ),
    Topic("listing.adjusted", listings.ListingAdjusted, "tenant:article", CONNECTORS, "Lowered, read back."),
    Topic("listing.relisted", listings.ListingRelisted, "tenant:article", CONNECTORS, "Raised, read back."),
    Topic(
        "listing.failed",
        listings.ListingFailed,
        "tenant:article",
        CONNECTORS,
        "Why a target was not reached.",
    ),
    Topic(
        "delist.progress", delist.DelistProgress, "tenant:article", _ORCHESTRATOR, "The state per listing."
    ),
    Topic(
        "delist.completed",
        delist.DelistCompleted,
        "tenant:article",
        _ORCHESTRATOR,
        "All ended, with exposure.",
    ),
    Topic("sale.recorded", ledger.SaleRecorded, "tenant:sale", _LEDGER, "The ledger holds the sale."),
    Topic("sale.confirmed", ledger.SaleConfirmed, "tenant:sale", _LEDGER, "A person confirmed it."),
    Topic("sale.removed", ledger.SaleRemoved, "tenant:sale", _LEDGER, "A person removed it."),
    Topic("sale.paid", ledger.SalePaid, "tenant:sale", _LEDGER, "The consignor was paid."),
    Topic(
        "consignor.changed",
        ledger.ConsignorChanged,
        "tenant:consignor",
        _LEDGER,
        "A consignor's code, and whether it is in use.",
        lane=Lane.BULK,
    ),
    Topic(
        "payout.settled",
        ledger.PayoutSettled,
        "account:payout",
        CONNECTORS,
        "A marketplace paid out.",
        lane=Lane.BULK,
    ),
    *_per_platform(
        sync.SyncRequested, "account", "scheduler", "A run should be running or cancelled.", Lane.SALE
    ),
    Topic("sync.progress", sync.SyncProgress, "run", CONNECTORS, "Phase, done, total.", lane=Lane.BULK),
    Topic("sync.finished", sync.SyncFinished, "run", ("scheduler",), "Outcome, counts, complete up to."),
    Topic("account.status", sync.AccountStatus, "account", CONNECTORS, "Connected, needs re-login, revoked."),
    Topic(
        "tenant.erased",
        sync.TenantErased,
        "tenant",
        ("gateway",),
        "Everyone forgets.",
        partitions=1,
        retention_days=None,
    ),
)

TOPICS: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in _ALL})


def fact_of(topic: str) -> type[Fact]:
    """The fact a topic carries. Raises KeyError for a topic that is not in the table."""
    return TOPICS[topic].fact
