"""All SQL of Depop's ingest; what it shares with other connectors is connector_kit.store."""

from connector_depop_ingest.store.pairings import (
    Door,
    Pairing,
    delete_keys,
    enter_key,
    list_pairings,
    load_pairing,
    open_door,
    save_pairing,
    seen_now,
)
from connector_depop_ingest.store.sales import (
    enter_aliases,
    find_aliases,
    known_sales,
    list_questions,
    save_questions,
)
from connector_depop_ingest.store.shops import (
    ShopRow,
    ensure_shop,
    erase_own,
    load_shop,
    mark_read,
    reading_wanted,
    set_take_down,
)
from connector_depop_ingest.store.tasks import (
    TaskRow,
    extend_lease,
    kept_due,
    lease_tasks,
    list_tasks,
    sort_tasks,
)

__all__ = [
    "Door", "Pairing", "ShopRow", "TaskRow", "delete_keys", "ensure_shop", "enter_aliases", "enter_key", "erase_own",
    "extend_lease", "find_aliases", "kept_due", "known_sales", "lease_tasks", "list_pairings", "list_questions",
    "list_tasks", "load_pairing", "load_shop", "mark_read", "open_door", "reading_wanted", "save_pairing",
    "save_questions", "seen_now", "set_take_down", "sort_tasks",
]  # fmt: skip
