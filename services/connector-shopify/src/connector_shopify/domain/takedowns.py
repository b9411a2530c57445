"""Variants and products Soldwire took down: what they were, and whether they still show what it set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

ON_SHOW = frozenset({"ACTIVE", "UNLISTED"})
"""Statuses under which a product can be bought; an unlisted one by its link."""
BEING_GIVEN_BACK = datetime(1970, 1, 1, tzinfo=UTC)
"""As the time of a take-down: it is being undone, and no call of it can still take effect."""

UNFOLLOWED = timedelta(days=1)
"""A take-down that came to nothing for so long is nobody's work any more."""
_TOUCH = timedelta(seconds=5)
"""How much later than its stock a product may be said to have changed by it."""


class SoldOut(StrEnum):
    """What becomes of a product none of whose variants can be bought, as its seller wants it."""

    KEEP = "keep"
    UNPUBLISH = "unpublish"
    DRAFT = "draft"
    ARCHIVE = "archive"

    @property
    def status(self) -> str | None:
        """The status it is given; None where it keeps its own."""
        return {SoldOut.DRAFT: "DRAFT", SoldOut.ARCHIVE: "ARCHIVED"}.get(self)


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """How its seller has a variant: what happens at 0 (DENY, CONTINUE), and whether its stock is counted."""

    policy: str
    tracked: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """When a product was last changed, and when one of its variants or their stock was, as far as that is told."""

    product_at: datetime
    stock_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """A product as the shop shows it. `publications` are the ids of those it is in, empty where nobody asked."""

    status: str
    publications: frozenset[str]
    for_sale: bool
    """Whether any variant could be bought, were the product on show."""
    changed: Changed | None = None

    @property
    def on_show(self) -> bool:
        """Whether its status lets it be bought."""
        return self.status in ON_SHOW

    def takes(self, way: SoldOut) -> bool:
        """Whether there is anything to take down in this way."""
        return self.on_show and (way is not SoldOut.UNPUBLISH or bool(self.publications))


@dataclass(frozen=True, slots=True)
class TakenProduct:
    """A product that is taken off show, and what it was before. `done_at` None: whether it came to that is not known yet.

    `known_at`: what changed of it up to then was nothing of its seller's.
    """

    product_id: str
    way: SoldOut
    status: str
    publications: tuple[str, ...]
    taken_at: datetime
    done_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def shows_as(self) -> str:
        """The status it shows while it is off show, in lower case."""
        return (self.way.status or self.status).lower()

    @property
    def is_given_back(self) -> bool:
        """Whether it is being put on show again."""
        return self.taken_at == BEING_GIVEN_BACK

    def came_off_after(self, at: datetime) -> bool:
        """Whether what was seen then says nothing of it: it came off show later, and is not being given back."""
        return self.done_at is not None and at < self.done_at and not self.is_given_back

    def holds(self, status: str, publications: frozenset[str]) -> bool:
        """Whether the product still shows what was set; else its seller has changed it, and it is his again."""
        if self.way is SoldOut.UNPUBLISH:
            return status in ON_SHOW and publications.isdisjoint(self.publications)
        return status == self.way.status

    def accounts_for(self, changed: Changed | None) -> bool:
        """Whether nothing but our own doing, and stock, changed of it: else what it shows may be its seller's doing.

        He may have put it on show and taken it off again, which looks like what was set. A product's time moves with its
        variants' stock; stock that moved before `known_at` explains nothing that came after.
        """
        if (
            changed is None
            or self.known_at is None
            or self.is_given_back
            or changed.product_at <= self.known_at
        ):
            return True
        stock_at = changed.stock_at
        return stock_at is not None and self.known_at < stock_at and changed.product_at <= stock_at + _TOUCH

    def was_over(self, told_at: datetime | None) -> bool:
        """Whether it was told, when its coming off show had settled, as something else than what was set."""
        settled = self.known_at if not self.is_given_back else None
        return told_at is not None and settled is not None and told_at > settled
