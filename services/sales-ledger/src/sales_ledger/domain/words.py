"""What the bus tells of one sale, as a change to apply; the sale as it was beside what it became."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sales_ledger.domain.couriers import folded
from sales_ledger.domain.sale import Sale


@dataclass(frozen=True, slots=True)
class Word:
    """One source's word on one sale."""

    tenant_id: UUID
    sale_id: UUID
    change: Callable[[Sale], Sale]
    traceparent: str | None = None
    test: bool = False

    def apply(self, sale: Sale) -> Sale:
        """The sale after this word; the first trace it came with stays its own."""
        after = self.change(sale)
        return replace(
            after,
            traceparent=sale.traceparent or self.traceparent,
            test=sale.test or self.test,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A sale before and after one transaction."""

    before: Sale
    after: Sale

    @property
    def is_said(self) -> bool:
        """Whether the ledger's own word on the sale changed: its line, owner, stock and terms, what people decided and paid."""
        return self.after.line is not None and _said_of(self.after) != _said_of(self.before)

    def dated(self, now: datetime) -> Turn:
        """The same, with the revision raised and the times set where something is said."""
        after = replace(self.after, changed_at=now)
        if after.line is not None and after.recorded_at is None:
            after = replace(after, recorded_at=now)
        if self.is_said:
            after = replace(after, revision=self.before.revision + 1)
        return replace(self, after=after)


def _said_of(sale: Sale) -> tuple[object, ...]:
    people = sale.decisions, sale.owner_given, sale.fees_given, sale.payments
    return sale.line, sale.stock, people, sale.locked


_FAILED = frozenset({"failed"})
_WAITING = frozenset({"waiting_for_approval", "paused", "waiting_for_browser"})
_RUNNING = frozenset({"asked"})
DELIST_STATES = (("failed", _FAILED), ("waiting", _WAITING), ("running", _RUNNING))
"""The most urgent first."""


def delist_state(sale: Sale) -> str:
    """One word for all chips: failed, waiting, running, done; none while nothing is known.

    A superseded step may still follow a newer one, so only the orchestrator's own word makes it done.
    """
    if sale.delist is None:
        return "none"
    states = {step.state for step in sale.delist.steps}
    return next(
        (name for name, some in DELIST_STATES if states & some), "done" if sale.is_delisted else "running"
    )


def terms_of(sale: Sale) -> set[str]:
    """What a sale can be found by: words of title and SKU, order and tracking numbers, in lower case.

    Tracking numbers also without the spaces people and labels put into them.
    """
    line = sale.line
    if line is None:
        return set()
    numbers = [shipment.tracking_number or "" for shipment in line.shipments]
    texts = [line.title, line.sku, line.order_number, line.order_id, *numbers, *map(folded, numbers)]
    words = {word for text in texts if text for word in (*text.lower().split(), text.lower())}
    return {word[:64] for word in words}
