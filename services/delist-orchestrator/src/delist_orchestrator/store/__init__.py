"""All SQL of the delist-orchestrator: steps and delists, rules, the due queue, forgetting."""

from delist_orchestrator.store.brake import count_lowerings, forget_lowerings
from delist_orchestrator.store.delists import (
    count_groups,
    delists_page,
    load_chapters,
    lock_delists,
    save_delists,
    start_delists,
    steps_of_sales,
)
from delist_orchestrator.store.due import claim_due, release_held, requeue
from delist_orchestrator.store.rules import (
    end_pause,
    load_pauses,
    load_policies,
    load_rules,
    lock_rules,
    save_pause,
    save_policy,
    share_rules,
)
from delist_orchestrator.store.steps import (
    keys_of_sales,
    load_board,
    lock_known,
    lock_listings,
    median_exposure,
    save_board,
    save_decisions,
)
from delist_orchestrator.store.tenants import erase

__all__ = [
    "claim_due",
    "count_groups",
    "count_lowerings",
    "delists_page",
    "end_pause",
    "erase",
    "forget_lowerings",
    "keys_of_sales",
    "load_board",
    "load_chapters",
    "load_pauses",
    "load_policies",
    "load_rules",
    "lock_delists",
    "lock_known",
    "lock_listings",
    "lock_rules",
    "median_exposure",
    "release_held",
    "requeue",
    "save_board",
    "save_decisions",
    "save_delists",
    "save_pause",
    "save_policy",
    "share_rules",
    "start_delists",
    "steps_of_sales",
]
