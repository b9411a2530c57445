"""Where consumer groups go on reading after PostgreSQL was put back to a backup."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalGenerationError, KafkaError, UnknownMemberIdError
from soldwire_contracts.subscriptions import SUBSCRIPTIONS, Subscription

from soldwire_local import topics
from soldwire_local.errors import LocalError

HEARD_AGAIN = "tenants"
"""Erasures must be obeyed whenever they were said, so their readers begin anew; all others go to the end."""
GONE_WITHIN = 15.0
"""Seconds a group may still name members: a static one stays until its session runs out."""


async def after_restore(bootstrap: str, patience: float = GONE_WITHIN) -> dict[str, int]:
    """Let Soldwire's own groups pass over what was said after the backup; answers group → records passed over.

    Those facts speak of revisions and versions that the restored databases will give out again with another meaning.
    Groups of other subscribers are left alone. Safe to repeat. Raises LocalError while a service still reads.
    """
    async with topics.connected(bootstrap) as admin:
        partitions = await topics.partitions(admin)
    passed: dict[str, int] = {}
    for reader in SUBSCRIPTIONS:
        if reader.group is not None:
            wanted = [TopicPartition(t, n) for t in reader.topics for n in range(partitions.get(t, 0))]
            passed[reader.group] = await _move(bootstrap, reader, reader.group, wanted, patience)
    return passed


async def _move(
    bootstrap: str, reader: Subscription, group: str, wanted: list[TopicPartition], patience: float
) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        if not wanted:
            raise LocalError(
                f"{group} reads topics that are not there", remedy="make them first: soldwire up"
            )
        consumer.assign(wanted)
        again = reader.subscriber == HEARD_AGAIN
        goals = await (consumer.beginning_offsets(wanted) if again else consumer.end_offsets(wanted))
        held = {one: await consumer.committed(one) or 0 for one in wanted}
        await _commit(consumer, group, goals, patience)
    except KafkaError as error:
        raise LocalError(f"{group} could not be moved: {error!r}", remedy="see `soldwire doctor`") from error
    finally:
        await consumer.stop()
    return sum(max(0, goals[one] - held[one]) for one in wanted)


async def _commit(
    consumer: AIOKafkaConsumer, group: str, goals: dict[TopicPartition, int], patience: float
) -> None:
    """Kafka takes offsets from outside a group only while it has no members: one is tried until then.

    aiokafka 0.14 can't read who is in a group, and logs each refused offset.
    """
    first = dict([next(iter(goals.items()))])
    deadline = time.monotonic() + patience
    while True:
        try:
            await consumer.commit(first)
            break
        except (CommitFailedError, IllegalGenerationError, UnknownMemberIdError) as error:
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{group} still has members", remedy="stop every service, then try again"
                ) from error
            await asyncio.sleep(1)
    await consumer.commit(goals)
