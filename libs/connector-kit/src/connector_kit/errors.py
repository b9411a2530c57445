"""Errors as a table: what a status, an exception or a marketplace's code means for the work in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

import httpx


class Action(StrEnum):
    """What the work does next."""

    RETRY = "retry"
    """Nothing happened: the same call may go out again after a pause."""
    RATE_LIMITED = "rate_limited"
    """Nothing happened: not before `retry_after`."""
    AMBIGUOUS = "ambiguous"
    """It may have happened: read before deciding (rule 3)."""
    STALE = "stale"
    """Nothing happened, for the marketplace shows something else than we thought: read."""
    FAIL = "fail"


class Nature(StrEnum):
    """Whom it needs: time, a person, or nobody, for the thing is gone."""

    TRANSIENT = "transient"
    CONFIGURATION = "configuration"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Problem:
    """One classified failure. `reason` is in a seller's words; `login` asks for connecting the account again.

    `away`: the marketplace's own side did not answer properly (no connection, 5xx, silence); its circuit counts these.
    """

    action: Action
    nature: Nature
    code: str
    reason: str
    retry_after: timedelta | None = None
    login: bool = False
    away: bool = False


class CallFailed(Exception):
    """A call to a marketplace did not end in a plain success."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.code}: {detail or problem.reason}")
        self.problem = problem
        self.detail = detail


_LOGIN = "The marketplace no longer accepts this account's sign-in. Connect the account again under Settings."
_DENIED = "The marketplace refuses this with the permissions it was given. Connect the account again and accept all of them."
_BUSY = "The marketplace asks to slow down. Soldwire goes on as soon as it may."
_AWAY = "The marketplace can't be reached right now. Soldwire tries again."
_UNCLEAR = "The marketplace's answer was lost, so Soldwire looks at the listing before it does anything else."
_GONE = "The marketplace does not know this listing any more."
_REFUSED = "The marketplace refused the change."

RETRY = Problem(Action.RETRY, Nature.TRANSIENT, "unreachable", _AWAY)
RATE_LIMITED = Problem(Action.RATE_LIMITED, Nature.TRANSIENT, "rate_limited", _BUSY)
AMBIGUOUS = Problem(Action.AMBIGUOUS, Nature.TRANSIENT, "answer_lost", _UNCLEAR)
STALE = Problem(
    Action.STALE, Nature.TRANSIENT, "changed_meanwhile", "The marketplace shows another quantity than before."
)
GONE = Problem(Action.FAIL, Nature.GONE, "gone", _GONE)
NEEDS_LOGIN = Problem(Action.FAIL, Nature.CONFIGURATION, "needs_login", _LOGIN, login=True)
DENIED = Problem(Action.FAIL, Nature.CONFIGURATION, "access_denied", _DENIED)
BROKE_OFF = Problem(
    Action.RETRY,
    Nature.TRANSIENT,
    "broke_off",
    "Something the marketplace says can't be recorded. Soldwire tries again; its log says what it was.",
)
REFUSED = Problem(Action.FAIL, Nature.CONFIGURATION, "refused", _REFUSED)

_NO_CONNECTION = replace(RETRY, away=True)
_NO_ANSWER = replace(AMBIGUOUS, away=True)

# First match wins. Sent or not decides: what never left may go again, what may have arrived is ambiguous.
EXCEPTIONS: Sequence[tuple[type[BaseException], Problem]] = (
    (httpx.ConnectError, _NO_CONNECTION),
    (httpx.ConnectTimeout, _NO_CONNECTION),
    (httpx.PoolTimeout, RETRY),
    (httpx.UnsupportedProtocol, REFUSED),
    (httpx.LocalProtocolError, REFUSED),
    (httpx.InvalidURL, REFUSED),
    (httpx.TransportError, _NO_ANSWER),
    (httpx.DecodingError, AMBIGUOUS),
    (TimeoutError, _NO_ANSWER),
)

STATUSES: Sequence[tuple[range, Problem]] = (
    (range(401, 402), NEEDS_LOGIN),
    (range(402, 404), DENIED),
    (range(404, 405), GONE),
    (range(408, 409), AMBIGUOUS),
    (range(410, 411), GONE),
    (range(423, 424), RATE_LIMITED),
    (range(425, 426), RETRY),
    (range(429, 431), RATE_LIMITED),
    (range(500, 600), _NO_ANSWER),
    (range(300, 500), REFUSED),
)


@dataclass(frozen=True)
class ErrorTable:
    """The common rows with a marketplace's own codes before them."""

    codes: Mapping[str, Problem]
    statuses: Sequence[tuple[range, Problem]] = STATUSES
    exceptions: Sequence[tuple[type[BaseException], Problem]] = EXCEPTIONS

    def of_exception(self, error: BaseException) -> Problem:
        """Classify what httpx raised; anything unknown is ambiguous, for it may have happened."""
        for kind, problem in self.exceptions:
            if isinstance(error, kind):
                return problem
        return AMBIGUOUS

    def of_status(self, status: int, retry_after: str | None = None) -> Problem:
        """Classify an HTTP status that is no success."""
        for statuses, problem in self.statuses:
            if status in statuses:
                return replace(problem, retry_after=seconds_of(retry_after))
        return AMBIGUOUS

    def of_code(self, code: str) -> Problem | None:
        """The marketplace's own error code; None when the table does not know it."""
        return self.codes.get(code)


def seconds_of(header: str | None) -> timedelta | None:
    """`Retry-After` in seconds, at most an hour; a date or nonsense is None (the caller's own pause applies)."""
    try:
        return timedelta(seconds=min(max(float(header or ""), 0.0), 3600.0))
    except ValueError:
        return None


def read_only(problem: Problem) -> Problem:
    """The same problem for a call that changes nothing: what is ambiguous for a write may simply be repeated.

    Its words are those of one that can't be reached: nobody looks at a listing for it.
    """
    if problem.action is not Action.AMBIGUOUS:
        return problem
    return replace(problem, action=Action.RETRY, reason=_AWAY)
