"""Which article a listing without one most likely shows: scored by title, brand and price, paired one to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory.domain.listings import Listing
from inventory.domain.matching import terms_of
from inventory.domain.money import Money

Similarity = Callable[[str, str], float]
"""How alike two texts are, 0 to 100."""

TITLE, BRAND, PRICE = 70, 15, 15
"""Points of a hundred. The title is what a seller writes anew on each marketplace and yet says what it is; brand and price
only tell apart what is called the same."""
UNKNOWN = 50
"""What is not known on one side speaks neither for nor against: a title alone comes to 85 at most, so that accepting all
above that never rests on a title only."""
TOO_FAR = Decimal("0.5")
"""A price that is half of the other's has nothing in common with it: marketplaces differ by fees and postage, not by that."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that shares rare words with a listing."""

    article_id: UUID
    sku: str | None
    title: str
    brand: str | None = None
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article for a listing, with its score and why; a part that is not known is None."""

    listing_id: UUID
    account_id: UUID
    candidate: Candidate
    score: int
    title: int
    brand: int | None
    price: int | None


def words_of(listing: Listing) -> frozenset[str]:
    """The words its article may be found by."""
    return terms_of(listing.title, listing.brand)


def suggest(listing: Listing, candidates: Iterable[Candidate], alike: Similarity) -> list[Suggestion]:
    """The candidates, best first."""
    made = [_suggestion(listing, candidate, alike) for candidate in candidates]
    return sorted(made, key=_order)


def pair_off(suggestions: Iterable[Sequence[Suggestion]], min_score: int) -> list[Suggestion]:
    """The best pairs of the listings' ranked suggestions, best first: each listing with its best one, and no article with
    two listings of one account. Where two articles are as likely, a person has to choose.
    """
    best = [
        ranked[0] for ranked in suggestions if ranked and ranked[0].score >= min_score and _is_clear(ranked)
    ]
    pairs: list[Suggestion] = []
    shown: set[tuple[UUID, UUID]] = set()
    for one in sorted(best, key=_order):
        place = (one.candidate.article_id, one.account_id)
        if place not in shown:
            pairs.append(one)
            shown.add(place)
    return pairs


def _is_clear(ranked: Sequence[Suggestion]) -> bool:
    return len(ranked) < 2 or ranked[0].score > ranked[1].score


def _order(one: Suggestion) -> tuple[int, UUID, UUID]:
    return (-one.score, one.candidate.article_id, one.listing_id)


def _suggestion(listing: Listing, candidate: Candidate, alike: Similarity) -> Suggestion:
    title = round(alike(listing.title, candidate.title))
    brand, price = _brand(listing, candidate, alike), _price(listing, candidate)
    parts: Sequence[tuple[int, int | None]] = ((TITLE, title), (BRAND, brand), (PRICE, price))
    score = sum(points * (UNKNOWN if part is None else part) for points, part in parts) / 100
    return Suggestion(listing.id, listing.account_id, candidate, round(score), title, brand, price)


def _brand(listing: Listing, candidate: Candidate, alike: Similarity) -> int | None:
    """An article whose title names the listing's brand is of that brand."""
    if not listing.brand:
        return None
    if candidate.brand:
        return round(alike(listing.brand, candidate.brand))
    named = terms_of(listing.brand) <= terms_of(candidate.title)
    return 100 if named else None


def _price(listing: Listing, candidate: Candidate) -> int | None:
    ours, theirs = listing.price, candidate.price
    if ours is None or theirs is None or ours.currency != theirs.currency:
        return None
    least, most = sorted((ours.amount, theirs.amount))
    if least <= 0:
        return None
    apart = 1 - least / most
    return round(100 * max(Decimal(0), 1 - apart / TOO_FAR))
