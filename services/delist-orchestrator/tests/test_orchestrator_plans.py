"""Every list finds its rows by an index, as the role that people's requests have, under row-level security."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from delist_orchestrator.config import Settings
from delist_orchestrator.domain import COMMANDS, Command, Group, Platform, StepFilter, StepState
from delist_orchestrator.store import lists, shares
from orchestrator_seed import TENANT, plan, seed, seeded, sql_of
from orchestrator_shop import Stack
from sqlalchemy import bindparam

pytestmark = pytest.mark.bus

SALES = 6000
MIDDLE = datetime(2026, 1, 16, tzinfo=UTC)
A_LISTING = UUID(int=0)
FILTERS = {
    "nothing": StepFilter(),
    "article": StepFilter(article_id=seeded("article5")),
    "sale": StepFilter(sale_id=seeded("sale5")),
    "account": StepFilter(account_id=seeded("account2")),
    "small account": StepFilter(account_id=seeded("account2rare")),
    "platform": StepFilter(platform=Platform.DEPOP),
    "failed": StepFilter(state=StepState.FAILED),
    "failed on eBay": StepFilter(platform=Platform.EBAY, state=StepState.FAILED),
    "failed of an account": StepFilter(account_id=seeded("account2"), state=StepState.FAILED),
    "waiting": StepFilter(state=StepState.WAITING_FOR_APPROVAL),
    "done on Shopify": StepFilter(platform=Platform.SHOPIFY, state=StepState.DONE),
    "skipped": StepFilter(state=StepState.SKIPPED),
    "superseded, of which there are none": StepFilter(state=StepState.SUPERSEDED),
    "by hand": StepFilter(code="relist_by_hand"),
    "overdue": StepFilter(overdue=True),
    "a time": StepFilter(since=MIDDLE, until=MIDDLE + timedelta(hours=1)),
    "failed in a time": StepFilter(state=StepState.FAILED, since=MIDDLE),
}
READ = re.compile(r"Seq Scan on (steps|delists|listings)")


def settings_of(stack: Stack) -> Settings:
    assert isinstance(stack.service.settings, Settings)
    return stack.service.settings


def queries() -> dict[str, str]:
    """The very statements that the store runs."""
    found = {}
    for name, chosen in FILTERS.items():
        for after in (None, MIDDLE):
            page = "next page" if after else "first page"
            place = (after, A_LISTING, 1) if after else None
            found[f"steps: {name}, {page}"] = sql_of(lists.steps_query(TENANT, chosen, place, 50))
            of_sale = (after, A_LISTING) if after else None
            for group in (None, Group.FAILED):
                query = lists.delists_query(TENANT, group, chosen, of_sale, 50)
                found[f"delists: {name}, group {group}, {page}"] = sql_of(query)
        for command in Command:
            keys = lists.keys_query(TENANT, chosen, COMMANDS[command][1], None, 500)
            found[f"{command}: {name}"] = sql_of(keys)
    span = {"tenant": TENANT, "since": MIDDLE, "until": MIDDLE + timedelta(days=1)}
    found["shares"] = sql_of(shares.SHARES.bindparams(*(bindparam(n, v) for n, v in span.items())))
    return found


async def test_no_list_reads_a_whole_table(stack: Stack) -> None:
    await seed(settings_of(stack), SALES)
    read_whole = {}
    for name, sql in queries().items():
        found = await plan(settings_of(stack), sql)
        if any(READ.search(line) for line in found):
            read_whole[name] = found
    assert read_whole == {}


async def test_a_rare_step_is_found_without_reading_the_others(stack: Stack) -> None:
    """By the rows that were looked at, not by the plan's words alone."""
    await seed(settings_of(stack), SALES)
    rare = ("failed of an account", "skipped", "by hand", "overdue", "small account", "article", "sale")
    for name in (*rare, "superseded, of which there are none"):
        sql = sql_of(lists.steps_query(TENANT, FILTERS[name], None, 50))
        found = await plan(settings_of(stack), sql, run=True)
        removed = [int(n) for line in found for n in re.findall(r"Rows Removed by Filter: (\d+)", line)]
        assert sum(removed) < 300, (name, found)
