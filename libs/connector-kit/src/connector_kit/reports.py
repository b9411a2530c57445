"""How calls to each account's marketplace went, kept in memory until a job writes it down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.clock import Clock, utc_now

from connector_kit.domain import Account
from connector_kit.errors import Action, Problem


@dataclass(slots=True)
class Report:
    """What became known of one account since the last taking.

    `failing_since`: the first failure since the last success among these; `failures` counts from there.
    """

    account_id: UUID
    tenant_id: UUID
    ok_at: datetime | None = None
    error_at: datetime | None = None
    error_code: str | None = None
    error_reason: str | None = None
    failing_since: datetime | None = None
    failures: int = 0
    bucket: Mapping[str, object] | None = None

    def answered(self, at: datetime) -> None:
        """The marketplace did, or said, what was asked for."""
        self.ok_at, self.failing_since, self.failures = at, None, 0

    def failed(self, at: datetime, problem: Problem) -> None:
        """Something is wrong with the account as a whole."""
        self.error_at, self.error_code, self.error_reason = at, problem.code, problem.reason
        self.failing_since = self.failing_since or at
        self.failures += 1


class Reports:
    """Reports of this process. `of_the_account`: codes of refusals that are about the whole account, not about one thing."""

    def __init__(self, of_the_account: Collection[str] = (), clock: Clock = utc_now) -> None:
        self._codes = frozenset(of_the_account)
        self._clock = clock
        self._reports: dict[UUID, Report] = {}

    def ended(self, account: Account, problem: Problem | None = None) -> None:
        """A call was answered, or ended with a problem. Being asked to slow down says nothing of health."""
        if problem is None or self._is_an_answer(problem):
            self._of(account).answered(self._clock())
        elif problem.action is not Action.RATE_LIMITED:
            self._of(account).failed(self._clock(), problem)

    def bucket(self, account: Account, *, maximum: float, available: float, per_second: float) -> None:
        """The marketplace told how much more it takes."""
        told = {"maximum": maximum, "available": available, "per_second": per_second}
        self._of(account).bucket = {**told, "at": self._clock().isoformat()}

    def take(self) -> list[Report]:
        """What is to be written down; the memory is empty after it."""
        taken, self._reports = self._reports, {}
        return list(taken.values())

    def _of(self, account: Account) -> Report:
        return self._reports.setdefault(account.account_id, Report(account.account_id, account.tenant_id))

    def _is_an_answer(self, problem: Problem) -> bool:
        """A refusal of one thing shows that the account works."""
        if problem.action is Action.STALE:
            return True
        return problem.action is Action.FAIL and not problem.login and problem.code not in self._codes
