"""The checker itself is tested: each seeded fault is caught, and a sound world is not accused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.failure.invariants import World, violations

SALE = {"platform": "ebay", "order_id": "1", "line_id": "a", "quantity": 2, "price": "12.50"}
RECORDED = {"platform": "ebay", "order_id": "1", "line_id": "a", "quantity": 2, "booked": Decimal(25)}
ARTICLE = {
    "id": "x",
    "sku": "COAT-1",
    "free": 0,
    "held": 1,
    "short": 0,
    "journal": 0,
    "opening_and_adjustments": 1,
    "held_by_sales": 1,
}
LISTING = {"platform": "shopify", "listing": "7", "sku": "COAT-1", "buyable": False}
SOUND = World(
    sales=[SALE],
    ledger=[RECORDED],
    articles=[ARTICLE],
    listings=[LISTING],
    sold_out={"COAT-1"},
    changes={("shopify", "7"): [0]},
    versions={("shopify", "7"): 1},
    left_over={"inventory.outbox": 0},
)

SEEDED: dict[str, tuple[str, dict[str, Any]]] = {
    "a lost sale": ("I1", {"ledger": []}),
    "a sale recorded twice": ("I1", {"ledger": [RECORDED, RECORDED]}),
    "a sale nobody made": ("I1", {"sales": []}),
    "a sale of more than was sold": ("I1", {"ledger": [{**RECORDED, "quantity": 5}]}),
    "a price booked twice": ("I3", {"ledger": [{**RECORDED, "booked": Decimal(50)}]}),
    "a price not booked": ("I3", {"ledger": [{**RECORDED, "booked": Decimal(0)}]}),
    "negative stock": ("I2", {"articles": [{**ARTICLE, "free": -1}]}),
    "a lost update of stock": ("I2", {"articles": [{**ARTICLE, "held_by_sales": 2}]}),
    "a journal that does not explain": ("I2", {"articles": [{**ARTICLE, "journal": 1}]}),
    "a silent loser": ("I2", {"contended": [{"article_id": "x", "short": 1, "flagged": False}]}),
    "books out of balance": ("I3", {"unbalanced": [{"id": "p", "difference": 1}]}),
    "a double posting": ("I3", {"double_postings": [{"subject_id": "s"}]}),
    "sold out and for sale": ("I4", {"listings": [{**LISTING, "buyable": True}]}),
    "a key made anew on retry": ("I5", {"changes": {("shopify", "7"): [1, 0]}}),
    "one quantity come to twice": (
        "I5",
        {"changes": {("shopify", "7"): [2, 2]}, "versions": {("shopify", "7"): 3}},
    ),
    "a change nobody asked for": ("I5", {"versions": {}}),
    "a stuck outbox": ("I6", {"left_over": {"inventory.outbox": 3}}),
}


def test_a_sound_world_is_not_accused() -> None:
    assert violations(SOUND) == []


@pytest.mark.parametrize("fault", SEEDED)
def test_every_seeded_fault_is_caught(fault: str) -> None:
    invariant, change = SEEDED[fault]
    assert {v.invariant for v in violations(replace(SOUND, **change))} == {invariant}


def test_what_the_seller_is_looking_at_is_no_secret() -> None:
    world = replace(SOUND, listings=[{**LISTING, "buyable": True}], visible={("shopify", "COAT-1")})
    assert violations(world) == []
