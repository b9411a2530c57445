"""Who was erased, so that nothing brings them back."""

from gateway.tables import erased_tenants
from kit.migrations import create_bus_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the memory of erased tenants."""
    create_bus_table(erased_tenants)
