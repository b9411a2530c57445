"""Inventory's rules, plain Python: articles, what sales hold of them, what every listing should show."""

from inventory.domain.articles import Article
from inventory.domain.batches import Batch, Pair, PairResult, refusal, undo_refusal
from inventory.domain.consignors import Consignor, Consignors, NoSuchConsignor, OwnerWish
from inventory.domain.drafts import Draft, WhyUnmatched
from inventory.domain.editing import Edit
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
from inventory.domain.filters import ArticleFilter, ListingFilter, StockState
from inventory.domain.listings import Drop, Listing, Observation, Reached, Target
from inventory.domain.matching import CreateFrom, Policy, clean_sku, terms_of
from inventory.domain.merging import doubles, merge, split
from inventory.domain.money import Money
from inventory.domain.owners import Cost, Owner
from inventory.domain.ownership import OwnerRule, OwnerRules, RuleKind
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.standing import Standing, standing_of
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
    "ArticleFilter",
    "AskedQuestion",
    "Batch",
    "Candidate",
    "Cause",
    "Changed",
    "Changes",
    "Consignor",
    "Consignors",
    "Contender",
    "Cost",
    "CreateFrom",
    "Draft",
    "Drop",
    "Edit",
    "Entry",
    "Fact",
    "Happened",
    "Hold",
    "JournalEntry",
    "JournalRow",
    "Listing",
    "ListingFilter",
    "ListingState",
    "LogRow",
    "Moment",
    "Money",
    "NextAction",
    "NoSuchConsignor",
    "Observation",
    "Outcome",
    "Oversold",
    "Owner",
    "OwnerKind",
    "OwnerRule",
    "OwnerRules",
    "OwnerWish",
    "Pair",
    "PairResult",
    "Place",
    "Policy",
    "Question",
    "QuestionKind",
    "Reached",
    "Restock",
    "RuleKind",
    "SaleLine",
    "Similarity",
    "Sold",
    "Source",
    "Standing",
    "StockState",
    "Suggestion",
    "Target",
    "WhyUnmatched",
    "clean_sku",
    "doubles",
    "merge",
    "next_action",
    "pair_off",
    "refusal",
    "split",
    "standing_of",
    "suggest",
    "terms_of",
    "undo_refusal",
    "words_of",
]
