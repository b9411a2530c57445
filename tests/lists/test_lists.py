"""Every list of the three services, in short: none is forgotten, its pages go on, and no statement reads a large table whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from soldwire_local.provision import service_database
from testkit.databases import Databases
from testkit.services import settings_for

from tests.lists.measuring import measure
from tests.lists.queries import Query, queries
from tests.lists.seeds import KINDS, Large, seeded
from tests.lists.seller import CODES, Seller
from tests.lists.way import Told

pytestmark = pytest.mark.long

ROWS = 20_000
Route = tuple[str, str, str]
"""Service, method, path."""
PAGES = {"cursor", "after"}
UNTOLD = {*PAGES, "limit", "time_zone", "title"}
"""Parameters that don't change what is looked for."""


def _routes() -> Iterator[tuple[Route, set[str]]]:
    """Everything that people read, with its parameters; a preview is read by posting what it is about."""
    for name, kind in KINDS.items():
        nowhere = service_database("postgresql://postgres@127.0.0.1:1/postgres", b"none", name, name)
        for path, methods in (
            kind.build(settings_for(kind.settings, nowhere)).app().openapi()["paths"].items()
        ):
            for method, told in methods.items():
                if path.startswith("/v1/") and (method == "get" or path.endswith("/preview")):
                    yield (name, method.upper(), path), _parameters(told)


def _parameters(told: dict[str, Any]) -> set[str]:
    return {one["name"] for one in told.get("parameters", ()) if one["in"] == "query"}


def _asked() -> dict[Route, list[Query]]:
    """What is asked of some large seller, by route."""
    told = Told([uuid4() for _ in range(CODES)], uuid4())
    some = Large(Seller(), {}, told, *(uuid4() for _ in range(6)))
    found: dict[Route, list[Query]] = {}
    for query in queries(some):
        found.setdefault((query.service, query.method, query.route), []).append(query)
    return found


def test_every_list_is_asked_by_every_filter_and_on_a_later_page() -> None:
    asked, routes = _asked(), dict(_routes())
    assert asked.keys() == routes.keys()
    for route, parameters in routes.items():
        used = {name for query in asked[route] for name in query.asked}
        assert parameters - UNTOLD <= used, route
        if parameters & PAGES:
            assert any(query.deep for query in asked[route]), route


def test_every_query_has_a_name_of_its_own() -> None:
    names = [query.what for found in _asked().values() for query in found]
    assert not [name for name, times in Counter(names).items() if times > 1]


@pytest.mark.bus
@pytest.mark.timeout(900)
async def test_no_list_reads_a_large_table_whole(databases: Databases) -> None:
    async with seeded(databases, ROWS) as large:
        found = [(query, await measure(large, query, 1)) for query in queries(large)]
    assert not {query.what: row["whole"] for query, row in found if row["whole"]}
    few = {query.what: row["rows"] for query, row in found if row["rows"] < query.finds}
    assert not few, "a query that finds nothing shows nothing"
    assert not [query.what for query, row in found if not row["statements"] and "courier" not in query.route]
