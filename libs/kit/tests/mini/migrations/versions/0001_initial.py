"""The mini service: plumbing and one business table."""

from kit.migrations import create_plumbing, create_tenant_table
from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, Uuid

revision = "0001"
down_revision = None

effects = Table(
    "effects",
    MetaData(),
    Column("n", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
)


def upgrade() -> None:
    create_plumbing()
    create_tenant_table(effects)
