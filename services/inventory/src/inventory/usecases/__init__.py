"""One function, one transaction: load, decide, save, say."""

from inventory.store import Import, Place
from inventory.usecases.applying import apply_import
from inventory.usecases.describing import Edited, Wanted, create_article, edit_article, edit_articles
from inventory.usecases.erasing import erase
from inventory.usecases.imports import (
    Planned,
    check_import,
    discard_import,
    export_page,
    shown_import,
)
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
from inventory.usecases.observing import observe, reach
from inventory.usecases.owners import (
    Preview,
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
    unlink_listing,
)
from inventory.usecases.selling import sell

__all__ = [
    "Edited",
    "Explained",
    "Import",
    "Place",
    "Planned",
    "Preview",
    "RuleWish",
    "RulesInForce",
    "UnmatchedSale",
    "Wanted",
    "answer_question",
    "apply_import",
    "article",
    "articles_page",
    "check_import",
    "count_article",
    "create_article",
    "discard_import",
    "draft_counts",
    "drafts_page",
    "edit_article",
    "edit_articles",
    "erase",
    "explain",
    "export_page",
    "link_listing",
    "listings_page",
    "note_consignors",
    "observe",
    "owner_rules",
    "policy",
    "preview_owner_rules",
    "questions_page",
    "reach",
    "sell",
    "sell_elsewhere",
    "set_owner_rules",
    "set_policy",
    "shown_import",
    "sweep_owners",
    "unlink_listing",
    "unmatched_page",
]
