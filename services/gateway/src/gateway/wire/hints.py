"""Facts on the bus as hints to pages."""

from __future__ import annotations

from uuid import UUID

from soldwire_contracts import Fact, decode, fact_of

from gateway.domain.live import Hint, Kind

KINDS: dict[str, Kind] = {
    "sale.recorded": "sale",
    "sale.confirmed": "sale",
    "sale.removed": "sale",
    "sale.paid": "sale",
    "delist.progress": "delist",
    "delist.completed": "delist",
    "stock.oversold": "stock",
    "sync.progress": "sync",
    "sync.finished": "sync",
    "account.status": "account",
}
"""The topics a page hears of, and what each says changed."""


def hint_of(topic: str, body: bytes) -> Hint | None:
    """The hint in a record; None for one this build can't read, for a hint is never worth stopping for."""
    try:
        fact = decode(fact_of(topic), body).data
    except (ValueError, KeyError):
        return None
    return Hint(fact.tenant_id, KINDS[topic], _subject(fact))


def _subject(fact: Fact) -> UUID | None:
    found = getattr(fact, "sale_id", None)
    return found if isinstance(found, UUID) else None
