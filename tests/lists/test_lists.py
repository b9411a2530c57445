"""Every list of the three services, in short: its pages go on, and no statement reads a large table whole."""

from __future__ import annotations

import pytest
from testkit.databases import Databases

from tests.lists.__main__ import measure
from tests.lists.queries import queries
from tests.lists.seeds import seeded

ROWS = 20_000
EXCUSED = {"totals of all", "balances"}
"""What adds everything up reads everything."""

pytestmark = [pytest.mark.bus, pytest.mark.timeout(300)]


async def test_no_list_reads_a_large_table_whole(databases: Databases) -> None:
    async with seeded(databases, ROWS) as (seller, made):
        found = {
            query.what: await measure(made[query.service], seller, query, 1) for query in queries(seller)
        }
    whole = {what: row["whole"] for what, row in found.items() if row["whole"]}
    assert whole.keys() <= EXCUSED, whole
    empty = {what for what, row in found.items() if row["rows"] == 0 and "(none)" not in what}
    assert not empty, "a query that finds nothing shows nothing"
    assert all(row["statements"] for row in found.values()), found
