"""The embedded broker's configuration as data: server.properties and log4j2."""

from collections.abc import Mapping
from pathlib import Path

from soldwire_local.ports import HOST

# One node and a laptop's size; what a real cluster sets differently is in infra/helm and docs.
BROKER: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "broker.session.timeout.ms": "4000",  # after kill -9 the old registration blocks the new one this long
    "broker.heartbeat.interval.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.partitions": "1",
    "log.retention.hours": "168",  # topics of the contracts bring their own
    "log.segment.bytes": "67108864",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "controlled.shutdown.enable": "true",
}


def server_properties(folder: Path, port: int, controller_port: int) -> str:
    """The whole server.properties of a broker that keeps its data below `folder`."""
    listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}"
    places = {
        "listeners": listeners,
        "advertised.listeners": listeners,
        "controller.quorum.bootstrap.servers": f"{HOST}:{controller_port}",
        "log.dirs": str(folder / "data"),
    }
    return "".join(f"{key}={value}\n" for key, value in {**BROKER, **places}.items())


def log4j2(folder: Path) -> str:
    """Warnings to one rolling file of at most 5 × 5 MB; the server's own start and stop at info."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN" shutdownHook="disable">
  <Appenders>
    <RollingFile name="file" fileName="{folder}/logs/kafka.log" filePattern="{folder}/logs/kafka-%i.log">
      <PatternLayout pattern="%d{{ISO8601}} %p %m (%c)%n"/>
      <Policies><SizeBasedTriggeringPolicy size="5 MB"/></Policies>
      <DefaultRolloverStrategy max="4"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="file"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"/>
    <Logger name="org.apache.kafka.server.BrokerLifecycleManager" level="INFO"/>
  </Loggers>
</Configuration>
"""
