"""The delist-orchestrator: the Delist tab, its actions and counts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from gateway.client.base import Owner, Query, Who
from gateway.wire.base import Page
from gateway.wire.delists import CommandAnswer, Counts, Delist, Exposure, Pause

Command = Literal["approve", "skip", "retry", "mark_done"]


class Delists:
    """Calls to delist-orchestrator."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def listed(self, who: Who, query: Query) -> Page[Delist]:
        """One page of sold articles: `group` failed, waiting, running or done, and `since` for done ones."""
        return await self._owner.get(who, "/v1/delists", Page[Delist], query)

    async def counts(self, who: Who, since: datetime) -> Counts:
        """How many each group holds; done ones since a time."""
        return await self._owner.get(who, "/v1/delists/groups", Counts, {"since": since})

    async def exposure(self, who: Who, since: datetime) -> Exposure:
        """How long the listings taken down since a time had stayed for sale."""
        return await self._owner.get(who, "/v1/delists/exposure", Exposure, {"since": since})

    async def of_sale(self, who: Who, sale_id: UUID) -> Delist:
        """One sale's listings. Raises Refused (404) for a sale that asked nothing of any listing."""
        return await self._owner.get(who, f"/v1/delists/{sale_id}", Delist)

    async def pauses(self, who: Who) -> tuple[Pause, ...]:
        """What is held back, and what was."""
        return await self._owner.get(who, "/v1/pauses", tuple[Pause, ...])

    async def command(self, who: Who, command: Command, listing_id: UUID, version: int) -> CommandAnswer:
        """A person's word on one listing's step."""
        body = {"steps": [{"listing_id": str(listing_id), "version": version}]}
        return await self._owner.post(who, f"/v1/delists/{command}", CommandAnswer, body)

    async def command_sales(self, who: Who, command: Command, sale_ids: list[UUID]) -> CommandAnswer:
        """A person's word on every listing of these sales that allows it."""
        return await self._owner.post(
            who, f"/v1/delists/{command}", CommandAnswer, {"sale_ids": [str(sale_id) for sale_id in sale_ids]}
        )

    async def resume(self, who: Who, pause_id: UUID) -> None:
        """Let a pause end."""
        await self._owner.post(who, f"/v1/pauses/{pause_id}/resume", object, {})
