"""Every list finds its rows by an index, as the role that people's requests have, under row-level security."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from delist_orchestrator.config import Settings
from delist_orchestrator.domain import COMMANDS, Command, Group, Platform, StepFilter, StepState
from delist_orchestrator.store import lists, shares
from delist_orchestrator.store.delists import groups_query
from delist_orchestrator.store.steps import EXPOSURE, LOAD
from orchestrator_seed import TENANT, connection, plan, seed, seeded, sql_of
from orchestrator_shop import Stack
from sqlalchemy import TextClause, bindparam

pytestmark = pytest.mark.bus

SALES = 6000
MIDDLE = datetime(2026, 1, 16, tzinfo=UTC)
HOURS = timedelta(hours=60)
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
    found["shares"] = sql_of(with_values(shares.SHARES, **span))
    found["exposure"] = sql_of(with_values(EXPOSURE, tenant=TENANT, since=MIDDLE))
    found["groups"] = sql_of(groups_query(TENANT, MIDDLE + timedelta(days=14)))
    return found


def with_values(statement: TextClause, **values: object) -> TextClause:
    return statement.bindparams(*(bindparam(name, value) for name, value in values.items()))


def looked_at(lines: list[str]) -> int:
    """How many rows the scans of a plan that was run brought up or threw away."""
    scans = [n for n, line in enumerate(lines) if "Scan" in line and " on steps" in line]
    kept = [
        int(float(found.group(1))) for n in scans if (found := re.search(r"actual rows=([\d.]+)", lines[n]))
    ]
    return sum(kept) + sum(removed(lines))


def removed(lines: list[str]) -> list[int]:
    return [int(n) for line in lines for n in re.findall(r"Rows Removed by Filter: (\d+)", line)]


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
        assert sum(removed(found)) < 300, (name, found)


TIED = 1500


async def test_a_page_among_steps_of_one_moment_reads_no_more_than_those(stack: Stack) -> None:
    """A batch of five hundred sales makes its steps at one moment; the index knows their time, not their order."""
    await seed(settings_of(stack), SALES)
    async with connection(settings_of(stack).postgres_owner, TENANT) as conn:
        await conn.execute(
            "update steps set created_at = $1 where created_at >= $1 and created_at < $2",
            MIDDLE,
            MIDDLE + HOURS,
        )
        tied = await conn.fetchval("select count(*) from steps where created_at = $1", MIDDLE)
    assert tied == TIED
    for chosen in (StepFilter(), FILTERS["account"], FILTERS["platform"], StepFilter(state=StepState.DONE)):
        place = (MIDDLE, UUID(int=2**127), 1)
        found = await plan(settings_of(stack), sql_of(lists.steps_query(TENANT, chosen, place, 50)), run=True)
        assert not any(READ.search(line) for line in found), found
        assert looked_at(found) < TIED + 200, found


async def test_a_listing_of_many_versions_is_loaded_without_reading_the_old_ones(stack: Stack) -> None:
    versions, listing = 5000, seeded("listing1:1")
    await seed(settings_of(stack), SALES)
    async with connection(settings_of(stack).postgres_owner, TENANT) as conn:
        columns = (
            "listing_id, version, tenant_id, article_id, account_id, platform, target_quantity, cause, state"
        )
        flags = (
            "may_raise, sold_here, order_backed, history, follows, overdue, ended, can_retry, attempts, test"
        )
        await conn.execute(
            f"insert into steps ({columns}, {flags}, created_at) select listing_id, v, tenant_id, article_id, "
            f"account_id, platform, 0, cause, 'done', {flags}, created_at + v * interval '1 second' "
            "from steps cross join generate_series(2, $2::int) v where listing_id = $1 and version = 1",
            listing,
            versions,
        )
    load = with_values(LOAD, ids=f"{{{listing}}}", listings=f"{{{listing}}}", versions=f"{{{versions}}}")
    found = await plan(settings_of(stack), sql_of(load), run=True)
    assert looked_at(found) < 10, found
