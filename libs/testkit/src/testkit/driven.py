"""A service driven by a test: its jobs turn and its subscribers receive when told to."""

from __future__ import annotations

from uuid import UUID

from kit.service import Service
from soldwire_contracts import Event, Fact

from testkit.bus import emitted, run_batch


class Driven:
    """What a test does with a service that is not running, and what it sees of it."""

    service: Service
    tenant: UUID

    async def turn(self, *names: str) -> None:
        """Let the named jobs take one turn."""
        for job in self.service.jobs:
            if job.name in names:
                await job.run()

    async def take(self, subscriber: str, *facts: Fact) -> None:
        """Hand facts to a subscriber of the first router, as one batch."""
        await run_batch(self.service.routers[0], subscriber, facts, self.service.database)

    async def said(self, *topics: str) -> list[Event[Fact]]:
        """What the service emitted on these topics, in order."""
        return await emitted(self.service.database, *topics)
