"""Prometheus metrics of connectors: what waits, how soon it is through, and by which door sales came."""

from __future__ import annotations

import collections

from prometheus_client import Counter, Gauge

WEBHOOKS, INTENTS = "webhooks", "intents"

sales_found = Counter(
    "soldwire_sales_found",
    "Sales seen for the first time, by the door they came by: a push that fails shows as polls.",
    ["platform", "account", "found_by"],
)
backlog = Gauge(
    "soldwire_backlog", "What is due and not done: webhooks to map, intents to bring about.", ["what"]
)
backlog_age = Gauge(
    "soldwire_backlog_oldest_seconds", "For how long the oldest of it has been due.", ["what"]
)
backlog_drain = Gauge(
    "soldwire_backlog_drain_seconds",
    "In how long it would be done at this process's pace of the last minute.",
    ["what"],
)
work_done = Counter("soldwire_work_done", "Webhooks mapped and attempts at intents ended.", ["what"])
sealed_accounts = Gauge(
    "soldwire_sealed_accounts",
    "Accounts whose credentials a key holds; one that holds none can go.",
    ["key_id"],
)
tokens_renewed = Counter(
    "soldwire_tokens_renewed", "Access tokens renewed: renewed, refused, failed.", ["platform", "outcome"]
)
_done: collections.Counter[str] = collections.Counter()


def did(what: str, count: int) -> None:
    """So much of it was brought to its end by this process."""
    if count:
        _done[what] += count
        work_done.labels(what).inc(count)


def done(what: str) -> int:
    """How much of it this process has brought to its end so far."""
    return _done[what]
