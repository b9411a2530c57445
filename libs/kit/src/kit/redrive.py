"""Bringing a dead letter through after all: applied exactly once, however often it is redriven."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import dead_letters, inbox, telemetry
from kit.batches import Subscription
from kit.bus import BatchRouter
from kit.database import Database
from kit.dead_letters import DeadLetter
from kit.errors import Refused, is_transient
from kit.records import receive
from kit.unit_of_work import UnitOfWork

Redriver = Callable[[UnitOfWork, DeadLetter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Again:
    """A dead letter as the record it was."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Redrives:
    """Redrives records through their subscriber's handler, and other bodies through the service's own function."""

    def __init__(
        self, database: Database, routers: Sequence[BatchRouter], own: Mapping[str, Redriver]
    ) -> None:
        self._database = database
        self._subscriptions = {s.subscriber: s for router in routers for s in router.subscriptions}
        self._own = own

    async def __call__(self, letter_id: UUID) -> None:
        """Apply the letter and mark it redriven in one transaction.

        Raises NotFound, or Refused when it was decided already or fails again (it stays open then).
        """
        try:
            async with self._database.bus() as uow:
                letter = await dead_letters.take(uow, letter_id)
                await self._apply(uow, letter)
                await dead_letters.decide(uow, letter_id, "redriven")
        except Refused:
            raise
        except Exception as error:
            if is_transient(error):
                raise
            reason = f"{type(error).__name__}: {error}"
            async with self._database.bus() as uow:
                await dead_letters.failed_again(uow, letter_id, reason)
            raise Refused("failed_again", f"It failed again and stays open: {reason}"[:1000]) from error

    async def _apply(self, uow: UnitOfWork, letter: DeadLetter) -> None:
        if letter.subscriber in self._own:
            await self._own[letter.subscriber](uow, letter)
        elif letter.subscriber in self._subscriptions:
            await self._handle(uow, letter, self._subscriptions[letter.subscriber])
        else:
            raise Refused("no_handler", f"This build has no subscriber {letter.subscriber!r} any more.")

    async def _handle(self, uow: UnitOfWork, letter: DeadLetter, subscription: Subscription) -> None:
        record = _Again(
            letter.source, letter.partition, letter.position, letter.key, letter.payload, letter.headers
        )
        if record.topic not in subscription.facts:
            raise Refused("no_handler", f"{subscription.group} no longer reads {record.topic}.")
        received = receive(record, subscription.facts)
        if received.event is None:
            raise Refused("still_unreadable", f"It still can't be read: {received.error}"[:1000])
        event = received.event
        tenant = event.data.tenant_id
        if (await inbox.claim(uow, subscription.group, [event.id], [tenant])).tells(event):
            await uow.allow([tenant])
            with telemetry.continued(event.traceparent, f"{subscription.group} redrives"):
                await subscription.handler([event], uow)
