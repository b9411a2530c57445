"""What a call, its answer and what was read make of an intent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from connector_kit.domain.intents.states import IN_DOUBT, Call, Intent, IntentState, Verdict
from connector_kit.domain.listings import SeenListing


def calling(intent: Intent, call: Call, now: datetime, settle: timedelta) -> Intent:
    """The intent with the call about to go out on record; an older one that nobody saw land stays in doubt."""
    older_version, older_until = _older_in_doubt(intent, now)
    return replace(
        intent,
        doubt_version=older_version,
        doubt_until=older_until,
        state=IntentState.CALLING,
        attempts=intent.attempts + 1,
        called_at=now,
        called_version=intent.version,
        expected=call.expected,
        settle_until=now + settle,
        ambiguous=False,
    )


def answered(intent: Intent) -> Intent:
    """The call was answered plainly; the marketplace may take its settle time to show it."""
    return replace(intent, state=IntentState.VERIFYING, answered=intent.answered + 1, failures=0)


def unclear(intent: Intent) -> Intent:
    """The call's answer was lost: it may take effect until the settle time is over, also under newer versions."""
    older = intent.doubt_version is not None and intent.doubt_until is not None
    until = max(filter(None, (intent.doubt_until, intent.settle_until)), default=None)
    return replace(
        intent,
        state=IntentState.VERIFYING,
        ambiguous=True,
        doubt_version=intent.doubt_version if older else intent.version,
        doubt_until=until,
    )


def taken_up(intent: Intent) -> Intent:
    """A leased intent found `calling`: its process died between call and record, so the call is ambiguous."""
    return unclear(intent) if intent.state is IntentState.CALLING else intent


def not_done(before: Intent, after: Intent, *, stale: bool = False) -> Intent:
    """The call certainly changed nothing: everything it put on record but the count is as before it."""
    return replace(before, attempts=after.attempts, answered=before.answered + (1 if stale else 0))


def reached(
    intent: Intent, verdict: Verdict, shown: SeenListing, applied_at: datetime, now: datetime
) -> Intent:
    """The target is reached; while an older call may still take effect, it is read again until that has settled."""
    older_version, older_until = _older_in_doubt(intent, now)
    in_doubt = (
        older_until is not None
        and now < older_until
        and older_version is not None
        and older_version < intent.version
    )
    return replace(
        intent,
        state=IntentState.UNSETTLED if in_doubt else IntentState.REACHED,
        ambiguous=False,
        failures=0,
        applied_version=intent.version,
        applied_quantity=max(shown.quantity, 0) if shown.state == "live" else 0,
        applied_at=applied_at,
        ended_by_us=verdict.ended_by_us,
        doubt_version=older_version if in_doubt else None,
        doubt_until=older_until if in_doubt else None,
    )


def _older_in_doubt(intent: Intent, now: datetime) -> tuple[int | None, datetime | None]:
    """The oldest version whose call may still take effect, and until when.

    Besides one whose answer was lost: one that was answered plainly, and a newer version took over before it showed.
    """
    called, until = intent.called_version, intent.settle_until
    if (
        called is None
        or until is None
        or until <= now
        or not intent.applied_version < called < intent.version
    ):
        return intent.doubt_version, intent.doubt_until
    oldest = called if intent.doubt_version is None else min(called, intent.doubt_version)
    return oldest, max(until, intent.doubt_until or until)


def look_again(intent: Intent, now: datetime) -> datetime | None:
    """When a reached target is read again: every few seconds while an older call is in doubt; None when none is."""
    if intent.state is not IntentState.UNSETTLED or intent.doubt_until is None:
        return None
    return min(now + IN_DOUBT, intent.doubt_until)


def pause_after(failures: int) -> timedelta:
    """Back-off after passing errors in a row: 0.5 s doubling to 30 s."""
    return timedelta(seconds=min(0.5 * 2 ** min(failures, 10), 30.0))
