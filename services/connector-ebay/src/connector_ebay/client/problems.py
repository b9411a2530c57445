"""What eBay's error ids mean, as a table, and the one place where anything a call raises becomes a CallFailed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
from connector_kit.errors import (
    AMBIGUOUS,
    DENIED,
    GONE,
    NEEDS_LOGIN,
    RATE_LIMITED,
    RETRY,
    STALE,
    Action,
    CallFailed,
    ErrorTable,
    Nature,
    Problem,
    read_only,
)

from connector_ebay.client.http import (
    EbayRefusedError,
    LoginNeededError,
    TokenUnavailableError,
    UnreadableAnswerError,
)

_USER_ERROR = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "refused_by_ebay",
    "eBay refused the change to this listing. Open the listing on eBay, correct what it complains about, and try again.",
)
_KEYS = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "keys_refused",
    "eBay does not take this installation's application keys. Operations must correct them.",
)
NOT_OURS = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "not_an_inventory_listing",
    "This eBay listing was not made through eBay's Inventory API, so Soldwire can't change it. Migrate it under Settings.",
)
_CHALLENGE = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "address_not_proved",
    "eBay got no right answer from this installation's notification address. Operations must correct it; until then "
    "sales are found by asking every minute.",
)
_NO_ALERTS = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "no_alert_email",
    "eBay wants to know whom to write to about notifications. Operations must set SOLDWIRE_EBAY_ALERT_EMAIL.",
)

TABLE = ErrorTable(
    codes={
        "1001": NEEDS_LOGIN,  # invalid access token, after a fresh one was tried
        "1002": NEEDS_LOGIN,
        "1100": DENIED,
        "2001": RATE_LIMITED,  # call limit of the application or the seller
        "2003": AMBIGUOUS,
        "195003": _NO_ALERTS,
        "195011": DENIED,
        "195020": _CHALLENGE,
        "25001": AMBIGUOUS,  # any system error of the Inventory API
        "25002": _USER_ERROR,  # any user error of the Inventory API
        "25014": _USER_ERROR,
        "25709": _USER_ERROR,
        "25710": GONE,
        "25713": STALE,  # the offer is not available: withdrawn already, or gone; reading it tells which
        "25715": NOT_OURS,
        "30500": AMBIGUOUS,
        "32100": GONE,  # no such order
    }
)


_RAISED = (
    EbayRefusedError,
    LoginNeededError,
    TokenUnavailableError,
    UnreadableAnswerError,
    httpx.HTTPError,
    TimeoutError,
)


@contextmanager
def classified(*, changes: bool = False) -> Iterator[None]:
    """Turn whatever a call raises into CallFailed; what is ambiguous for a change may simply be repeated for a read."""
    try:
        yield
    except _RAISED as error:
        problem = problem_of(error)
        raise CallFailed(problem if changes else read_only(problem), str(error) or repr(error)) from error


def problem_of(error: Exception) -> Problem:
    """Classify one failure: eBay's own id first, then the status, then the kind of exception."""
    if isinstance(error, LoginNeededError):
        return NEEDS_LOGIN
    if isinstance(error, TokenUnavailableError):
        return _of_token(error)
    if isinstance(error, UnreadableAnswerError):
        return AMBIGUOUS
    if isinstance(error, EbayRefusedError):
        return _of_refusal(error)
    return TABLE.of_exception(error)


def _of_refusal(error: EbayRefusedError) -> Problem:
    known = [problem for code in sorted(error.error_ids) if (problem := TABLE.of_code(str(code)))]
    problem = known[0] if known else TABLE.of_status(error.status)
    if error.retry_after is not None:
        problem = replace(problem, retry_after=timedelta(seconds=min(error.retry_after, 3600.0)))
    return problem


def _of_token(error: TokenUnavailableError) -> Problem:
    """The call that needed the token never went out, so it may simply be made again."""
    if error.status == 429:
        return RATE_LIMITED
    return _KEYS if 400 <= error.status < 500 else RETRY
