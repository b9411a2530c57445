"""Writes down, every few seconds, how calls to each shop went; counts shops by how it goes with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from connector_kit import metrics
from connector_kit.errors import NEEDS_LOGIN
from connector_kit.reports import Report, Reports
from kit.database import Database

from connector_shopify import usecases

_FIRST = UUID(int=0)
_AT_ONCE = 1000


class KeepHealth:
    """A job. What it could not write is not said again: the next call tells anew."""

    def __init__(self, database: Database, reports: Reports) -> None:
        self._database = database
        self._reports = reports
        self._refused: set[UUID] = set()
        """Accounts whose shop refused our access when it was called last."""

    async def turn(self) -> None:
        """Write what became known since the last turn, in one statement."""
        taken = self._reports.take()
        if not taken:
            return
        async with self._database.bus({one.tenant_id for one in taken}, keep=True) as uow:
            await usecases.record_reports(uow, taken)
            await usecases.want_scopes_soon(uow, self._newly_refused(taken))

    def _newly_refused(self, taken: Sequence[Report]) -> dict[UUID, UUID]:
        """Tenants by account, of those whose shop has begun to refuse our access."""
        newly = {}
        for one in taken:
            refused = one.failing_since is not None and one.error_code == NEEDS_LOGIN.code
            if refused and one.account_id not in self._refused:
                newly[one.account_id] = one.tenant_id
            if refused:
                self._refused.add(one.account_id)
            elif one.ok_at is not None:
                self._refused.discard(one.account_id)
        return newly


class MeasureHealth:
    """A job. Every replica counts all shops, so a dashboard takes the largest of their figures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def turn(self) -> None:
        """Look at every connected shop once."""
        counted: Counter[str] = Counter()
        after: UUID | None = _FIRST
        while after is not None:
            async with self._database.bus() as uow:
                found, after = await usecases.count_by_health(uow, after, _AT_ONCE)
            counted.update(found)
        for state, count in counted.items():
            metrics.accounts_by_health.labels("shopify", state).set(count)
