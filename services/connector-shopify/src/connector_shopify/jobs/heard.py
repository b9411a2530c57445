"""Writes down when each shop's last webhook came, once a minute at most and never while one is being answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit.store import Known
from kit.clock import Clock, utc_now
from kit.database import Database

from connector_shopify import usecases
from connector_shopify.usecases import Arrivals

_EVERY = timedelta(minutes=1)
_AT_ONCE = 500


class NoteWebhooks:
    """The job `heard`. What is not yet written when the process ends is lost; the next webhook tells it again.

    A forgery costs no more than a look into memory: it is noted as refused, one entry a shop that is connected.
    """

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._news: dict[Known, Arrivals] = {}
        self._written: dict[UUID, datetime] = {}

    def heard(self, known: Known) -> None:
        """A genuine webhook of this shop came."""
        self._news[known] = replace(self._news.get(known, Arrivals()), heard_at=self._clock())

    def refused(self, known: Known) -> None:
        """A webhook that names this shop came, and nobody we know of for it had signed it."""
        self._news[known] = replace(self._news.get(known, Arrivals()), refused_at=self._clock())

    async def turn(self) -> None:
        """Write what is news of shops not written of in the last minute; the others stay for a later turn."""
        now = self._clock()
        self._written = {account: at for account, at in self._written.items() if at > now - _EVERY}
        due = [known for known in self._news if known.account_id not in self._written]
        while due:
            batch, due = due[:_AT_ONCE], due[_AT_ONCE:]
            news = {known.account_id: self._news[known] for known in batch}
            async with self._database.bus({known.tenant_id for known in batch}, keep=True) as uow:
                await usecases.record_arrivals(uow, news)
            for known in batch:
                self._written[known.account_id] = now
                if self._news.get(known) == news[known.account_id]:
                    del self._news[known]
