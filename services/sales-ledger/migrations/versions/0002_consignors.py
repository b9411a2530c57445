"""Consignors, their terms, shares and payout runs; what sales and their changes say of them beside what they said.

Databases made before know of no terms: their consigned sales wait for the first ones. What was paid of a sale before there
were runs stays paid, by no run. The columns of the version before are left to its replicas.
"""

from __future__ import annotations

from alembic import op
from kit.migrations import create_bus_table, create_tenant_table
from sales_ledger.tables import CONSIGNOR_BUS_TABLES, CONSIGNOR_TABLES, sales

revision = "0002"
down_revision = "0001"

_COLUMNS = (
    "owner_given jsonb",
    "locked jsonb",
    "run_id uuid",
    "payments jsonb",
    "consignor_id uuid",
    "commission numeric(20, 6)",
    "share numeric(20, 6)",
    "paid numeric(20, 6)",
    "payable numeric(20, 6)",
    "is_payable boolean not null default false",
    "due_at timestamptz",
)
_INDEXES = ("sales_by_consignor", "sales_payable", "sales_due", "sales_unlocked")
_OF_CONSIGNORS = """
update sales set consignor_id = (stock ->> 'consignor_id')::uuid
where owner = 'consigned' and stock ->> 'consignor_id' is not null and consignor_id is null
"""
_PAID_BEFORE = """
update sales set paid = (decisions -> 'paid_amount' ->> 'amount')::numeric, payments = jsonb_build_array(jsonb_build_object(
  'run_id', null, 'amount', decisions -> 'paid_amount', 'at', decisions -> 'paid_at'))
where decisions ->> 'paid_at' is not null and payments is null
"""


def upgrade() -> None:
    """Add what is not there; a database made today has it from its tables already."""
    for column in _COLUMNS:
        op.execute(f"alter table sales add column if not exists {column}")
    op.execute("alter table changes add column if not exists detail text")
    _fill()
    for index in sales.indexes:
        if index.name in _INDEXES:
            index.create(op.get_bind(), checkfirst=True)
    for table in CONSIGNOR_TABLES:
        create_tenant_table(table)
    for table in CONSIGNOR_BUS_TABLES:
        create_bus_table(table)


def _fill() -> None:
    """Every tenant's at once: the role that migrates sees none of them while their policies hold for it too."""
    op.execute("alter table sales no force row level security")
    op.execute(_OF_CONSIGNORS)
    op.execute(_PAID_BEFORE)
    op.execute("alter table sales force row level security")
