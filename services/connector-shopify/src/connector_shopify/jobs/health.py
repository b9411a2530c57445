"""Writes down, every few seconds, how calls to each shop went."""

from __future__ import annotations

from connector_kit.reports import Reports
from kit.database import Database

from connector_shopify import usecases


class KeepHealth:
    """A job. What it could not write is not said again: the next call tells anew."""

    def __init__(self, database: Database, reports: Reports) -> None:
        self._database = database
        self._reports = reports

    async def turn(self) -> None:
        """Write what became known since the last turn, in one statement."""
        taken = self._reports.take()
        if not taken:
            return
        async with self._database.bus({one.tenant_id for one in taken}, keep=True) as uow:
            await usecases.record_reports(uow, taken)
