"""An intent, what may be done next of it, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class IntentState(StrEnum):
    """due → calling → verifying → reached | parked; a higher version makes it due again from anywhere."""

    DUE = "due"
    CALLING = "calling"
    """Committed before the call goes out; found so after a crash, the call is ambiguous."""
    VERIFYING = "verifying"
    """A call was made, and the marketplace does not show it yet."""
    UNSETTLED = "unsettled"
    """Reached and said, but an older version's call may still take effect: read again until its settle time is over."""
    REACHED = "reached"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a marketplace can do. `settle`: how long a change may take to show (60 s unless known)."""

    compare_and_set: bool
    settle: timedelta = timedelta(seconds=60)
    partial_quantities: bool = True
    """Whether a listing can show more than one unit; if not, any target above 0 is 1."""
    ends_at_zero: bool = True
    """Whether a listing ends by coming to 0, and a raise puts it up again; if not, only its seller ends one."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One listing's target and how far it is. Every time is aware UTC."""

    listing_id: UUID
    tenant_id: UUID
    account_id: UUID
    article_id: UUID
    version: int
    quantity: int
    may_raise: bool = False
    sold_here: bool = False
    sale_id: UUID | None = None
    state: IntentState = IntentState.DUE
    attempts: int = 0
    """Calls sent for this version."""
    answered: int = 0
    """Of them, calls the marketplace answered plainly."""
    called_at: datetime | None = None
    called_version: int | None = None
    """The version of the last call, which may be an older one."""
    expected: int | None = None
    """What the last call expected the marketplace to show (compare-and-set)."""
    ambiguous: bool = False
    """The last call's answer was lost or said nothing."""
    settle_until: datetime | None = None
    """Until when the last call may still take effect."""
    doubt_version: int | None = None
    doubt_until: datetime | None = None
    """An older version's call whose answer was lost, and until when it may still take effect."""
    applied_version: int = 0
    applied_quantity: int | None = None
    """The last target that was reached; raising compares with it."""
    applied_at: datetime | None = None
    ended_by_us: bool = True
    failures: int = 0
    """Attempts in a row that ended in a passing error; sets the back-off."""
    traceparent: str | None = field(default=None, compare=False)
    test: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Read the listing, then ask `after_read`."""


@dataclass(frozen=True, slots=True)
class Call:
    """Set the quantity. `expected` is what the marketplace must show for it to take effect; None: unconditional."""

    quantity: int
    expected: int | None
    key: UUID
    """Idempotency key: the same while nothing about the call has changed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Read again at `until`; the call made may still take effect."""

    until: datetime


class VerdictKind(StrEnum):
    """How an intent ended."""

    DELISTED = "delisted"
    ADJUSTED = "adjusted"
    RELISTED = "relisted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an intent. `read_orders`: somebody else brought the listing there, it may just have sold.

    `link` of a failed one is where the seller does it by hand.
    """

    kind: VerdictKind
    ended_by_us: bool = True
    read_orders: bool = False
    code: str = ""
    reason: str = ""
    can_retry: bool = False
    link: str | None = None


Step = Read | Call | Wait | Verdict

IN_DOUBT = timedelta(seconds=5)
"""An article that is gone is for sale again for no longer than this, should an older raise take effect late."""
