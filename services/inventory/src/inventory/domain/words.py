"""The words of inventory: outcomes, owners, states, causes and kinds, as closed sets."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a sale did to the stock."""

    HELD = "held"
    CONTENDED = "contended"
    HISTORY = "history"


class OwnerKind(StrEnum):
    """Whose article it is."""

    OWN = "own"
    CONSIGNED = "consigned"
    UNKNOWN = "unknown"


class ListingState(StrEnum):
    """A listing as its marketplace shows it."""

    LIVE = "live"
    DRAFT = "draft"
    ENDED = "ended"
    GONE = "gone"


class Restock(StrEnum):
    """Whether a cancelled unit went back on the shelf, by the marketplace's word."""

    RESTOCKED = "restocked"
    NOT_RESTOCKED = "not_restocked"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why stock or targets changed without a sale."""

    OPENED = "opened"
    RELEASED = "released"
    EDITED = "edited"
    LINKED = "linked"
    UNLINKED = "unlinked"
    ADJUSTED = "adjusted"


class Entry(StrEnum):
    """What a row of the stock journal is; its units add up to the free stock."""

    OPENED = "opened"
    COVERED = "covered"
    """Units of a sale that the observation which set the stock had left out already."""
    ADJUSTED = "adjusted"
    EDITED = "edited"
    HELD = "held"
    RELEASED = "released"
    MERGED = "merged"
    """Units that came from, or went to, an article that was found to be the same one."""
    SPLIT = "split"
    """Units that went to, or came from, an article of their own."""
    TRIED = "tried"
    """Units that an observation took off for a test order, or that one which gave them back added: nothing was sold."""


class Happened(StrEnum):
    """What a row of the listing log is."""

    ASKED = "asked"
    """It was asked to show a quantity."""
    PROPOSED = "proposed"
    """It might be asked to, if a person says yes: the sale is older than its account's connection."""
    REACHED = "reached"
    FAILED = "failed"
    SEEN_LIVE = "seen_live"
    SEEN_OFF_SALE = "seen_off_sale"
    SEEN_QUANTITY = "seen_quantity"
    LINKED = "linked"
    UNLINKED = "unlinked"
    DISCONNECTING = "disconnecting"
    """It is to be taken down, then unlinked."""
    KEPT = "kept"
    """It is not to be disconnected after all."""
    MERGED = "merged"
    SPLIT = "split"
    TRIED = "tried"
    """A test order took units of it: it shows less, and nothing is gone."""
    UNTRIED = "untried"
    """A test order gave them back."""


class QuestionKind(StrEnum):
    """What inventory can't decide by itself."""

    SURPLUS = "surplus"
    DEFICIT = "deficit"
    NOT_RESTOCKED = "not_restocked"
    REFUNDED = "refunded"


class Answer(StrEnum):
    """What a person may answer; which question takes which is `ANSWERS`."""

    MARKETPLACE_IS_RIGHT = "marketplace_is_right"
    STOCK_IS_RIGHT = "stock_is_right"
    PUT_BACK = "put_back"
    GONE = "gone"
    RESTOCK = "restock"
    DONT_RESTOCK = "dont_restock"


ANSWERS: dict[QuestionKind, frozenset[Answer]] = {
    QuestionKind.SURPLUS: frozenset({Answer.MARKETPLACE_IS_RIGHT, Answer.STOCK_IS_RIGHT}),
    QuestionKind.DEFICIT: frozenset({Answer.MARKETPLACE_IS_RIGHT, Answer.STOCK_IS_RIGHT}),
    QuestionKind.NOT_RESTOCKED: frozenset({Answer.PUT_BACK, Answer.GONE}),
    QuestionKind.REFUNDED: frozenset({Answer.RESTOCK, Answer.DONT_RESTOCK}),
}
