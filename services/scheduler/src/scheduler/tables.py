"""PostgreSQL tables of the scheduler."""

from __future__ import annotations

from kit import erasing
from kit.columns import count, moment
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, text

metadata = MetaData()


accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("platform", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    moment("connected_at", nullable=False),
    moment("watermark"),
)

plans = Table(
    "plans",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("interval", Text, nullable=False),
    Column("scope", Text, nullable=False),
    moment("start_from"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("visible", Boolean, nullable=False),
    moment("requested_at", nullable=False),
    moment("since"),
    Column("revision", Integer, nullable=False),
    Column("desired", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    moment("asked_at", nullable=False),
    moment("heard_at"),
    count("lease"),
    count("sequence"),
    Column("phase", Text),
    count("done"),
    Column("total", Integer),
    count("listings"),
    count("drafts"),
    count("sales"),
    count("new_sales"),
    moment("complete_up_to"),
    Column("reason", Text),
    Column("given_up", Boolean, nullable=False, server_default="false"),
    moment("finished_at"),
    Index("runs_newest", "tenant_id", text("requested_at desc"), text("run_id desc")),
    Index("runs_active", "account_id", postgresql_where=text("finished_at is null")),
)

# When each plan fires, whoever's it is: taken by any replica, skipping what another has in hand.
due_plans = Table(
    "due_plans",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("due_at", DateTime(timezone=True), nullable=False, index=True),
    Column("every_seconds", Integer, nullable=False),
)

# When each active run's silence is judged.
watched_runs = Table(
    "watched_runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("look_at", DateTime(timezone=True), nullable=False, index=True),
)

erased_tenants = erasing.erased_tenants(metadata)

TENANT_TABLES = (accounts, plans, runs)
BUS_TABLES = (due_plans, watched_runs, erased_tenants)
