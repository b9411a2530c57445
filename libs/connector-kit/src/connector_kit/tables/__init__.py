"""The tables every connector has; its own `tables.py` re-exports them and adds what only it needs.

Business tables carry `tenant_id` and are under row-level security. Queues, directories, raw webhooks and budgets are
the bus role's alone and hold no business data beyond ids, except raw webhooks, which are stored before their tenant's
data exists and are pruned.
"""

from connector_kit.tables.base import metadata
from connector_kit.tables.bus import (
    account_directory,
    budgets,
    due_chores,
    due_intents,
    due_polls,
    due_runs,
    erased_tenants,
    raw_webhooks,
)
from connector_kit.tables.held import (
    accounts,
    intents,
    listing_aliases,
    listings,
    runs,
    sale_lines,
)

TENANT_TABLES = (accounts, sale_lines, listings, listing_aliases, intents, runs)
BUS_TABLES = (
    account_directory,
    erased_tenants,
    raw_webhooks,
    due_intents,
    due_polls,
    due_runs,
    due_chores,
    budgets,
)

__all__ = [
    "BUS_TABLES",
    "TENANT_TABLES",
    "account_directory",
    "accounts",
    "budgets",
    "due_chores",
    "due_intents",
    "due_polls",
    "due_runs",
    "erased_tenants",
    "intents",
    "listing_aliases",
    "listings",
    "metadata",
    "raw_webhooks",
    "runs",
    "sale_lines",
]
