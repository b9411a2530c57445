"""The scheduler: refresh data, and how far it is."""

from __future__ import annotations

from uuid import UUID

from gateway.client.base import Owner, Who
from gateway.wire.base import Page
from gateway.wire.runs import Plans, Run


class Runs:
    """Calls to scheduler."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def listed(self, who: Who) -> Page[Run]:
        """The newest runs, those nobody watches included."""
        return await self._owner.get(who, "/v1/runs", Page[Run], {"limit": 100})

    async def visible(self, who: Who) -> Page[Run]:
        """The newest runs a person asked for."""
        return await self._owner.get(who, "/v1/runs", Page[Run], {"visible": True, "limit": 20})

    async def plans(self, who: Who) -> Plans:
        """Every account's plan."""
        return await self._owner.get(who, "/v1/plans", Plans)

    async def refresh(self, who: Who, scope: str) -> None:
        """Start a run of every account. Raises Refused."""
        await self._owner.post(who, "/v1/refresh", object, {"scope": scope})

    async def cancel(self, who: Who, run_id: UUID) -> None:
        """Stop a run at its next checkpoint."""
        await self._owner.post(who, f"/v1/runs/{run_id}/cancel", object)
