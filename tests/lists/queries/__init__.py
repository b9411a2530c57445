"""Every list, search, count and sum of the three services, with the filters a seller uses."""

from __future__ import annotations

from tests.lists.queries import inventory, ledger, orchestrator
from tests.lists.queries.query import Query
from tests.lists.seeds import Large


def queries(large: Large) -> list[Query]:
    """The table, service by service."""
    return [*ledger.queries(large), *inventory.queries(large), *orchestrator.queries(large)]


__all__ = ["Query", "queries"]
