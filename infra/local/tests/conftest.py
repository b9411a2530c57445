"""Fixtures of the embedded runtime's tests."""

from collections.abc import Iterator

import pytest
from testkit.infra import Infrastructure, pick


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[str]:
    """A server beside the session's: provisioning gives every service's roles there new passwords."""
    servers = Infrastructure(pick()[0])
    yield servers.postgres()
    servers.close()
