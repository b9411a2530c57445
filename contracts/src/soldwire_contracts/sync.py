"""Runs that read a marketplace again: asked for, on their way, ended; and the state of accounts and tenants."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from soldwire_contracts.envelope import Fact, PlatformFact
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope


class SyncRequested(PlatformFact):
    """A run should be running, or cancelled: a desired state. `revision` rises per run."""

    topic: ClassVar[str] = "sync.requested"
    type: ClassVar[str] = "sync.requested.v1"

    account_id: UUID
    run_id: UUID
    revision: int = Field(ge=1)
    scope: SyncScope
    since: AwareDatetime | None = None
    """Sales from here on; None lets the connector take its watermark less the lookback."""
    lookback_hours: int = Field(default=48, ge=0)
    desired: RunState
    visible: bool = True
    """A person sees its progress bar."""
    requested_at: AwareDatetime

    def key(self) -> str:
        """account."""
        return str(self.account_id)


class SyncCounts(Fact):
    """A run's figures so far, in units of listings and order lines."""

    run_id: UUID
    account_id: UUID
    platform: Platform
    scope: SyncScope
    listings: int = Field(default=0, ge=0)
    drafts: int = Field(default=0, ge=0)
    sales: int = Field(default=0, ge=0)
    new_sales: int = Field(default=0, ge=0)
    complete_up_to: AwareDatetime | None = None
    """Every sale the platform dated before this has been read."""

    def key(self) -> str:
        """run."""
        return str(self.run_id)


class SyncProgress(SyncCounts):
    """How far a run is; its last event carries an outcome and was committed with the final checkpoint."""

    topic: ClassVar[str] = "sync.progress"
    type: ClassVar[str] = "sync.progress.v1"

    sequence: int = Field(ge=1)
    lease: int = Field(ge=1)
    """Rises with each takeover of the run: words of a lower lease are a zombie's."""
    phase: str
    done: int = Field(ge=0)
    total: int | None = Field(default=None, ge=0)
    outcome: RunState | None = None
    reason: str | None = None
    at: AwareDatetime


class SyncFinished(SyncCounts):
    """The scheduler's word that a run has ended."""

    topic: ClassVar[str] = "sync.finished"
    type: ClassVar[str] = "sync.finished.v1"

    outcome: RunState
    reason: str | None = None
    requested_at: AwareDatetime
    finished_at: AwareDatetime


class AccountStatus(Fact):
    """A marketplace account's state; `revision` rises per account."""

    topic: ClassVar[str] = "account.status"
    type: ClassVar[str] = "account.status.v1"

    account_id: UUID
    platform: Platform
    revision: int = Field(ge=1)
    name: str
    state: AccountState
    reason: str | None = None
    stock_master: bool = False
    connected_at: AwareDatetime
    at: AwareDatetime

    def key(self) -> str:
        """account."""
        return str(self.account_id)


class TenantErased(Fact):
    """Everyone forgets this tenant, and remembers that it was erased, replays included."""

    topic: ClassVar[str] = "tenant.erased"
    type: ClassVar[str] = "tenant.erased.v1"

    erased_at: AwareDatetime

    def key(self) -> str:
        """tenant."""
        return str(self.tenant_id)
