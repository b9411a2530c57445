"""Tasks: what a paired browser takes, does and reports, as desired state with a lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import (
    Account,
    Call,
    Intent,
    IntentState,
    Listing,
    SeenListing,
    Verdict,
    VerdictKind,
    answered,
    call_key,
    calling,
    reached,
)
from connector_kit.store import HeldListing, Leased
from connector_kit.usecases import Ended, Work
from kit.errors import NotFound, Refused
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingTarget

from connector_depop_ingest import store
from connector_depop_ingest.domain import PAUSES, Fate, TakeDown, fate_of
from connector_depop_ingest.store import TaskRow
from connector_depop_ingest.usecases.pairings import Session
from connector_depop_ingest.usecases.shops import signed_in_again
from connector_depop_ingest.wire.receipts import off_sale, product_page
from connector_depop_ingest.wire.uploads import TaskResult

_LEASE_LOST = "Another browser has this task now."
_SIGNED_OUT = "The paired browser is signed out of Depop. Sign in there; Soldwire goes on by itself."
_CHALLENGED = "Depop wants to see a person first. Open depop.com in the paired browser and confirm."
_STILL_THERE = "The browser took the listing down, but Depop still shows it for sale."
_GAVE_UP = Verdict(
    VerdictKind.FAILED,
    code="browser_failed",
    reason="The paired browser could not take this listing down. Take it down on Depop, or retry.",
    can_retry=True,
)
_BY_HAND = Verdict(
    VerdictKind.FAILED,
    code="relist_by_hand",
    reason="Depop can't put a sold or deleted listing back for sale. List it again on Depop, then mark this done.",
)


async def take_targets(uow: UnitOfWork, targets: Sequence[Event[ListingTarget]]) -> int:
    """Take targets over: 0 waits for a browser, anything above needs none. Returns how many are due."""
    taken = await shared.take_targets(uow, targets)
    if taken:
        await store.sort_tasks(uow, (target.data.listing_id for target in targets))
    return taken


@dataclass(frozen=True, slots=True)
class LeasedTask:
    """One task in a browser's hands."""

    task_id: UUID
    lease: int
    lease_until: datetime
    action: TakeDown
    slug: str


@dataclass(frozen=True, slots=True)
class Leases:
    """What a browser is asked to do now."""

    tasks: tuple[LeasedTask, ...]
    read_sold: bool
    read_listings: bool


async def lease_tasks(uow: UnitOfWork, session: Session, *, limit: int, lease: timedelta) -> Leases:
    """Take up to `limit` due tasks of the session's shop, and say whether to read."""
    account_id = session.account.account_id
    leased = await store.lease_tasks(uow, account_id, most=limit, lease=lease)
    shop = await store.load_shop(uow, account_id)
    listings = await shared_store.load_listings(uow, (x.listing_id for x in leased))
    action = shop.take_down if shop else TakeDown.MARK_AS_SOLD
    tasks = [
        LeasedTask(
            x.listing_id,
            x.lease_no,
            uow.now + lease,
            action,
            listings[x.listing_id].alias("slug"),
        )
        for x in leased
        if x.listing_id in listings
    ]
    sold, seen = await store.reading_wanted(uow, account_id)
    return Leases(tuple(tasks), sold, seen)


async def keep_lease(
    uow: UnitOfWork, session: Session, task_id: UUID, lease_no: int, lease: timedelta
) -> datetime:
    """The browser is still at it; answers until when. Raises Refused (409) when the lease is no longer its own."""
    if not await store.extend_lease(uow, session.account.account_id, task_id, lease_no, lease):
        raise Refused("lease_lost", _LEASE_LOST)
    return uow.now + lease


async def report_task(uow: UnitOfWork, session: Session, task_id: UUID, result: TaskResult) -> None:
    """Record what became of a task: reached with evidence, due again, or given up.

    Raises NotFound, or Refused (409) for a lease that has run out and been taken over.
    """
    intent = (await shared_store.load_intents(uow, [task_id], lock=True)).get(task_id)
    listing = (await shared_store.load_listings(uow, [task_id])).get(task_id)
    if intent is None or listing is None or intent.account_id != session.account.account_id:
        raise NotFound("no_such_task", "There is no such task.")
    if task_id not in await shared_store.leases_held(uow, {task_id: result.lease}):
        raise Refused("lease_lost", _LEASE_LOST)
    work = Work(intent, session.account, listing, result.lease)
    await shared.end_work(uow, [_ended(work, listing, result, uow.now)])
    if result.outcome in ("done", "already_off_sale"):
        await signed_in_again(uow, session.account)


def _ended(work: Work, listing: Listing, result: TaskResult, now: datetime) -> Ended:
    evidence = result.evidence
    fate = fate_of(
        result.outcome, for_sale=evidence.for_sale if evidence else None, failures=work.intent.failures
    )
    if fate is Fate.REACHED and evidence is not None:
        shown = off_sale(listing.aliases, min(evidence.read_at, now), gone=evidence.gone)
        if (
            work.intent.quantity > 0
        ):  # released meanwhile: the newer target is looked at with what is shown now
            return Ended(work, work.intent, shown=shown, due_at=now)
        return _taken_down(work, shown, by_browser=result.outcome == "done", now=now)
    intent = replace(work.intent, failures=work.intent.failures + 1, state=IntentState.DUE)
    if fate is Fate.GIVEN_UP:
        parked = replace(intent, state=IntentState.PARKED)
        gave_up = replace(_GAVE_UP, link=product_page(listing.alias("slug")))
        return Ended(work, parked, gave_up, code=gave_up.code, reason=result.reason or gave_up.reason)
    reason = {
        Fate.SIGNED_OUT: _SIGNED_OUT,
        Fate.CHALLENGED: _CHALLENGED,
        Fate.STILL_FOR_SALE: _STILL_THERE,
    }.get(fate, result.reason)
    return Ended(
        work,
        intent,
        due_at=now + PAUSES[fate],
        code=fate.value,
        reason=reason,
        needs_login=fate is Fate.SIGNED_OUT,
    )


def _taken_down(work: Work, shown: SeenListing, *, by_browser: bool, now: datetime) -> Ended:
    """Off sale, read back. Where the browser did nothing, somebody else did: perhaps a buyer, so the sales are read."""
    intent = work.intent
    ours = by_browser or intent.applied_quantity == 0
    verdict = Verdict(VerdictKind.DELISTED, ended_by_us=ours, read_orders=not (ours or intent.sold_here))
    if by_browser:
        intent = answered(calling(intent, Call(0, None, call_key(intent, None)), shown.seen_at, timedelta(0)))
    return Ended(work, reached(intent, verdict, shown, shown.seen_at, now), verdict, shown)


async def leave_kept(uow: UnitOfWork, *, most: int = 200) -> int:
    """End due intents of listings that may stay for sale: Depop shows one of each, so there is nothing to set.

    What was seen last is the evidence; a listing never seen waits until it is.
    """
    leased = await store.kept_due(uow, most=most, lease=timedelta(seconds=30))
    await uow.allow({x.tenant_id for x in leased})
    ids = [x.listing_id for x in leased]
    intents = await shared_store.load_intents(uow, ids, lock=True)
    held = await shared_store.lock_listings(uow, ids)
    accounts = await shared_store.load_accounts(uow, {x.account_id for x in leased})
    ended = [
        _left(x, intents[x.listing_id], accounts[x.account_id], _shown(held[x.listing_id]), uow.now)
        for x in leased
        if x.listing_id in held and x.account_id in accounts and _stays(intents.get(x.listing_id))
    ]
    await shared.end_work(uow, ended)
    await shared_store.dequeue(uow, [i for i in ids if i not in intents])
    await store.sort_tasks(uow, [i for i, intent in intents.items() if not _stays(intent)])
    return len(leased)


def _stays(intent: Intent | None) -> bool:
    return intent is not None and intent.quantity > 0


def _shown(held: HeldListing) -> SeenListing | None:
    """The listing as last seen by anyone: an observation, or a task's evidence after it."""
    seen, listing = held.seen, held.listing
    if seen is None or listing.seen_at is None:
        return None
    quantity, buyable = listing.quantity or 0, bool(listing.buyable)
    return replace(seen, quantity=quantity, buyable=buyable, state=listing.state, seen_at=listing.seen_at)


def _left(leased: Leased, intent: Intent, account: Account, seen: SeenListing | None, now: datetime) -> Ended:
    work = Work(intent, account, None, leased.lease_no)
    if seen is None:
        return Ended(work, intent, due_at=now + timedelta(seconds=60), code="not_seen_yet")
    if not seen.buyable and intent.may_raise:
        parked = replace(intent, state=IntentState.PARKED)
        by_hand = replace(_BY_HAND, link=seen.url)
        return Ended(work, parked, by_hand, code=by_hand.code, reason=by_hand.reason)
    kind = VerdictKind.RELISTED if intent.may_raise else VerdictKind.ADJUSTED
    verdict = Verdict(kind, ended_by_us=False)
    return Ended(work, reached(intent, verdict, seen, seen.seen_at, now), verdict, seen)


async def tasks(uow: UnitOfWork) -> Sequence[TaskRow]:
    """The tenant's listings that wait for a browser."""
    return await store.list_tasks(uow)
