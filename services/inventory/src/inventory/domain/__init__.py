"""Inventory's rules, plain Python: articles, what sales hold of them, what every listing should show."""

from inventory.domain.articles import Article
from inventory.domain.consignors import Consignor, Consignors, NoSuchConsignor, OwnerWish
from inventory.domain.drafts import Draft, WhyUnmatched
from inventory.domain.editing import Edit
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
from inventory.domain.filters import ArticleFilter, ListingFilter, StockState
from inventory.domain.listings import Drop, Listing, Observation, Reached, Target
from inventory.domain.matching import CreateFrom, Policy, clean_sku, terms_of
from inventory.domain.money import Money
from inventory.domain.owners import Cost, Owner
from inventory.domain.ownership import OwnerRule, OwnerRules, RuleKind
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.standing import Standing, standing_of
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
    "ArticleFilter",
    "AskedQuestion",
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
    "Hold",
    "JournalEntry",
    "JournalRow",
    "Listing",
    "ListingFilter",
    "ListingState",
    "Money",
    "NoSuchConsignor",
    "Observation",
    "Outcome",
    "Oversold",
    "Owner",
    "OwnerKind",
    "OwnerRule",
    "OwnerRules",
    "OwnerWish",
    "Policy",
    "Question",
    "QuestionKind",
    "Reached",
    "Restock",
    "RuleKind",
    "SaleLine",
    "Sold",
    "Standing",
    "StockState",
    "Target",
    "WhyUnmatched",
    "clean_sku",
    "standing_of",
    "terms_of",
]
