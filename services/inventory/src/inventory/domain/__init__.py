"""Inventory's rules, plain Python: articles, what sales hold of them, what every listing should show."""

from inventory.domain.articles import Article
from inventory.domain.batches import Batch, Pair, PairResult, refusal, undo_refusal
from inventory.domain.explaining import Moment, NextAction, Place, Source, next_action
from inventory.domain.facts import (
    Changed,
    Changes,
    Contender,
    Fact,
    JournalRow,
    LogRow,
    Oversold,
    Question,
    Sold,
)
from inventory.domain.listings import Drop, Listing, Observation, Reached, Target
from inventory.domain.matching import Policy, clean_sku, terms_of
from inventory.domain.merging import doubles, merge, split
from inventory.domain.money import Money
from inventory.domain.owners import Cost, Owner
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.suggestions import Candidate, Similarity, Suggestion, pair_off, suggest, words_of
from inventory.domain.views import AskedQuestion, JournalEntry
from inventory.domain.words import (
    ANSWERS,
    Answer,
    Cause,
    Entry,
    Happened,
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
    "Batch",
    "Candidate",
    "Cause",
    "Changed",
    "Changes",
    "Contender",
    "Cost",
    "Drop",
    "Entry",
    "Fact",
    "Happened",
    "Hold",
    "JournalEntry",
    "JournalRow",
    "Listing",
    "ListingState",
    "LogRow",
    "Moment",
    "Money",
    "NextAction",
    "Observation",
    "Outcome",
    "Oversold",
    "Owner",
    "OwnerKind",
    "Pair",
    "PairResult",
    "Place",
    "Policy",
    "Question",
    "QuestionKind",
    "Reached",
    "Restock",
    "SaleLine",
    "Similarity",
    "Sold",
    "Source",
    "Suggestion",
    "Target",
    "clean_sku",
    "doubles",
    "merge",
    "next_action",
    "pair_off",
    "refusal",
    "split",
    "suggest",
    "terms_of",
    "undo_refusal",
    "words_of",
]
