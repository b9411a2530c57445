"""Up to when what changed of a product off show was nothing of its seller's; products Shopify refuses to change."""

from __future__ import annotations

from alembic import op
from connector_shopify.tables import product_refusals
from kit.migrations import create_tenant_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A database made new has both already."""
    op.execute("alter table product_takedowns add column if not exists known_at timestamptz")
    if not op.get_bind().dialect.has_table(op.get_bind(), product_refusals.name):
        create_tenant_table(product_refusals)
