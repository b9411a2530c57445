"""Seals credentials of older keys anew, so that a key can be taken out of use without downtime."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from kit.database import Database

from connector_kit import metrics, usecases
from connector_kit.sealing import Sealer

_FIRST = UUID(int=0)
_AT_ONCE = 50


class SealAnew:
    """A job: every account in small transactions, then how many each key holds is a metric."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._told: set[str] = set()

    async def turn(self) -> None:
        """Look at each account once. Any number of processes may do so at once."""
        held: Counter[str] = Counter({self._sealer.key_id: 0})
        after: UUID | None = _FIRST
        while after is not None:
            async with self._database.bus() as uow:
                found, after = await usecases.seal_anew(uow, self._sealer, after, _AT_ONCE)
            held.update(found)
        for key_id in self._told | held.keys():
            metrics.sealed_accounts.labels(key_id).set(held[key_id])
        self._told |= held.keys()
