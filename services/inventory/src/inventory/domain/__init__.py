"""Inventory's rules, plain Python: articles, what sales hold of them, what every listing should show."""

from inventory.domain.articles import Article
from inventory.domain.facts import (
    Changed,
    Changes,
    Contender,
    Fact,
    JournalRow,
    Oversold,
    Question,
    Sold,
)
from inventory.domain.listings import Drop, Listing, Observation, Reached, Target
from inventory.domain.matching import Policy, clean_sku, terms_of
from inventory.domain.owners import Cost, Owner
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.views import AskedQuestion, JournalEntry
from inventory.domain.words import (
    ANSWERS,
    Answer,
    Cause,
    Entry,
    ListingState,
    Outcome,
    OwnerKind,
    QuestionKind,
    Restock,
)

__all__ = [
    "ANSWERS",
    "Answer",
    "Article",
    "AskedQuestion",
    "Cause",
    "Changed",
    "Changes",
    "Contender",
    "Cost",
    "Drop",
    "Entry",
    "Fact",
    "Hold",
    "JournalEntry",
    "JournalRow",
    "Listing",
    "ListingState",
    "Observation",
    "Outcome",
    "Oversold",
    "Owner",
    "OwnerKind",
    "Policy",
    "Question",
    "QuestionKind",
    "Reached",
    "Restock",
    "SaleLine",
    "Sold",
    "Target",
    "clean_sku",
    "terms_of",
]
