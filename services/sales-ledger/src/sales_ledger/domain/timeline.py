"""The way of one sale, hop by hop, each with its exact time and how long after the sale and after we had it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sales_ledger.domain.sale import Sale, Step

STEP_HOPS = (
    ("asked", "asked_at"),
    ("called", "called_at"),
    ("taken_down", "applied_at"),
    ("verified", "verified_at"),
)
"""What happens to each listing, and the step's field that says when."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that happened. Spans are whole milliseconds and may be negative: clocks of others."""

    what: str
    at: datetime
    since_sold_ms: int
    since_accepted_ms: int
    platform: str | None = None
    listing_id: UUID | None = None
    state: str | None = None


def timeline(sale: Sale) -> list[Hop]:
    """Every hop known so far, in time order; of equal times the order of the way."""
    line = sale.line
    if line is None:
        return []
    events: list[tuple[str, datetime | None, Step | None]] = [
        ("sold", line.sold_at, None),
        ("accepted", line.accepted_at, None),
        ("recorded", sale.recorded_at, None),
        ("reserved", sale.stock.reserved_at if sale.stock else None, None),
    ]
    for step in sale.delist.steps if sale.delist else ():
        events += [(_named(what, step), getattr(step, field), step) for what, field in STEP_HOPS]
    if sale.is_delisted:
        events.append(("completed", sale.completed_at, None))
    known = [(what, at, step) for what, at, step in events if at is not None]
    known.sort(key=lambda event: event[1])
    return [_hop(what, at, step, line.sold_at, line.accepted_at) for what, at, step in known]


def _named(what: str, step: Step) -> str:
    return "adjusted" if what == "taken_down" and step.target_quantity else what


def _hop(what: str, at: datetime, step: Step | None, sold: datetime, accepted: datetime) -> Hop:
    return Hop(
        what=what,
        at=at,
        since_sold_ms=_milliseconds(at - sold),
        since_accepted_ms=_milliseconds(at - accepted),
        platform=step.platform if step else None,
        listing_id=step.listing_id if step else None,
        state=step.state if step else None,
    )


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
