"""Apache Kafka as a child process: one KRaft node with its data, ports and logs below one folder."""

import asyncio
import base64
import logging
import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from soldwire_local import jars, java, kafka_config, processes
from soldwire_local.embedded import Embedded
from soldwire_local.errors import LocalError
from soldwire_local.ports import HOST, Ports

HEAP = "-Xmx512m"
KAFKA_PORT = 19092


class Kafka(Embedded):
    """The embedded broker."""

    name = "Kafka"
    stop_signal = signal.SIGTERM  # a controlled shutdown
    crash_signal = signal.SIGKILL
    ready_within = 60.0

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder = folder.resolve()
        super().__init__(self.folder / "logs" / "start.log")
        self.properties = self.folder / "server.properties"
        self._ports = ports
        self._port = 0
        self._java: list[str] = []

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; known after `prepare`, the same from then on."""
        return f"{HOST}:{self._port}"

    address = bootstrap

    def prepare(self) -> None:
        """Jars, ports, configuration, storage."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self.clear()
        if not self._java:
            self._configure()
        self._format()

    def _configure(self) -> None:
        """Once, so that a broker that is started again is the same to its clients."""
        self._port = self._ports.choose("kafka", KAFKA_PORT)
        controller_port = self._ports.choose("kafka-controller", KAFKA_PORT + 1)
        self.properties.write_text(kafka_config.server_properties(self.folder, self._port, controller_port))
        logging = self.folder / "log4j2.xml"
        logging.write_text(kafka_config.log4j2(self.folder))
        self._java = java.command(HEAP, "-cp", jars.class_path(), f"-Dlog4j2.configurationFile={logging}")

    def clear(self) -> None:
        """No other broker on this folder; its data's .lock goes with the process that held it."""
        processes.stop_leftovers(str(self.properties), java.EXECUTABLE)

    def _format(self) -> None:
        if (self._data / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
        storage = [
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            "--ignore-formatted",
            f"--cluster-id={cluster}",
        ]
        done = subprocess.run(
            [*self._java, *storage, "-c", str(self.properties)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise LocalError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}".strip())

    def launch(self, output: BinaryIO) -> "subprocess.Popen[bytes]":
        """A JVM in its own session that dies with us."""
        return subprocess.Popen(
            [*self._java, "kafka.Kafka", str(self.properties)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGTERM),
        )

    async def answers(self) -> bool:
        """Whether it answers the admin API, and not another broker that took the port while it was down."""
        return _listens(self._port) and await _cluster(self.bootstrap) == self._cluster_id()

    def _cluster_id(self) -> str:
        lines = (self._data / "meta.properties").read_text().splitlines()
        return next(line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id="))

    async def erase(self) -> None:
        """Stop, delete every record, topic and offset, and start as a new cluster on the same port."""
        await self.stop()
        await asyncio.to_thread(shutil.rmtree, self._data)
        await self.start()

    def log(self) -> str:
        """The end of kafka.log."""
        return processes.tail(self.folder / "logs" / "kafka.log")

    @property
    def _data(self) -> Path:
        return self.folder / "data"


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


async def answers(bootstrap: str) -> bool:
    """Whether a broker there answers with its cluster and a controller."""
    return await _cluster(bootstrap) is not None


async def _cluster(bootstrap: str) -> str | None:
    """The id of the cluster that answers there and has a controller."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # a broker that isn't up yet is expected here
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        ready = bool(cluster["brokers"]) and cluster["controller_id"] is not None
        return str(cluster["cluster_id"]) if ready else None
    except (KafkaError, OSError):
        return None
    finally:
        await admin.close()
        logger.setLevel(level)
