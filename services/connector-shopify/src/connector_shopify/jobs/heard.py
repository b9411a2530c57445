"""Writes down when each shop's last webhook came, once a minute at most and never while one is being answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from connector_kit.store import Known
from kit.clock import Clock, utc_now
from kit.database import Database

from connector_shopify import usecases

_EVERY = timedelta(minutes=1)
_AT_ONCE = 500


class NoteWebhooks:
    """The job `heard`. What is not yet written when the process ends is lost; the next webhook tells it again."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._heard: dict[Known, datetime] = {}
        self._written: dict[UUID, datetime] = {}

    def heard(self, known: Known) -> None:
        """A genuine webhook of this shop came."""
        self._heard[known] = self._clock()

    async def turn(self) -> None:
        """Write what was heard of shops not written of in the last minute; the others stay for a later turn."""
        now = self._clock()
        self._written = {account: at for account, at in self._written.items() if at > now - _EVERY}
        due = [known for known in self._heard if known.account_id not in self._written]
        while due:
            batch, due = due[:_AT_ONCE], due[_AT_ONCE:]
            heard = {known.account_id: self._heard[known] for known in batch}
            async with self._database.bus({known.tenant_id for known in batch}, keep=True) as uow:
                await usecases.record_heard(uow, heard)
            for known in batch:
                self._written[known.account_id] = now
                if self._heard.get(known) == heard[known.account_id]:
                    del self._heard[known]
