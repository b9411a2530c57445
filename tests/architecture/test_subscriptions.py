"""What services really read is what the contracts' table says they read."""

from __future__ import annotations

import importlib

import pytest
from architecture.workspace import Package, services
from kit.service import Service
from soldwire_contracts.subscriptions import SUBSCRIPTIONS
from soldwire_local.environment import Environment

ADDRESSES = dict.fromkeys([service.folder.name for service in services()] + ["sandbox"], "http://127.0.0.1:1")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable a service reads; nothing is connected to, for `build()` only wires."""
    somewhere = Environment("127.0.0.1:1", "postgresql://nobody@127.0.0.1:1/none", b"0" * 32, urls=ADDRESSES)
    for service in services():
        for name, value in somewhere.service_environment(service.folder.name).items():
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize("service", services(), ids=str)
def test_a_service_reads_what_the_table_says(service: Package) -> None:
    built: Service = importlib.import_module(f"{service.module}.app").build()
    reads = {
        subscription.group: set(subscription.facts)
        for router in built.routers
        for subscription in router.subscriptions
    }
    assert reads == {
        each.group: set(each.topics)
        for each in SUBSCRIPTIONS
        if each.service == service.folder.name and each.group
    }
