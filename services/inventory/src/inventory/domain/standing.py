"""A listing as its seller sees it: one word, by a table of which the first that holds counts."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from inventory.domain.listings import Listing
from inventory.domain.words import ListingState


class Standing(StrEnum):
    """What a listing is to its seller."""

    FAILED = "failed"
    """Its last target failed."""
    DELIST = "delist"
    """To be taken down: its target is 0 and not reached."""
    SOLD = "sold"
    """It made the sale that its target 0 is for."""
    DELISTED = "delisted"
    """Taken down, by us or by drafting it, and not for sale again since."""
    ENDED = "ended"
    """Its seller ended it, or it is gone."""
    LIVE = "live"


def standing_of(listing: Listing) -> Standing:
    """The first standing that holds. A target that is only proposed (history) is no target."""
    return next((word for word, holds in _TABLE if holds(listing)), Standing.LIVE)


def _failed(listing: Listing) -> bool:
    newest = max(listing.target_version, listing.applied_version + 1)
    return listing.failure is not None and listing.failed_version >= newest


def _to_be_taken_down(listing: Listing) -> bool:
    unreached = listing.applied_version < listing.target_version
    return listing.target_quantity == 0 and unreached and listing.state is not ListingState.GONE


def _sold(listing: Listing) -> bool:
    return listing.target_quantity == 0 and listing.sold_here


def _taken_down(listing: Listing) -> bool:
    return listing.target_quantity == 0 or (listing.taken_down and not _seen_for_sale_since(listing))


def _seen_for_sale_since(listing: Listing) -> bool:
    shown = listing.state is ListingState.LIVE and bool(listing.observed_quantity)
    return shown and listing.settled_version >= listing.applied_version


def _ended(listing: Listing) -> bool:
    return listing.withdrawn or listing.state is not ListingState.LIVE


_TABLE: tuple[tuple[Standing, Callable[[Listing], bool]], ...] = (
    (Standing.FAILED, _failed),
    (Standing.DELIST, _to_be_taken_down),
    (Standing.SOLD, _sold),
    (Standing.DELISTED, _taken_down),
    (Standing.ENDED, _ended),
)
