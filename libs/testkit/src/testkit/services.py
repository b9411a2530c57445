"""A service under test: its settings, and the end of what it opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, TypeVar

from kit.service import Service
from kit.settings import ServiceSettings
from pydantic import SecretStr

S = TypeVar("S", bound=ServiceSettings)

TEST_SECRET = "a secret for tests only, at least 32 bytes long"


class Dsns(Protocol):
    """A service's database under its three roles."""

    @property
    def owner(self) -> str: ...
    @property
    def bus(self) -> str: ...
    @property
    def request(self) -> str: ...


def settings_for(kind: type[S], database: Dsns, *, kafka: str = "127.0.0.1:1", **more: object) -> S:
    """Settings of the given class on a test's database; `more` overrides any field."""
    values: dict[str, object] = {
        "kafka": kafka,
        "postgres_owner": database.owner,
        "postgres_bus": database.bus,
        "postgres_request": database.request,
        "secret": SecretStr(TEST_SECRET),
        "env": "test",
        **more,
    }
    return kind.model_validate(values)


@asynccontextmanager
async def opened(service: Service) -> AsyncIterator[Service]:
    """A service that is driven, not run: its clients and connections are closed at the end, as `run` would."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.database.dispose)
        for context in service.lifespan:
            await stack.enter_async_context(context)
        yield service
