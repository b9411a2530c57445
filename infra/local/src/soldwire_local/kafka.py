"""Apache Kafka as a child process: one KRaft node with its data, ports and logs below one folder."""

import asyncio
import base64
import logging
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from soldwire_local import jars, java, kafka_config, processes
from soldwire_local.errors import LocalError
from soldwire_local.ports import HOST, Ports

HEAP = "-Xmx512m"
READY_WITHIN = 60.0
STOP_WITHIN = 20.0
KAFKA_PORT = 19092


class Kafka:
    """The embedded broker. `prepare`, `spawn` and `wait_ready` in that order, or `start` for all three."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder = folder.resolve()
        self.properties = self.folder / "server.properties"
        self.output = self.folder / "logs" / "start.log"
        self._ports = ports
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._command: list[str] = []

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; known after `prepare`."""
        return f"{HOST}:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; raises LocalError when it was never started."""
        return self._child().pid

    async def start(self) -> None:
        """Fetch, format, spawn and wait; raises LocalError with the log's tail. May be repeated after a stop."""
        await asyncio.to_thread(self.prepare)
        self.spawn()
        await self.wait_ready()

    def prepare(self) -> None:
        """Everything that takes time before the process: jars, ports, configuration, storage. Blocks."""
        class_path = jars.class_path()
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        processes.stop_leftovers(str(self.properties))
        self._port = self._ports.choose("kafka", KAFKA_PORT)
        controller_port = self._ports.choose("kafka-controller", KAFKA_PORT + 1)
        self.properties.write_text(kafka_config.server_properties(self.folder, self._port, controller_port))
        logging_config = self.folder / "log4j2.xml"
        logging_config.write_text(kafka_config.log4j2(self.folder))
        java_command = java.command(HEAP, "-cp", class_path, f"-Dlog4j2.configurationFile={logging_config}")
        self._format(java_command)
        self._command = [*java_command, "kafka.Kafka", str(self.properties)]

    def _format(self, java_command: list[str]) -> None:
        if (self.folder / "data" / "meta.properties").exists():
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
            [*java_command, *storage, "-c", str(self.properties)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise LocalError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}".strip())

    def spawn(self) -> None:
        """Start the process and return at once; call it from the main thread (see processes.die_with_parent)."""
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),
            )

    async def wait_ready(self) -> None:
        """Until the broker answers the admin API; raises LocalError when it dies or takes too long."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if not self.running:
                break
            if _listens(self._port) and await answers(self.bootstrap):
                return
            await asyncio.sleep(0.05)
        raise LocalError(
            f"Kafka did not become ready on {self.bootstrap}:\n{processes.tail(self.output)}\n"
            f"{processes.tail(self.folder / 'logs' / 'kafka.log')}",
            remedy="see the log above; `make reset` starts from empty data",
        )

    async def stop(self) -> None:
        """SIGTERM, wait for the controlled shutdown, SIGKILL after the grace. Nothing to stop is fine."""
        if self._process is not None:
            await processes.stop(self._process, signal.SIGTERM, STOP_WITHIN)

    async def kill9(self) -> None:
        """Kill it without warning, for tests; the data stays."""
        self._child().kill()
        await asyncio.to_thread(self._child().wait)

    async def restart(self) -> None:
        """Start again on the same port after `stop` or `kill9`; raises LocalError."""
        await self.stop()
        self.spawn()
        await self.wait_ready()

    def _child(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise LocalError("Kafka was not started")
        return self._process


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


async def answers(bootstrap: str) -> bool:
    """Whether a broker there answers with its cluster and a controller."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # a broker that isn't up yet is expected here
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        return bool(cluster["brokers"]) and cluster["controller_id"] is not None
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
        logger.setLevel(level)
