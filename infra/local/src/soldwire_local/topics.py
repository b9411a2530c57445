"""Kafka's topics as the contracts' table wants them: created, widened and reconfigured, never narrowed."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from soldwire_contracts.topics import TOPICS, Topic

from soldwire_local.errors import LocalError

REPLICAS = 3  # or as many as there are brokers
DAY_MS = 24 * 60 * 60 * 1000
READY_WITHIN = 30.0


@dataclass
class Changes:
    """What `ensure` did, by topic name."""

    created: list[str] = field(default_factory=list)
    widened: list[str] = field(default_factory=list)
    reconfigured: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.widened or self.reconfigured)


def configuration(topic: Topic) -> dict[str, str]:
    """The topic's settings on the broker."""
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": "-1" if topic.retention_days is None else str(topic.retention_days * DAY_MS),
    }


async def ensure(bootstrap: str, topics: Iterable[Topic] = tuple(TOPICS.values())) -> Changes:
    """Make the cluster hold these topics; raises LocalError when the brokers refuse. Safe to repeat and to race."""
    wanted = {topic.name: topic for topic in topics}
    changes = Changes()
    async with connected(bootstrap) as admin:
        existing = await partitions(admin)
        await _create(admin, [topic for name, topic in wanted.items() if name not in existing], changes)
        kept = {name: topic for name, topic in wanted.items() if name in existing}
        await _widen(admin, kept, existing, changes)
        await _configure(admin, kept, changes)
        await _wait(admin, wanted)
    return changes


@asynccontextmanager
async def connected(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client; Kafka's errors come out as LocalError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=15_000)
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise LocalError(
            f"Kafka at {bootstrap} refused or was away: {error!r}",
            remedy="check SOLDWIRE_KAFKA, see `soldwire doctor`",
        ) from error
    finally:
        await admin.close()


async def partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Every topic of the cluster with its number of partitions, those without a leader just now included."""
    return {name: len(leaders) for name, leaders in (await _leaders(admin)).items()}


async def _leaders(admin: AIOKafkaAdminClient) -> dict[str, list[int]]:
    """The leader of each partition, by topic; -1 for none."""
    return {
        topic["topic"]: [partition["leader"] for partition in topic["partitions"]]
        for topic in await admin.describe_topics()
        if topic["partitions"]
    }


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], changes: Changes) -> None:
    if not topics:
        return
    cluster = await admin.describe_cluster()
    replicas = min(REPLICAS, len(cluster["brokers"]))
    answer = await admin.create_topics(
        [NewTopic(t.name, t.partitions, replicas, topic_configs=configuration(t)) for t in topics]
    )
    for name, code, *message in answer.topic_errors:
        if not code:
            changes.created.append(name)
        elif for_code(code) is not TopicAlreadyExistsError:  # somebody else made it meanwhile
            raise LocalError(f"topic {name} could not be created: {for_code(code).__name__} {message}")


async def _widen(
    admin: AIOKafkaAdminClient,
    topics: Mapping[str, Topic],
    existing: Mapping[str, int],
    changes: Changes,
) -> None:
    """Add partitions. Keys move to other partitions then, which revisions make harmless (docs/design)."""
    for name, topic in topics.items():
        if topic.partitions <= existing[name]:
            continue
        try:
            await admin.create_partitions({name: NewPartitions(topic.partitions)})
        except KafkaError as error:
            raise LocalError(
                f"topic {name} has {existing[name]} partitions, the contracts want {topic.partitions}: {error}",
                remedy="let the administrator of the cluster add them, or allow ALTER on the topic",
            ) from error
        changes.widened.append(name)


async def _configure(admin: AIOKafkaAdminClient, topics: Mapping[str, Topic], changes: Changes) -> None:
    if not topics:
        return
    current = await _configurations(admin, list(topics))
    wrong = [name for name, topic in topics.items() if current[name] != configuration(topic)]
    if wrong:
        answers = await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configuration(topics[name])) for name in wrong]
        )
        for code, message, _, name in (resource for answer in answers for resource in answer.resources):
            if code:
                raise LocalError(f"topic {name} could not be configured: {for_code(code).__name__} {message}")
        changes.reconfigured.extend(wrong)


async def _configurations(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    keys = dict.fromkeys(("cleanup.policy", "retention.ms"), "")
    answers = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, keys) for name in names]
    )
    resources = (resource for answer in answers for resource in answer.resources)
    return {name: {entry[0]: entry[1] for entry in entries} for _, _, _, name, entries in resources}


def _led(leaders: Iterable[int]) -> int:
    return sum(1 for leader in leaders if leader >= 0)


async def _wait(admin: AIOKafkaAdminClient, wanted: Mapping[str, Topic]) -> None:
    """Until every partition has a leader: a consumer that starts earlier would stall."""
    deadline = time.monotonic() + READY_WITHIN
    while True:
        now = await _leaders(admin)
        late = sorted(name for name, topic in wanted.items() if _led(now.get(name, [])) < topic.partitions)
        if not late:
            return
        if time.monotonic() > deadline:
            raise LocalError(f"topics without leaders after {READY_WITHIN:.0f} s: {', '.join(late)}")
        await asyncio.sleep(0.05)
