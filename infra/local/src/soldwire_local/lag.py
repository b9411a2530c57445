"""How far each consumer group is behind, per topic."""

from collections import defaultdict
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

Lags = Mapping[str, Mapping[str, int]]


async def per_topic(admin: AIOKafkaAdminClient, bootstrap: str) -> Lags:
    """topic → group → records not yet committed. A group that has committed nothing on a partition is left out."""
    committed = {
        (group, partition): found.offset
        for group, _ in await admin.list_consumer_groups()
        for partition, found in (await admin.list_consumer_group_offsets(group)).items()
        if found.offset >= 0
    }
    ends = await _ends(bootstrap, {partition for _, partition in committed})
    lags: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (group, partition), offset in committed.items():
        lags[partition.topic][group] += max(0, ends.get(partition, offset) - offset)
    return lags


async def _ends(bootstrap: str, partitions: set[TopicPartition]) -> dict[TopicPartition, int]:
    if not partitions:
        return {}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(list(partitions))
        return ends
    finally:
        await consumer.stop()
