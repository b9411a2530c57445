"""Inventory's tables; every business table carries its tenant."""

from __future__ import annotations

from kit import erasing

from inventory.tables.base import metadata as metadata
from inventory.tables.files import import_lines as import_lines
from inventory.tables.files import imports as imports
from inventory.tables.links import link_batch_pairs as link_batch_pairs
from inventory.tables.links import link_batches as link_batches
from inventory.tables.listed import drafts as drafts
from inventory.tables.listed import listing_log as listing_log
from inventory.tables.listed import listing_terms as listing_terms
from inventory.tables.listed import listings as listings
from inventory.tables.owners import consignors as consignors
from inventory.tables.owners import owner_rules as owner_rules
from inventory.tables.owners import owner_sweeps as owner_sweeps
from inventory.tables.owners import settings as settings
from inventory.tables.sales import holds as holds
from inventory.tables.sales import removals as removals
from inventory.tables.sales import unmatched as unmatched
from inventory.tables.stock import STOCK as STOCK
from inventory.tables.stock import TITLE_KEY as TITLE_KEY
from inventory.tables.stock import article_terms as article_terms
from inventory.tables.stock import articles as articles
from inventory.tables.stock import questions as questions
from inventory.tables.stock import stock_journal as stock_journal
from inventory.tables.tries import tries as tries

erased_tenants = erasing.erased_tenants(metadata)

BUSINESS = (
    articles,
    article_terms,
    listings,
    holds,
    unmatched,
    removals,
    stock_journal,
    questions,
    settings,
)
"""The tables under row-level security that the first migration makes."""

BUSINESS_0005 = (listing_terms, drafts, consignors, owner_rules, imports, import_lines)
BUSINESS_0006 = (listing_log, link_batches, link_batch_pairs)
BUSINESS_0007 = (tries,)
"""Those that came later."""
