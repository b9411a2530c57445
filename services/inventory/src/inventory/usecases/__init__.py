"""One function, one transaction: load, decide, save, say."""

from inventory.usecases.disconnecting import Disconnected, Disconnection, disconnect, keep_listing
from inventory.usecases.erasing import erase
from inventory.usecases.explaining import Timeline, timeline
from inventory.usecases.linking import unlink_listing
from inventory.usecases.looking import (
    Explained,
    article,
    articles_page,
    explain,
    listings_page,
    policy,
    questions_page,
    unmatched_page,
)
from inventory.usecases.merging import MergePlan, SplitOff, merge_articles, plan_merge, split_article
from inventory.usecases.observing import observe
from inventory.usecases.people import (
    NewArticle,
    answer_question,
    count_article,
    create_article,
    edit_article,
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
    "Explained",
    "MergePlan",
    "NewArticle",
    "Preview",
    "Ranked",
    "SplitOff",
    "Timeline",
    "accept",
    "answer_question",
    "article",
    "articles_page",
    "batch_of",
    "count_article",
    "create_article",
    "disconnect",
    "edit_article",
    "erase",
    "explain",
    "keep_listing",
    "link_listing",
    "listings_page",
    "merge_articles",
    "observe",
    "plan_merge",
    "policy",
    "preview",
    "questions_page",
    "reach",
    "sell",
    "sell_elsewhere",
    "set_policy",
    "split_article",
    "suggestions_for",
    "suggestions_page",
    "timeline",
    "undo",
    "unlink_listing",
    "unmatched_page",
]
