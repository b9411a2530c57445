"""The gateway on a free port over stand-in owners: what browser tests and pictures look at."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import uvicorn
from gateway import usecases
from gateway.app import build
from gateway.config import Settings
from gateway.domain.live import Hint, Hub, Kind
from kit.database import Database
from kit.service import Service
from pwdlib.hashers.argon2 import Argon2Hasher

from gateway_fixtures.owners import Owners
from gateway_fixtures.shop import TENANT, Shop

EMAIL = "ana@northlane.example"
PASSWORD = "a long enough password"


@dataclass
class Running:
    """A served gateway. `hint` says to its pages that something changed, as a record on Kafka would."""

    url: str
    owners: Owners
    hub: Hub
    loop: asyncio.AbstractEventLoop

    def hint(self, kind: Kind, subject: str | None = None) -> None:
        """Tell every page of the tenant."""
        hint = Hint(TENANT, kind, UUID(subject) if subject else None)
        self.loop.call_soon_threadsafe(self.hub.tell, hint)

    def hears(self, reading: bool) -> None:
        """Pretend Kafka came or went."""
        self.loop.call_soon_threadsafe(self.hub.hears, reading)


@cache
def _cheap_hash() -> str:
    """Argon2 as the gateway verifies it, made to be cheap: its own takes a core a quarter of a second each time."""
    return Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


async def create_person(settings: Settings) -> None:
    """The shop's owner, ready to sign in."""
    database = Database(settings, source="/gateway")
    async with database.bus() as uow:
        await usecases.create_seller(
            uow, email=EMAIL, tenant_name="Northlane Vintage", password_hash=_cheap_hash(), tenant_id=TENANT
        )
    await database.dispose()


def hub_of(service: Service) -> Hub:
    """The hub behind a built service."""
    app = service.app()
    hub = app.state.context.hub
    assert isinstance(hub, Hub)
    return hub


@contextmanager
def served(settings: Settings, shop: Shop) -> Iterator[Running]:
    """Serve in a thread with its own event loop, as its own process would."""
    owners = Owners(settings, shop)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        holder: dict[str, object] = {}

        async def serve() -> None:
            service = build(settings, http=owners.client())
            app = service.app()
            hub = app.state.context.hub
            hub.hears(True)
            server = uvicorn.Server(
                uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
            )
            holder.update(hub=hub, server=server)
            loop.call_soon(ready.set)
            await server.serve([listening])
            await service.database.dispose()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
        thread.start()
        assert ready.wait(10), "the gateway did not start"
        hub, server = holder["hub"], holder["server"]
        assert isinstance(hub, Hub)
        assert isinstance(server, uvicorn.Server)
        yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", owners, hub, loop)
        server.should_exit = True
        thread.join(10)
