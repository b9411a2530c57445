"""PostgreSQL tables of the scheduler."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, text

metadata = MetaData()


def _time(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> Column[object]:
    return Column(name, Integer, nullable=False, server_default="0")


accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("platform", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    _time("connected_at", nullable=False),
    _time("watermark"),
)

plans = Table(
    "plans",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("interval", Text, nullable=False),
    Column("scope", Text, nullable=False),
    _time("start_from"),
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
    _time("requested_at", nullable=False),
    _time("since"),
    Column("revision", Integer, nullable=False),
    Column("desired", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    _time("asked_at", nullable=False),
    _time("heard_at"),
    _count("lease"),
    _count("sequence"),
    Column("phase", Text),
    _count("done"),
    Column("total", Integer),
    _count("listings"),
    _count("drafts"),
    _count("sales"),
    _count("new_sales"),
    _time("complete_up_to"),
    Column("reason", Text),
    Column("given_up", Boolean, nullable=False, server_default="false"),
    _time("finished_at"),
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

erased_tenants = Table(
    "erased_tenants",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    _time("erased_at", nullable=False),
)

TENANT_TABLES = (accounts, plans, runs)
BUS_TABLES = (due_plans, watched_runs, erased_tenants)
