"""All SQL of the connector kit; returns domain objects."""

from connector_kit.store.accounts import (
    Known,
    advance_watermark,
    connected_after,
    deactivate_directory,
    enter_directory,
    erase_tenants,
    find_in_directory,
    list_accounts,
    load_accounts,
    save_account,
)
from connector_kit.store.backlog import Waiting, read_backlogs
from connector_kit.store.budgets import Grant, block_budget, borrow, correct_budget
from connector_kit.store.chores import (
    Chore,
    LeasedChore,
    drop_chores,
    end_chore,
    hold_chore,
    lease_chore,
    lease_chores,
    postpone_chore,
    want_chores,
)
from connector_kit.store.intents import (
    LOWER,
    RAISE,
    IntentRow,
    Leased,
    dequeue,
    lease_intents,
    leases_held,
    load_intents,
    make_account_due,
    requeue,
    save_intents,
    upsert_targets,
)
from connector_kit.store.leases import LEASE, Queue, keep_leases
from connector_kit.store.listings import (
    HeldListing,
    Naming,
    listings_with_ref,
    load_listings,
    lock_listings,
    mark_listings,
    name_listings,
    resolve_aliases,
    save_listings,
    save_shown,
    settled_versions,
    unseen_since,
)
from connector_kit.store.polls import (
    LeasedPoll,
    hold_poll,
    lease_polls,
    release_poll,
    start_polling,
    stop_polling,
    want_orders,
)
from connector_kit.store.runs import (
    LeasedRun,
    Run,
    end_run,
    hold_run,
    lease_runs,
    postpone_run,
    save_run,
    upsert_runs,
)
from connector_kit.store.sales import HeldLine, insert_lines, lock_lines, update_lines
from connector_kit.store.webhooks import (
    FIRST,
    IN_TURN,
    ReceivedWebhook,
    finish_webhooks,
    insert_webhooks,
    postpone_webhooks,
    prune_webhooks,
    take_webhook,
    take_webhooks,
)

__all__ = [
    "FIRST", "IN_TURN", "LEASE", "LOWER", "RAISE", "Chore", "Grant", "HeldLine", "HeldListing", "IntentRow", "Known", "Leased", "LeasedChore", "LeasedPoll", "LeasedRun",
    "Naming", "Queue", "ReceivedWebhook", "Run", "Waiting", "advance_watermark", "block_budget", "borrow", "connected_after", "correct_budget",
    "deactivate_directory", "dequeue", "drop_chores", "end_chore", "end_run", "enter_directory", "erase_tenants",
    "find_in_directory", "finish_webhooks", "hold_chore", "hold_poll", "hold_run", "insert_lines", "insert_webhooks", "keep_leases", "lease_chore", "lease_chores", "lease_intents",
    "lease_polls", "lease_runs", "leases_held", "list_accounts", "listings_with_ref", "load_accounts", "load_intents", "load_listings",
    "lock_lines", "lock_listings", "make_account_due", "mark_listings", "name_listings", "postpone_chore", "postpone_run", "postpone_webhooks",
    "prune_webhooks", "read_backlogs", "release_poll", "requeue", "resolve_aliases", "save_account", "save_intents", "save_listings",
    "save_run", "save_shown", "settled_versions", "start_polling", "stop_polling", "take_webhook", "take_webhooks",
    "unseen_since", "update_lines", "upsert_runs", "upsert_targets", "want_chores", "want_orders",
]  # fmt: skip
