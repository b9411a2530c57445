"""Prometheus metrics of connectors: what waits, by which door sales came, and how calls to marketplaces go."""

from __future__ import annotations

import collections

from kit.metrics import LATENCY_BUCKETS
from prometheus_client import Counter, Gauge, Histogram

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

# A scope is what a marketplace's limit is for, such as a shop: of gauges alone a label, for there may be thousands.
budget_points = Gauge(
    "soldwire_budget_points", "Points at hand, when this process last drew from the scope.", ["scope"]
)
budget_capacity = Gauge("soldwire_budget_capacity", "Points the scope's bucket holds at most.", ["scope"])
budget_rate = Gauge("soldwire_budget_restored_per_second", "Points that come back each second.", ["scope"])
budget_drawn = Counter(
    "soldwire_budget_drawn",
    "Points drawn for calls, before they went out.",
    ["platform", "lane", "operation"],
)
budget_waited = Histogram(
    "soldwire_budget_waited_seconds",
    "How long a call waited for its points, also in vain.",
    ["lane"],
    buckets=LATENCY_BUCKETS,
)
throttled = Counter(
    "soldwire_throttled", "Calls a marketplace refused for their number or cost.", ["platform", "how"]
)
calls = Counter(
    "soldwire_marketplace_calls",
    "Calls by how they ended: ok, rate_limited, ambiguous, stale, refused, login, unreachable; circuit_open was not sent.",
    ["platform", "operation", "outcome"],
)
call_seconds = Histogram(
    "soldwire_marketplace_call_seconds",
    "From sending a call to its whole answer, or to giving up.",
    ["platform", "operation"],
    buckets=LATENCY_BUCKETS,
)
circuit_open = Gauge(
    "soldwire_circuit_open", "1 while a scope that failed again and again is left alone.", ["scope"]
)
tokens_renewed = Counter(
    "soldwire_tokens_renewed", "Access tokens renewed: renewed, refused, failed.", ["platform", "outcome"]
)
webhooks_refused = Counter(
    "soldwire_webhooks_refused",
    "Notifications whose signature did not hold, by whose it should have been: own_app of the shop, our_app, nobody's "
    "(a shop that is not connected); unsigned has none.",
    ["platform", "signer"],
)
accounts_by_health = Gauge(
    "soldwire_accounts", "Accounts by the worst there is to say of each.", ["platform", "state"]
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
