"""An article with two listings, and what is said and seen of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from inventory.domain import (
    Article,
    Entry,
    Listing,
    ListingState,
    Observation,
    Owner,
    Restock,
    SaleLine,
)

TENANT = UUID(int=1)
T0 = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def article(quantity: int | None = 1, listings: int = 2) -> Article:
    made = Article.make(UUID(int=2), TENANT, T0, sku="A-1", title="Jacket", owner=Owner())
    for number in range(listings):
        made.adopt(Listing(UUID(int=100 + number), TENANT, UUID(int=50 + number), "ebay"), T0)
    if quantity is not None:
        made.open(quantity, T0)
    made.changes.take_facts()
    return made


def line(number: int = 1, **changes: Any) -> SaleLine:
    made = SaleLine(
        tenant_id=TENANT,
        sale_id=uuid5(TENANT, str(number)),
        revision=1,
        account_id=UUID(int=50),
        platform="ebay",
        listing_id=UUID(int=100),
        article_id=None,
        sku="A-1",
        title="Jacket",
        quantity=1,
        cancelled=0,
        restock=Restock.UNKNOWN,
        paid=True,
        shipped=False,
        shipped_at=None,
        sold_at=T0 + timedelta(minutes=number),
        cancelled_at=None,
        account_connected_at=T0 - timedelta(days=9),
    )
    return replace(made, **changes)


def seen(listing: Listing, quantity: int, **changes: Any) -> Observation:
    made = Observation(
        tenant_id=TENANT,
        account_id=listing.account_id,
        platform=listing.platform,
        listing_id=listing.id,
        revision=listing.observed_revision + 1,
        sku="A-1",
        title="Jacket",
        quantity=quantity,
        state=ListingState.LIVE,
        url=None,
        thumbnail_url=None,
        stock_master=False,
        settled_version=listing.version,
        observed_at=T0 + timedelta(hours=1),
    )
    return replace(made, **changes)


def held(made: Article) -> list[int]:
    return [hold.held for hold in sorted(made.holds.values(), key=lambda hold: hold.line.sold_at)]


def observe(made: Article, observation: Observation) -> None:
    listing = made.linked.by_id[observation.listing_id]
    assert listing.see(observation)
    made.observe(listing, observation, T0)


def master_shows(made: Article, quantity: int, at: datetime) -> None:
    listing = made.linked.by_id[UUID(int=100)]
    observe(made, seen(listing, quantity, stock_master=True, observed_at=at))


def assert_adds_up(made: Article) -> None:
    """I2: opening + adjustments − units held by sales = free stock, never below zero."""
    supplied = sum(r.units for r in made.changes.journal if r.entry not in (Entry.HELD, Entry.RELEASED))
    holding = sum(hold.held for hold in made.holds.values())
    assert made.free >= 0
    assert made.free == supplied - holding == sum(row.units for row in made.changes.journal)
    assert (made.held, made.short) == (holding, sum(hold.short for hold in made.holds.values()))
    assert all(0 <= hold.held <= hold.claim for hold in made.holds.values())
    assert made.free == 0 or made.short == 0 or not made.is_open
