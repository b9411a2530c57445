"""Prometheus metrics of the plumbing; services add their own beside them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

records_received = Counter("soldwire_records_received", "Records read from Kafka.", ["subscriber", "topic"])
records_duplicate = Counter("soldwire_records_duplicate", "Records dropped by the inbox.", ["subscriber"])
records_dead = Counter(
    "soldwire_records_dead", "Records set aside as dead letters.", ["subscriber", "reason"]
)
batch_seconds = Histogram(
    "soldwire_batch_seconds",
    "One batch: inbox, change, outbox, commit.",
    ["subscriber"],
    buckets=LATENCY_BUCKETS,
)
statements = Counter(
    "soldwire_statements",
    "Statements of transactions, but for their begin and end and those given as plain SQL.",
)
batch_retries = Counter(
    "soldwire_batch_retries", "Batches rewound after a transient failure.", ["subscriber"]
)
commit_failures = Counter(
    "soldwire_commit_failures", "Offset commits that Kafka refused or did not answer.", ["subscriber"]
)
last_turn = Gauge(
    "soldwire_subscriber_last_turn_seconds", "Unix time of the loop's last turn.", ["subscriber"]
)
lag = Gauge("soldwire_subscriber_lag", "Records behind the end of the log.", ["subscriber"])
relay_published = Counter("soldwire_relay_published", "Outbox rows sent to Kafka.", ["topic"])
relay_failures = Counter("soldwire_relay_failures", "Sends that failed and will be repeated.")
relay_active = Gauge("soldwire_relay_active", "1 in the replica whose relay holds the lock.")
requests_shed = Counter("soldwire_requests_shed", "Requests answered 503 because there was too much to do.")
outbox_pending = Gauge("soldwire_outbox_pending", "Outbox rows not yet published, as the relay last saw.")
outbox_age = Gauge("soldwire_outbox_oldest_seconds", "Age of the oldest unpublished outbox row.")
job_runs = Counter("soldwire_job_runs", "Turns of a background job.", ["job", "outcome"])
job_seconds = Histogram(
    "soldwire_job_seconds", "Time of one turn of a job.", ["job"], buckets=LATENCY_BUCKETS
)
