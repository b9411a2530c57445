"""What a person says was kept of a sale whose marketplace tells no fees, and which sales wait for that."""

from __future__ import annotations

from alembic import op
from sales_ledger.tables import sales

revision = "0006"
down_revision = "0005"

# `sales_ledger.domain.waits_for_fees` as it was at this revision, for rows that are saved no more.
_WAITING = """
update sales set waits_for_fees = true
where owner = 'consigned' and consignor_id is not null and status not in ('removed', 'cancelled', 'refunded') and not test
  and locked ->> 'base' = 'after_fees' and (
    (platform <> 'elsewhere' and jsonb_array_length(line -> 'fees') = 0)
    or exists (
      select from jsonb_array_elements(line -> 'fees') fee
      where fee -> 'amount' ->> 'currency' <> line -> 'price' ->> 'currency'))
  and not exists (
    select from jsonb_array_elements(line -> 'refunds') refund
    where refund -> 'amount' ->> 'currency' <> line -> 'price' ->> 'currency')
"""


def upgrade() -> None:
    """Add what is not there; a database made today has it from its tables already."""
    op.execute("alter table sales add column if not exists fees_given jsonb")
    op.execute("alter table sales add column if not exists waits_for_fees boolean not null default false")
    op.execute("alter table sales no force row level security")  # every tenant's at once
    op.execute(_WAITING)
    op.execute("alter table sales force row level security")
    for index in sales.indexes:
        if index.name == "sales_without_fees":
            index.create(op.get_bind(), checkfirst=True)
