"""The mini service: plumbing, one business table, erased tenants."""

from kit.erasing import erased_tenants
from kit.migrations import create_bus_table, create_plumbing, create_tenant_table
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
    create_bus_table(erased_tenants(MetaData()))
