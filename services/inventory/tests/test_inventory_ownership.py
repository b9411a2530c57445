"""Whose an article is: the owner rules, what a person gives, and what stays with a sale."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory.domain import (
    Article,
    Consignor,
    Consignors,
    Listing,
    Money,
    NoSuchConsignor,
    Owner,
    OwnerKind,
    OwnerRule,
    OwnerRules,
    OwnerWish,
    RuleKind,
    Sold,
)
from inventory_articles import T0, TENANT, article, line, observe, seen

ANNE, BEN = UUID(int=501), UUID(int=502)
OWN, UNKNOWN = Owner(), Owner(OwnerKind.UNKNOWN)


def consigned(consignor: UUID) -> Owner:
    return Owner(OwnerKind.CONSIGNED, consignor)


def prefix(value: str, owner: Owner) -> OwnerRule:
    return OwnerRule(RuleKind.SKU_PREFIX, value, owner)


def vendor(value: str, owner: Owner) -> OwnerRule:
    return OwnerRule(RuleKind.VENDOR, value, owner)


@pytest.mark.parametrize(
    ("sku", "vendors", "owner"),
    [
        ("AN-1", [], consigned(ANNE)),
        ("AN-OWN-1", [], OWN),
        ("an-1", [], UNKNOWN),
        ("AN", [], UNKNOWN),
        (None, [], UNKNOWN),
        ("AN-1", ["Ben & Sons"], consigned(ANNE)),
        ("X-1", [" BEN & sons "], consigned(BEN)),
        ("X-1", ["Ben & Sons Ltd"], UNKNOWN),
        (None, [None, "", "ben & sons"], consigned(BEN)),
    ],
)
def test_the_longest_prefix_wins_then_the_vendor_then_the_default(
    sku: str | None, vendors: list[str | None], owner: Owner
) -> None:
    rules = [prefix("AN-", consigned(ANNE)), prefix("AN-OWN", OWN), vendor("Ben & Sons", consigned(BEN))]
    assert OwnerRules(rules, UNKNOWN).owner_of(sku, vendors) == owner


@given(
    sku=st.text(alphabet="AB-", max_size=6),
    prefixes=st.sets(st.text(alphabet="AB-", min_size=1, max_size=4), max_size=8),
)
def test_the_rule_is_the_longest_of_all_that_the_sku_begins_with(sku: str, prefixes: set[str]) -> None:
    rule = OwnerRules([prefix(value, OWN) for value in prefixes]).rule_for(sku, [])
    fitting = [value for value in prefixes if sku.startswith(value)]
    assert (rule.value if rule else None) == max(fitting, key=len, default=None)


def ruled(*rules: OwnerRule, quantity: int | None = 3) -> Article:
    made = article(quantity)
    made.rules = OwnerRules(rules, UNKNOWN)
    return made


def facts(made: Article) -> list[Sold]:
    return [fact for fact in made.changes.take_facts() if isinstance(fact, Sold)]


def test_a_sale_takes_the_owner_the_rules_give_at_that_time_and_keeps_it() -> None:
    made = ruled(prefix("A-", consigned(ANNE)), quantity=1)
    made.sell(line(1))
    made.sell(line(2))
    assert [fact.owner for fact in facts(made)] == [consigned(ANNE), consigned(ANNE)]
    made.rules = OwnerRules([prefix("A-", consigned(BEN))])
    made.edit({"cost": Money(Decimal(5), "GBP")})
    assert made.owner == consigned(BEN)
    made.count(1, T0)
    (again,) = facts(made)
    assert (again.line.sale_id, again.owner, again.cost) == (line(2).sale_id, consigned(ANNE), None)
    made.count(1, T0)
    made.sell(line(3))
    (new,) = facts(made)
    assert (new.owner, new.cost) == (consigned(BEN), Money(Decimal(5), "GBP"))


def test_a_given_owner_stays_whatever_the_rules_say_until_it_is_cleared() -> None:
    made = ruled(prefix("A-", consigned(ANNE)))
    made.edit({"owner": OWN})
    made.sell(line(1))
    assert [fact.owner for fact in facts(made)] == [OWN]
    made.edit({"owner": None})
    assert (made.owner, made.owner_given) == (consigned(ANNE), False)


def test_the_vendor_of_a_listing_that_is_linked_or_seen_counts() -> None:
    made = ruled(vendor("Anne", consigned(ANNE)))
    observe(made, seen(made.linked.by_id[UUID(int=101)], 3, vendor="anne"))
    assert made.owner == consigned(ANNE)
    made.unlink(UUID(int=101))
    assert made.owner == UNKNOWN
    made.link(Listing(UUID(int=102), TENANT, UUID(int=52), "shopify", vendor="Anne "), T0, by_person=False)
    assert made.owner == consigned(ANNE)


def test_another_sku_follows_other_rules() -> None:
    made = ruled(prefix("B-", consigned(BEN)))
    made.edit({"sku": "B-7"})
    assert made.owner == consigned(BEN)


def test_an_article_takes_the_picture_of_a_listing_and_keeps_its_own() -> None:
    made = article(1)
    listing = made.linked.by_id[UUID(int=100)]
    observe(made, seen(listing, 1, thumbnail_url="https://pictures/1"))
    observe(made, seen(listing, 1, thumbnail_url="https://pictures/2"))
    assert made.thumbnail_url == "https://pictures/1"
    made.edit({"thumbnail_url": "https://pictures/own"})
    observe(made, seen(listing, 1, thumbnail_url="https://pictures/3"))
    assert made.thumbnail_url == "https://pictures/own"


KNOWN = Consignors(
    [
        Consignor(ANNE, TENANT, "ANNE", True, 1),
        Consignor(BEN, TENANT, "BEN", False, 2),
        Consignor(UUID(int=503), TENANT, "TWIN", True, 1),
        Consignor(UUID(int=504), TENANT, "TWIN", True, 1),
    ]
)


def test_a_consignor_is_named_by_id_or_code() -> None:
    for wish in (OwnerWish(OwnerKind.CONSIGNED, ANNE), OwnerWish(OwnerKind.CONSIGNED, code="ANNE")):
        assert KNOWN.owner(wish) == consigned(ANNE)
    assert KNOWN.owner(OwnerWish(OwnerKind.UNKNOWN)) == UNKNOWN


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (OwnerWish(OwnerKind.CONSIGNED, code="NOBODY"), "no consignor NOBODY"),
        (OwnerWish(OwnerKind.CONSIGNED, UUID(int=9)), "no consignor 0000"),
        (OwnerWish(OwnerKind.CONSIGNED, code="BEN"), "BEN takes no new articles"),
        (OwnerWish(OwnerKind.CONSIGNED, code="TWIN"), "Two consignors have the code TWIN"),
    ],
)
def test_nobody_and_who_takes_nothing_new_is_refused(wish: OwnerWish, says: str) -> None:
    with pytest.raises(NoSuchConsignor, match=says):
        KNOWN.owner(wish)


def test_what_was_given_to_one_who_takes_nothing_new_stays() -> None:
    kept = consigned(BEN)
    assert KNOWN.owner(OwnerWish(OwnerKind.CONSIGNED, code="BEN"), kept) == kept
    gone = consigned(UUID(int=9))
    assert KNOWN.owner(OwnerWish(OwnerKind.CONSIGNED, UUID(int=9)), gone) == gone
