"""Pytest fixtures over real Kafka and PostgreSQL, one of each per session."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Protocol

import pytest
from kit import logs
from soldwire_local import topics
from soldwire_local.provision import ServiceDatabase

from testkit.databases import Databases
from testkit.infra import Infrastructure, blocking, pick

# The connector suite's assertions say what they saw, as a test file's own do.
pytest.register_assert_rewrite("testkit.connector")


class FreshDatabase(Protocol):
    """`database("inventory")`: a migrated database of its own; `migrate=False` leaves it empty."""

    def __call__(self, service: str, *, migrate: bool = True) -> ServiceDatabase: ...


def pytest_configure() -> None:
    """Plain log lines: structlog's console default renders every local of a traceback, seconds a piece."""
    logs.configure("test", "WARNING")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What collecting made stays for good: looking through it for garbage again and again takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_report_header() -> str:
    """Say which branch this run takes."""
    branch, reason = pick()
    return f"soldwire infrastructure: {branch.value} ({reason})"


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[Infrastructure]:
    """The session's servers, each started when first asked for."""
    servers = Infrastructure(pick()[0])
    yield servers
    servers.close()


@pytest.fixture(scope="session")
def kafka(infrastructure: Infrastructure) -> str:
    """Bootstrap servers of the session's broker."""
    return infrastructure.kafka()


@pytest.fixture(scope="session")
def topics_ready(kafka: str) -> str:
    """The same broker with every topic of the contracts' table."""
    blocking(lambda: topics.ensure(kafka))
    return kafka


@pytest.fixture(scope="session")
def postgres(infrastructure: Infrastructure) -> str:
    """The administrator's DSN: a superuser, so for setting up only; policies don't bind it."""
    return infrastructure.postgres()


@pytest.fixture(scope="session")
def databases(infrastructure: Infrastructure, postgres: str) -> Iterator[Databases]:
    """For fixtures of a wider scope that drop what they make themselves."""
    made = Databases(postgres, infrastructure.secret)
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[FreshDatabase]:
    """Makes databases that are dropped after the test."""
    made: list[ServiceDatabase] = []

    def fresh(service: str, *, migrate: bool = True) -> ServiceDatabase:
        made.append(databases.fresh(service, migrate=migrate))
        return made[-1]

    yield fresh
    for one in made:
        databases.drop(one)
