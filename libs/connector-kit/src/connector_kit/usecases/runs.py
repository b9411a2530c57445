"""Runs: a desired state; each checkpoint commits with the events it covers, the last one decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts.sync import SyncProgress, SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope

from connector_kit import store
from connector_kit.domain import Account, SeenListing
from connector_kit.marketplace import ListingsPage, OrdersPage
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedRun, Run
from connector_kit.usecases.accounts import CLOSED, login_needed
from connector_kit.usecases.listings import Observation, end_listings, record_listings
from connector_kit.usecases.polls import set_aside_unreadable, sightings_of
from connector_kit.usecases.sales import FoundUntold, nothing_to_do, record_lines

AfterRun = Callable[[UnitOfWork, Run, Account], Awaitable[None]]
"""What a connector does in the transaction that ends a complete run."""

PHASES = {"everything": ("articles", "sales"), "articles": ("articles",), "sales": ("sales",)}


class LeaseLost(Exception):
    """Another process has taken the run over: stop without a word."""


async def take_requests(uow: UnitOfWork, requests: Sequence[SyncRequested]) -> int:
    """Take requested runs over, the highest revision of each."""
    return await store.upsert_runs(uow, requests)


async def lease_runs(uow: UnitOfWork, *, most: int) -> list[LeasedRun]:
    """Lease runs that are due."""
    return await store.lease_runs(uow, most=most)


async def begin_run(
    uow: UnitOfWork, sealer: Sealer, leased: LeasedRun, *, whole_every: timedelta | None = None
) -> tuple[Run, Account] | None:
    """The run and its account as this lease finds them; None when there is nothing to do, said where it must be.

    `whole_every`: articles read whole within so long need not be again, those that changed are enough; None where these
    can't be asked for. It is decided once a run.
    """
    await uow.allow([leased.tenant_id])
    run = await _hold(uow, leased)
    if run.outcome is not None:
        await store.end_run(uow, leased)
        return None
    account, hindrance = await _to_read(uow, sealer, leased.account_id)
    if account is None or hindrance is not None:
        await _end(uow, leased, run, account, RunState.FAILED, hindrance)
        return None
    if run.desired == RunState.CANCELLED:
        await _end(uow, leased, run, account, RunState.CANCELLED, None)
        return None
    if run.started_at is None:
        since = account.articles_since(uow.now, whole_every) if whole_every is not None else None
        run = replace(
            run,
            started_at=uow.now,
            phase=PHASES[run.scope][0],
            phase_began_at=uow.now,
            articles_since=since,
        )
        await _checkpoint(uow, leased, run, account)
    return run, account


async def _to_read(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> tuple[Account | None, str | None]:
    """A run's account, with its keys, and why nothing can be read of it, in words; None: it can."""
    account = (await store.load_accounts(uow, [account_id])).get(account_id)
    if account is None or account.state != "connected":
        return account, (account.reason if account else None) or "The account is not connected."
    found, closed = await store.load_openable(uow, [account_id], sealer)
    return (account, CLOSED) if closed else (found.get(account_id), None)


async def _hold(uow: UnitOfWork, leased: LeasedRun) -> Run:
    run = await store.hold_run(uow, leased)
    if run is None:
        raise LeaseLost(str(leased.run_id))
    return run


def since_of(run: Run, account: Account) -> datetime:
    """From when a run reads sales: what was asked, else the watermark less the lookback."""
    if run.since is not None:
        return run.since
    return (account.watermark or account.connected_at) - timedelta(hours=run.lookback_hours)


async def record_listings_page(
    uow: UnitOfWork, leased: LeasedRun, account: Account, page: ListingsPage
) -> Run | None:
    """Record a page of listings with its checkpoint; None when the run ended here (cancelled)."""

    async def change(run: Run) -> Run:
        await record_listings(uow, [Observation(account, _seen_in(run, seen)) for seen in page.listings])
        # not later: nobody saw how many there are, so what is told of them since then is news
        await store.still_there(uow, account.account_id, page.still_there, run.phase_began_at or uow.now)
        drafts = sum(seen.state == "draft" for seen in page.listings)
        before = replace(run, done=0, listings=0, drafts=0, reason=None) if page.anew else run
        return replace(
            before,
            cursor=page.cursor,
            done=before.done + len(page.listings),
            total=page.total if page.total is not None else run.total,
            listings=before.listings + len(page.listings),
            drafts=before.drafts + drafts,
            reason=page.note or before.reason,
        )

    run = await _step(uow, leased, account, change)
    if run is not None and page.again_in is not None:
        await store.postpone_run(uow, leased, uow.now + page.again_in)
    return run


def _seen_in(run: Run, seen: SeenListing) -> SeenListing:
    """What a reading shows was so after it began, whatever the clocks of other machines say: it is not unseen."""
    began = run.phase_began_at
    return replace(seen, seen_at=began) if began is not None and seen.seen_at < began else seen


async def record_orders_page(
    uow: UnitOfWork,
    leased: LeasedRun,
    account: Account,
    page: OrdersPage,
    found_untold: FoundUntold = nothing_to_do,
) -> Run | None:
    """Record a page of orders with its checkpoint; None when the run ended here (cancelled)."""

    async def change(run: Run) -> Run:
        await set_aside_unreadable(uow, account, page)
        recorded = await record_lines(uow, sightings_of(account, page, "sync"))
        if recorded.first:
            await found_untold(uow, account, recorded.first)
        return replace(
            run,
            cursor=page.cursor,
            done=run.done + len(page.lines),
            total=None,
            sales=run.sales + len(page.lines),
            new_sales=run.new_sales + recorded.new,
            reason=_and(run.reason, page.note),
        )

    return await _step(uow, leased, account, change)


def _and(reason: str | None, note: str | None) -> str | None:
    """What is said of a run, and this; every page says it again."""
    if reason is None or note is None or note in reason:
        return reason or note
    return f"{reason} {note}"


async def _step(
    uow: UnitOfWork, leased: LeasedRun, account: Account, change: Callable[[Run], Awaitable[Run]]
) -> Run | None:
    await uow.allow([leased.tenant_id])
    run = await _hold(uow, leased)
    if run.desired == RunState.CANCELLED:
        await _end(uow, leased, run, account, RunState.CANCELLED, None)
        return None
    changed = replace(await change(run), failures=0)
    return await _checkpoint(uow, leased, changed, account)


async def next_phase(
    uow: UnitOfWork,
    leased: LeasedRun,
    account: Account,
    *,
    begun_at: datetime,
    after: AfterRun | None = None,
) -> Run | None:
    """A phase is read to its end: on to the next, or the run is complete (None).

    Sales read from a later time on than the watermark leave it: what lies between, nobody has read.
    """
    await uow.allow([leased.tenant_id])
    run = await _hold(uow, leased)
    began = run.phase_began_at or run.started_at
    if run.phase == "articles" and began is not None:
        await _articles_read(uow, account, began, whole=run.articles_since is None)
    phases = PHASES[run.scope]
    following = phases[phases.index(run.phase) + 1 :]
    if run.phase == "sales":
        if run.since is None or run.since <= (account.watermark or account.connected_at):
            await store.advance_watermark(uow, account.account_id, begun_at)
        run = replace(run, complete_up_to=begun_at)
    if following:
        begun = replace(run, phase=following[0], phase_began_at=uow.now, cursor=None, done=0, total=None)
        return await _checkpoint(uow, leased, begun, account)
    await _end(uow, leased, run, account, RunState.COMPLETE, run.reason)
    if after is not None:
        await after(uow, run, account)
    return None


async def _articles_read(uow: UnitOfWork, account: Account, began: datetime, *, whole: bool) -> None:
    if whole:
        await _end_unseen(uow, account, began)
    await store.advance_articles(uow, account.account_id, began, whole=whole)


async def _end_unseen(uow: UnitOfWork, account: Account, since: datetime) -> None:
    """A whole read did not show these listings: they are gone."""
    while ids := await store.unseen_since(uow, account.account_id, since, 500):
        await end_listings(uow, account, ids, max(uow.now, since))  # whatever this machine's clock says


async def fail_run(
    uow: UnitOfWork, leased: LeasedRun, account: Account, *, reason: str, pause: timedelta | None, login: bool
) -> None:
    """The marketplace could not be read: again after `pause` from the checkpoint, or failed for good (None)."""
    await uow.allow([leased.tenant_id])
    run = await _hold(uow, leased)
    if pause is None:
        await _end(uow, leased, run, account, RunState.FAILED, reason)
        if login:
            await login_needed(uow, account.account_id, reason=reason)
        return
    await store.save_run(uow, replace(run, failures=run.failures + 1))
    await store.postpone_run(uow, leased, uow.now + pause)


async def broken_off(uow: UnitOfWork, sealer: Sealer, leased: LeasedRun) -> tuple[Account, str] | None:
    """The account, with its keys, and the checkpoint of a run that ended before its end; None of any other."""
    await uow.allow([leased.tenant_id])
    run = await store.load_run(uow, leased.run_id)
    if run is None or run.cursor is None or run.outcome not in (RunState.CANCELLED, RunState.FAILED):
        return None
    found, _ = await store.load_openable(uow, [leased.account_id], sealer)
    account = found.get(leased.account_id)
    return (account, run.cursor) if account is not None and account.state == "connected" else None


async def _checkpoint(uow: UnitOfWork, leased: LeasedRun, run: Run, account: Account | None) -> Run:
    saved = replace(run, sequence=run.sequence + 1)
    await store.save_run(uow, saved)
    platform = account.platform if account else Platform.ELSEWHERE
    uow.emit(_progress(saved, leased, platform, uow.now))
    return saved


async def _end(
    uow: UnitOfWork,
    leased: LeasedRun,
    run: Run,
    account: Account | None,
    outcome: RunState,
    reason: str | None,
) -> None:
    await _checkpoint(uow, leased, replace(run, outcome=outcome, reason=reason, phase="ended"), account)
    await store.end_run(uow, leased)


def _progress(run: Run, leased: LeasedRun, platform: str, now: datetime) -> SyncProgress:
    return SyncProgress(
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        account_id=run.account_id,
        platform=Platform(platform),
        scope=SyncScope(run.scope),
        listings=run.listings,
        drafts=run.drafts,
        sales=run.sales,
        new_sales=run.new_sales,
        complete_up_to=run.complete_up_to,
        sequence=run.sequence,
        lease=leased.lease_no,
        phase=run.phase,
        done=run.done,
        total=run.total,
        outcome=RunState(run.outcome) if run.outcome else None,
        reason=run.reason,
        at=now,
    )
