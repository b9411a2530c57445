"""Intents: taken over from targets, leased, called and ended, each step for many listings in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingTarget

from connector_kit import store, wire
from connector_kit.domain import Account, Intent, IntentState, Listing, SeenListing, Verdict, VerdictKind
from connector_kit.sealing import Sealer
from connector_kit.store import IntentRow, Leased
from connector_kit.usecases.accounts import CLOSED_PAUSE, login_needed


@dataclass(frozen=True, slots=True)
class Work:
    """One leased intent with what is needed to carry it out. `listing` None: this connector never heard of it."""

    intent: Intent
    account: Account
    listing: Listing | None
    lease_no: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a leased intent leaves the worker's hands: with a verdict, or due again at `due_at`."""

    work: Work
    intent: Intent
    verdict: Verdict | None = None
    shown: SeenListing | None = None
    due_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    needs_login: bool = False


OnReached = Callable[[UnitOfWork, Sequence[Ended]], Awaitable[None]]
"""What only one marketplace does when listings have reached their targets, each version once.

In the transaction that says so, after its rows are locked and written; it calls no marketplace. `work.intent` is the
intent before, `verdict` and `shown` how it ended.
"""


async def take_targets(uow: UnitOfWork, targets: Sequence[Event[ListingTarget]]) -> int:
    """Take targets over as intents, the highest version of each listing; returns how many are due now."""
    return await store.upsert_targets(uow, targets)


async def load_work(uow: UnitOfWork, sealer: Sealer, leased: Sequence[Leased]) -> list[Work]:
    """Leased intents with their accounts and listings; what has no account any more leaves the queue."""
    if not leased:
        return []
    await uow.allow({x.tenant_id for x in leased})
    intents = await store.load_intents(uow, (x.listing_id for x in leased))
    listings = await store.load_listings(uow, intents)
    accounts, closed = await store.load_openable(uow, {x.account_id for x in leased}, sealer)
    later = uow.now + CLOSED_PAUSE
    await store.requeue(uow, [(x.listing_id, x.lease_no, later) for x in leased if x.account_id in closed])
    leased = [x for x in leased if x.account_id not in closed]
    orphans = [x.listing_id for x in leased if x.listing_id not in intents or x.account_id not in accounts]
    await store.dequeue(uow, orphans)
    return [
        Work(intents[x.listing_id], accounts[x.account_id], listings.get(x.listing_id), x.lease_no)
        for x in leased
        if x.listing_id not in orphans
    ]


async def begin_calls(uow: UnitOfWork, calls: Sequence[tuple[Work, Intent]]) -> list[bool]:
    """Put calls about to go out on record; False where a newer version or another lease holder has taken over.

    A newer version is due at once: our lease must not keep it waiting.
    """
    await uow.allow({work.intent.tenant_id for work, _ in calls})
    current = await _still_ours(uow, [work for work, _ in calls])
    rows = [IntentRow(i) for work, i in calls if current.get(i.listing_id) == (i.version, True)]
    await store.save_intents(uow, rows)
    await store.requeue(uow, _at_once(uow, [work for work, _ in calls if _superseded(work, current)]))
    begun = {row.intent.listing_id for row in rows}
    return [i.listing_id in begun for _, i in calls]


async def _still_ours(uow: UnitOfWork, works: Sequence[Work]) -> dict[UUID, tuple[int, bool]]:
    """Lock intents, then queue rows, in id order: each listing's version now, and whether our lease holds."""
    locked = await store.load_intents(uow, (w.intent.listing_id for w in works), lock=True)
    held = await store.leases_held(uow, {w.intent.listing_id: w.lease_no for w in works})
    return {i: (intent.version, i in held) for i, intent in locked.items()}


def _superseded(work: Work, current: Mapping[UUID, tuple[int, bool]]) -> bool:
    """Whether our lease is on an intent whose target has become a newer one."""
    version, ours = current.get(work.intent.listing_id, (0, False))
    return ours and version != work.intent.version


def _at_once(uow: UnitOfWork, works: Sequence[Work]) -> list[tuple[UUID, int, datetime]]:
    return sorted((work.intent.listing_id, work.lease_no, uow.now) for work in works)


async def end_work(
    uow: UnitOfWork, ended: Sequence[Ended], on_reached: OnReached | None = None
) -> list[bool]:
    """Record how leased intents ended: verdicts are said, the rest is due again; superseded ones at once.

    One True for each whose newer target is due now. What a fenced worker brings is dropped: whoever took the lease over reads before it decides.
    """
    await uow.allow({e.intent.tenant_id for e in ended})
    current = await _still_ours(uow, [e.work for e in ended])
    ours = [e for e in ended if current.get(e.intent.listing_id, (0, False))[1]]
    await store.save_shown(uow, {e.intent.listing_id: e.shown for e in ours if e.shown is not None})
    same = [e for e in ours if current[e.intent.listing_id][0] == e.intent.version]
    superseded = [e for e in ours if _superseded(e.work, current)]
    await store.save_intents(uow, [IntentRow(e.intent, e.code, e.reason) for e in same])
    await _keep_doubts(uow, superseded)
    for e in same:
        _say(uow, e)
    if on_reached is not None and (reached := [e for e in same if _is_news(e)]):
        await on_reached(uow, reached)
    await _requeue(uow, same, superseded)
    await store.want_orders(uow, {e.intent.account_id for e in same if e.verdict and e.verdict.read_orders})
    for e in sorted((e for e in same if e.needs_login), key=lambda e: e.intent.account_id):
        await login_needed(uow, e.intent.account_id, reason=e.reason or "")
    due = {e.intent.listing_id for e in superseded}
    return [e.intent.listing_id in due for e in ended]


async def put_off(uow: UnitOfWork, work: Work, pause: timedelta) -> None:
    """An attempt broke off on something nobody foresaw: it is due again after `pause`, and what is known of it stays."""
    await store.requeue(uow, [(work.intent.listing_id, work.lease_no, uow.now + pause)])


async def _keep_doubts(uow: UnitOfWork, superseded: Sequence[Ended]) -> None:
    """A newer version took over while we called: it must know what the marketplace was told and what is in doubt."""
    newer = await store.load_intents(uow, (e.intent.listing_id for e in superseded))
    rows = []
    for e in superseded:
        done = e.intent
        rows.append(
            IntentRow(
                replace(
                    newer[done.listing_id],
                    called_at=done.called_at,
                    called_version=done.called_version,
                    expected=done.expected,
                    settle_until=done.settle_until,
                    ambiguous=done.ambiguous,
                    doubt_version=done.doubt_version,
                    doubt_until=done.doubt_until,
                    applied_version=done.applied_version,
                    applied_quantity=done.applied_quantity,
                    applied_at=done.applied_at,
                    ended_by_us=done.ended_by_us,
                )
            )
        )
    await store.save_intents(uow, rows)


def _is_news(ended: Ended) -> bool:
    """Whether this version's target is reached now, for the first time."""
    failed = ended.verdict is None or ended.verdict.kind is VerdictKind.FAILED
    return not failed and ended.shown is not None and ended.work.intent.applied_version < ended.intent.version


def _say(uow: UnitOfWork, ended: Ended) -> None:
    intent, verdict = ended.intent, ended.verdict
    if verdict is None:
        return
    platform = ended.work.account.platform
    if verdict.kind is VerdictKind.FAILED:
        fact = wire.listing_failed(intent, platform, verdict, uow.now)
        uow.emit(fact, traceparent=intent.traceparent, test=intent.test)
    elif ended.shown is not None and _is_news(ended):
        reached = wire.listing_reached(intent, platform, verdict, ended.shown)
        uow.emit(reached, traceparent=intent.traceparent, test=intent.test)


async def _requeue(uow: UnitOfWork, same: Sequence[Ended], superseded: Sequence[Ended]) -> None:
    later = [(e.intent.listing_id, e.work.lease_no, e.due_at) for e in same if e.due_at is not None]
    at_once = _at_once(uow, [e.work for e in superseded])
    await store.requeue(uow, sorted([*later, *at_once]))
    over = (IntentState.REACHED, IntentState.PARKED)
    await store.dequeue(
        uow, [e.intent.listing_id for e in same if e.due_at is None and e.intent.state in over]
    )
