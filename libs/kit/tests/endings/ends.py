"""A process that ends as its argument says: `stuck`, `broken-producer`, `ended-task`; nobody listens in between."""

import asyncio
import sys
from dataclasses import replace

from aiokafka.errors import OutOfOrderSequenceNumber
from kit.bus import Bus
from kit.database import Database
from kit.jobs import Job
from kit.producer import Outgoing, Producer
from kit.progress import Progress
from kit.service import Service
from kit.settings import ServiceSettings
from kit.watchdog import Watchdog
from pydantic import SecretStr

SETTINGS = ServiceSettings(
    kafka="127.0.0.1:1", postgres_bus="postgresql://x@127.0.0.1:1/x", secret=SecretStr("x" * 32), http_port=0
)


async def stuck() -> None:
    """A subscriber whose loop stands still while Kafka takes connections."""
    broker = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = broker.sockets[0].getsockname()[1]
    settings = SETTINGS.model_copy(update={"kafka": f"127.0.0.1:{port}"})
    bus = Bus(settings, Database(settings, "/mini"), [])
    bus.running = True
    bus.progress["mini.accounts"] = replace(Progress("mini.accounts"), turned_at=-1000.0)
    await Watchdog(bus, settings).look()


class Fenced:
    """A connection on which every record comes out of order."""

    async def send(self, *_: object, **__: object) -> "asyncio.Future[object]":
        failed: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        failed.set_exception(OutOfOrderSequenceNumber())
        return failed


async def broken_producer() -> None:
    """Every further send would fail."""
    producer = Producer(SETTINGS)
    producer._producer = Fenced()  # type: ignore[assignment]
    await producer.send([Outgoing("account.status", b"key", b"{}", None)])


class Ends(Job):
    """A loop that isn't one."""

    async def loop(self) -> None:
        raise RuntimeError("the loop is over")


async def ended_task() -> None:
    """A service that would serve on without one of its loops."""
    job = Ends("sweep", stuck, every=1)
    await Service("mini", SETTINGS, Database(SETTINGS, "/mini"), jobs=[job]).run()


if __name__ == "__main__":
    endings = {"stuck": stuck, "broken-producer": broken_producer, "ended-task": ended_task}
    asyncio.run(endings[sys.argv[1]]())
