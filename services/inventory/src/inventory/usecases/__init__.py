"""One function, one transaction: load, decide, save, say."""

from inventory.usecases.erasing import erase
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
from inventory.usecases.observing import observe, reach
from inventory.usecases.people import (
    NewArticle,
    answer_question,
    count_article,
    create_article,
    edit_article,
    link_listing,
    sell_elsewhere,
    set_policy,
    unlink_listing,
)
from inventory.usecases.selling import sell

__all__ = [
    "Explained",
    "NewArticle",
    "answer_question",
    "article",
    "articles_page",
    "count_article",
    "create_article",
    "edit_article",
    "erase",
    "explain",
    "link_listing",
    "listings_page",
    "observe",
    "policy",
    "questions_page",
    "reach",
    "sell",
    "sell_elsewhere",
    "set_policy",
    "unlink_listing",
    "unmatched_page",
]
