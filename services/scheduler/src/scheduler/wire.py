"""Contracts and HTTP bodies ↔ domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict
from soldwire_contracts.sync import AccountStatus, SyncFinished, SyncProgress, SyncRequested
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope

from scheduler.domain import LOOKBACK, Account, Counts, Interval, Plan, Progress, Run, Scope, State


def account(fact: AccountStatus) -> Account:
    """An account as its connector says it is."""
    return Account(
        account_id=fact.account_id,
        tenant_id=fact.tenant_id,
        platform=fact.platform.value,
        name=fact.name,
        connected=fact.state is AccountState.CONNECTED,
        revision=fact.revision,
        connected_at=fact.connected_at,
    )


def progress(fact: SyncProgress) -> Progress:
    """A connector's word on a run."""
    return Progress(
        run_id=fact.run_id,
        lease=fact.lease,
        sequence=fact.sequence,
        phase=fact.phase,
        done=fact.done,
        total=fact.total,
        counts=Counts(fact.listings, fact.drafts, fact.sales, fact.new_sales),
        complete_up_to=fact.complete_up_to,
        outcome=_outcome(fact.outcome),
        reason=fact.reason,
    )


def _outcome(said: RunState | None) -> State | None:
    """`running` is no end."""
    return State(said.value) if said not in (None, RunState.RUNNING) else None


def sync_requested(run: Run, now: datetime) -> SyncRequested:
    """What should become of a run."""
    return SyncRequested(
        tenant_id=run.tenant_id,
        platform=Platform(run.platform),
        account_id=run.account_id,
        run_id=run.run_id,
        revision=run.revision,
        scope=SyncScope(run.scope.value),
        since=run.since,
        lookback_hours=int(LOOKBACK.total_seconds() // 3600),
        desired=RunState(run.desired.value),
        visible=run.visible,
        requested_at=now,
    )


def sync_finished(run: Run) -> SyncFinished:
    """How a run ended. Raises ValueError for one that has not."""
    if run.finished_at is None:
        raise ValueError(f"run {run.run_id} has not ended")
    return SyncFinished(
        tenant_id=run.tenant_id,
        run_id=run.run_id,
        account_id=run.account_id,
        platform=Platform(run.platform),
        scope=SyncScope(run.scope.value),
        **asdict(run.counts),
        complete_up_to=run.complete_up_to,
        outcome=RunState(run.state.value),
        reason=run.reason,
        requested_at=run.requested_at,
        finished_at=run.finished_at,
    )


class Body(BaseModel):
    """A request's body; what we don't know is refused, a typing error should not pass for a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RefreshBody(Body):
    """What to read again."""

    scope: Scope = Scope.EVERYTHING


class PlanBody(Body):
    """How often to read an account, what, and sales from when on."""

    interval: Interval
    scope: Scope = Scope.SALES
    start_from: AwareDatetime | None = None


class RunView(BaseModel):
    """A run as the progress bar shows it."""

    model_config = ConfigDict(from_attributes=True)

    run_id: UUID
    account_id: UUID
    platform: str
    scope: Scope
    origin: str
    visible: bool
    state: State
    desired: State
    phase: str | None
    done: int
    total: int | None
    listings: int = 0
    drafts: int = 0
    sales: int = 0
    new_sales: int = 0
    complete_up_to: datetime | None
    reason: str | None
    requested_at: datetime
    heard_at: datetime | None
    finished_at: datetime | None


class RunsView(BaseModel):
    """A page of runs."""

    items: list[RunView]
    next: str | None = None


class PlanView(BaseModel):
    """An account's plan, and up to when its sales are complete."""

    account_id: UUID
    platform: str
    name: str
    connected: bool
    interval: Interval
    scope: Scope
    start_from: datetime | None
    complete_up_to: datetime | None


class PlansView(BaseModel):
    """Every plan of a tenant."""

    items: list[PlanView]


def run_view(run: Run) -> RunView:
    """One run for people."""
    return RunView.model_validate(run).model_copy(update=asdict(run.counts))


def runs_view(runs: Sequence[Run], following: str | None = None) -> RunsView:
    """Runs for people, with the cursor of the next page."""
    return RunsView(items=[run_view(run) for run in runs], next=following)


def plan_view(account: Account, plan: Plan) -> PlanView:
    """One plan for people."""
    return PlanView(
        account_id=account.account_id,
        platform=account.platform,
        name=account.name,
        connected=account.connected,
        interval=plan.interval,
        scope=plan.scope,
        start_from=plan.start_from,
        complete_up_to=account.watermark,
    )
