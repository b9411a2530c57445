"""Small values that several facts share: platforms, money, outcomes."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Platform(StrEnum):
    """Where an article is for sale; `elsewhere` is a shop till or any place without a connector."""

    SHOPIFY = "shopify"
    EBAY = "ebay"
    DEPOP = "depop"
    ELSEWHERE = "elsewhere"


class Money(BaseModel):
    """An amount in major units of an ISO 4217 currency, exact; negative where money flows back."""

    model_config = ConfigDict(frozen=True)

    amount: Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
    currency: Currency


class Payment(StrEnum):
    """What the marketplace says of a sale's payment."""

    UNPAID = "unpaid"
    AUTHORIZED = "authorized"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class Restock(StrEnum):
    """Whether a cancelled unit went back on the shelf, by the marketplace's word."""

    RESTOCKED = "restocked"
    NOT_RESTOCKED = "not_restocked"
    UNKNOWN = "unknown"


class FoundBy(StrEnum):
    """The door a sale came in by first."""

    WEBHOOK = "webhook"
    POLL = "poll"
    SYNC = "sync"
    BROWSER = "browser"
    CSV = "csv"
    PERSON = "person"


class ListingState(StrEnum):
    """A listing as the marketplace shows it."""

    LIVE = "live"
    DRAFT = "draft"
    ENDED = "ended"
    GONE = "gone"


class Outcome(StrEnum):
    """What a sale did to the stock: held it, lost the last unit to another, or is older than the account."""

    HELD = "held"
    CONTENDED = "contended"
    HISTORY = "history"


class OwnerKind(StrEnum):
    """Whose article was sold, fixed at the sale."""

    OWN = "own"
    CONSIGNED = "consigned"
    UNKNOWN = "unknown"


class StockCause(StrEnum):
    """Why an article's free quantity or targets changed without a sale."""

    OPENED = "opened"
    RELEASED = "released"
    EDITED = "edited"
    LINKED = "linked"
    UNLINKED = "unlinked"
    ADJUSTED = "adjusted"


class TargetCause(StrEnum):
    """Why a listing should show another quantity; only the last three may raise it (design.md, rule 4)."""

    SALE = "sale"
    OBSERVATION = "observation"
    RELEASE = "release"
    EDIT = "edit"
    LINK = "link"


class StepState(StrEnum):
    """Where one listing of a sold article is on its way to its target."""

    WAITING_FOR_APPROVAL = "waiting_for_approval"
    PAUSED = "paused"
    ASKED = "asked"
    WAITING_FOR_BROWSER = "waiting_for_browser"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"


class SaleStatus(StrEnum):
    """A sale as its seller knows it (ui.md)."""

    NOT_PAID_UNCONFIRMED = "not_paid_unconfirmed"
    NOT_PAID = "not_paid"
    COMPLETE = "complete"
    PAID = "paid"
    OWNER_UNKNOWN = "owner_unknown"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    REMOVED = "removed"


class SyncScope(StrEnum):
    """What a refresh reads."""

    EVERYTHING = "everything"
    ARTICLES = "articles"
    SALES = "sales"


class RunState(StrEnum):
    """The desired state of a run, or what became of it."""

    RUNNING = "running"
    CANCELLED = "cancelled"
    COMPLETE = "complete"
    FAILED = "failed"


class AccountState(StrEnum):
    """Whether we can act for a marketplace account."""

    CONNECTED = "connected"
    NEEDS_LOGIN = "needs_login"
    REVOKED = "revoked"
