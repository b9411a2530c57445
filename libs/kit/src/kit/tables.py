"""The plumbing tables every service has: inbox, outbox, dead letters."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

metadata = MetaData()
_now = func.now()

inbox = Table(
    "inbox",
    metadata,
    Column("subscriber", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("inbox_received_at", "received_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("created_at", DateTime(timezone=True), primary_key=True, server_default=_now),
    Column("event_id", Uuid, nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("traceparent", Text),
    Column("published_at", DateTime(timezone=True)),
    Index("outbox_unpublished", "lane", "id", postgresql_where=text("published_at is null")),
    postgresql_partition_by="RANGE (created_at)",
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscriber", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("partition", Integer, nullable=False, server_default="-1"),
    Column("position", BigInteger, nullable=False, server_default="-1"),
    Column("key", LargeBinary),
    Column("headers", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("tenant_id", Uuid),
    Column("state", Text, nullable=False, server_default="open"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=_now),
    UniqueConstraint("subscriber", "source", "partition", "position", name="dead_letters_record"),
    Index("dead_letters_open", "created_at", postgresql_where=text("state = 'open'")),
)
