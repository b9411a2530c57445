"""One function, one transaction: load, decide, save, say."""

from inventory.store import Import, Place
from inventory.usecases.applying import apply_import
from inventory.usecases.describing import Edited, Wanted, create_article, edit_article, edit_articles
from inventory.usecases.disconnecting import Disconnected, Disconnection, disconnect, keep_listing
from inventory.usecases.erasing import erase
from inventory.usecases.explaining import Timeline, timeline
from inventory.usecases.imports import (
    Planned,
    check_import,
    discard_import,
    export_page,
    shown_import,
)
from inventory.usecases.linking import unlink_listing
from inventory.usecases.lists import (
    UnmatchedSale,
    articles_page,
    draft_counts,
    drafts_page,
    listings_page,
    unmatched_page,
)
from inventory.usecases.looking import (
    Explained,
    article,
    explain,
    policy,
    questions_page,
)
from inventory.usecases.merging import MergePlan, SplitOff, merge_articles, plan_merge, split_article
from inventory.usecases.observing import observe
from inventory.usecases.owners import (
    RulesInForce,
    RuleWish,
    note_consignors,
    owner_rules,
    preview_owner_rules,
    set_owner_rules,
    sweep_owners,
)
from inventory.usecases.people import (
    answer_question,
    count_article,
    link_listing,
    sell_elsewhere,
    set_policy,
)
from inventory.usecases.reaching import reach
from inventory.usecases.selling import sell
from inventory.usecases.suggesting import (
    Preview,
    Ranked,
    accept,
    batch_of,
    preview,
    suggestions_for,
    suggestions_page,
    undo,
)

__all__ = [
    "Disconnected",
    "Disconnection",
    "Edited",
    "Explained",
    "Import",
    "MergePlan",
    "Place",
    "Planned",
    "Preview",
    "Ranked",
    "RuleWish",
    "RulesInForce",
    "SplitOff",
    "Timeline",
    "UnmatchedSale",
    "Wanted",
    "accept",
    "answer_question",
    "apply_import",
    "article",
    "articles_page",
    "batch_of",
    "check_import",
    "count_article",
    "create_article",
    "discard_import",
    "disconnect",
    "draft_counts",
    "drafts_page",
    "edit_article",
    "edit_articles",
    "erase",
    "explain",
    "export_page",
    "keep_listing",
    "link_listing",
    "listings_page",
    "merge_articles",
    "note_consignors",
    "observe",
    "owner_rules",
    "plan_merge",
    "policy",
    "preview",
    "preview_owner_rules",
    "questions_page",
    "reach",
    "sell",
    "sell_elsewhere",
    "set_owner_rules",
    "set_policy",
    "shown_import",
    "split_article",
    "suggestions_for",
    "suggestions_page",
    "sweep_owners",
    "timeline",
    "undo",
    "unlink_listing",
    "unmatched_page",
]
