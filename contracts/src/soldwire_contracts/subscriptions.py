"""Who reads which topic, as which subscriber: the consumer table beside the topic table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soldwire_contracts.topics import CONNECTED, TOPICS


@dataclass(frozen=True)
class Subscription:
    """One reader of some topics. Without a subscriber it reads group-less, from the latest offset."""

    service: str
    subscriber: str | None
    topics: tuple[str, ...]

    @property
    def group(self) -> str | None:
        """Kafka consumer group, `service.subscriber`; None for a group-less reader."""
        return None if self.subscriber is None else f"{self.service}.{self.subscriber}"


_SALES = ("sale.detected", "sale.updated", "sale.cancelled", "sale.refunded")
_OUTCOMES = ("listing.delisted", "listing.adjusted", "listing.relisted", "listing.failed")
_DELISTS = ("delist.progress", "delist.completed")
_HINTS = (
    "sale.recorded",
    "sale.confirmed",
    "sale.removed",
    "sale.paid",
    *_DELISTS,
    "sync.progress",
    "sync.finished",
    "stock.oversold",
    "account.status",
)
_SERVICES = (
    *CONNECTED.values(),
    "inventory",
    "sales-ledger",
    "delist-orchestrator",
    "scheduler",
    "gateway",
)

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("inventory", "sales", (*_SALES, "sale.removed")),
    Subscription("inventory", "listings", ("listing.observed",)),
    Subscription("inventory", "outcomes", _OUTCOMES),
    Subscription("inventory", "consignors", ("consignor.changed",)),
    Subscription("sales-ledger", "sales", _SALES),
    Subscription("sales-ledger", "stock", ("listing.sold", "stock.oversold")),
    Subscription("sales-ledger", "delists", _DELISTS),
    Subscription("sales-ledger", "payouts", ("payout.settled",)),
    Subscription("delist-orchestrator", "stock", ("listing.sold", "stock.changed")),
    Subscription("delist-orchestrator", "outcomes", _OUTCOMES),
    *(Subscription(name, "targets", (f"listing.target.{platform}",)) for platform, name in CONNECTED.items()),
    *(Subscription(name, "runs", (f"sync.requested.{platform}",)) for platform, name in CONNECTED.items()),
    Subscription("scheduler", "runs", ("sync.progress", "account.status")),
    Subscription("gateway", None, _HINTS),
    *(Subscription(service, "tenants", ("tenant.erased",)) for service in _SERVICES),
)


def subscriptions_of(topic: str) -> Iterable[Subscription]:
    """Every reader of a topic, in table order."""
    if topic not in TOPICS:
        raise KeyError(topic)
    return (each for each in SUBSCRIPTIONS if topic in each.topics)
