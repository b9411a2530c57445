"""Nonsense at every door: refused or set aside with a reason, no 5xx, no exit, no partition that stands still."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from soldwire_local import topics
from soldwire_local.errors import LocalError

from tests.failure import doors, records
from tests.failure.doors import Samples, Send
from tests.failure.faults import KILLED
from tests.failure.fuzz import Fuzz, Known
from tests.failure.invariants import SERVICES, Databases
from tests.failure.records import Sent, Standing
from tests.failure.routes import is_explained
from tests.failure.storm import Storm, seller, small_mix, storm
from tests.failure.visits import Asked

INPUTS = int(os.environ.get("SOLDWIRE_FUZZ", "200"))
"""For each entry point; `make fuzz` gives 10,000."""
API_INPUTS = int(os.environ.get("SOLDWIRE_FUZZ", "0"))
"""For each service's HTTP API, spread over its routes; `make fuzz` gives 10,000."""
LEAST_INPUTS = 10
"""For each route."""
LEAST_ROUTES = 4
ROUTED = ["gateway", *reversed(SERVICES)]
"""Connectors late: there accounts are disconnected, of which others want to know."""
AT_ONCE = 16
UNBLOCKED_WITHIN = 30.0
REFUSED = re.compile(r' 409 .*"code":"(\w+)"')
FORGED = 412
"""eBay's own answer to a bad signature, which has no body."""
# What the sales of these are refused by, until it is taken away again: a table that got a rule its handler knows nothing of.
REFUSALS = {
    "sales-ledger": ("sales", "line is null or line->>'sku' not like 'S-%'"),
    "inventory": ("articles", "held = 0 or sku not like 'S-%'"),
}

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(3600)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Storm]:
    async with storm(tmp_path_factory.mktemp("fuzz"), extra=doors.PAUSED) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def fuzzed(running: Storm) -> AsyncIterator[tuple[Storm, Samples]]:
    """Another seller, whose shop the nonsense speaks of."""
    async with seller(running.runtime, "fuzzed") as made:
        yield made, await doors.samples(made)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def asked(running: Storm) -> AsyncIterator[Asked]:
    """A third one, whose routes are called."""
    async with seller(running.runtime, "asked") as made:
        yield await Asked.of(made)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(timeout=30, trust_env=False, limits=limits) as client:
        yield client


@pytest.fixture(autouse=True)
def nobody_dies(running: Storm) -> AsyncIterator[None]:
    starts = {service: running.runtime.process(service).starts for service in KILLED}
    yield
    assert {service: running.runtime.process(service).starts for service in KILLED} == starts


async def test_a_dead_letter_redriven_twice_is_applied_once(running: Storm) -> None:
    databases = Databases(running.runtime.postgres.dsn)
    await running.stock(small_mix(40))
    async with _refusing(databases):
        await running.sell(20)
        await _until(databases, "select count(*) from dead_letters where subscriber = 'sales'", 4)
    redriven = [await _redriven_twice(running, service) for service in REFUSALS]
    took = await running.drained()
    found = await running.violations()
    running.say(f"{redriven} letters redriven twice, {len(found)} violations, drained in {took:.1f} s")
    assert found == []
    assert min(redriven) >= 4


@asynccontextmanager
async def _refusing(databases: Databases) -> AsyncIterator[None]:
    for service, (table, rule) in REFUSALS.items():
        await databases.rows(service, f"alter table {table} add constraint refused check ({rule}) not valid")
    try:
        yield
    finally:
        for service, (table, _) in REFUSALS.items():
            await databases.rows(service, f"alter table {table} drop constraint refused")


async def _until(databases: Databases, query: str, count: int) -> None:
    async with asyncio.timeout(60):
        for service in REFUSALS:
            while await databases.count(service, query) < count:
                await asyncio.sleep(0.2)


async def _redriven_twice(running: Storm, service: str) -> int:
    """Redrive every open letter twice at once; how many there were."""
    databases = Databases(running.runtime.postgres.dsn)
    query = "select id from dead_letters where state = 'open' order by created_at"
    found = [row["id"] for row in await databases.rows(service, query)]
    for letter in found:
        answers = await asyncio.gather(*(_redrive(running, service, letter) for _ in range(2)))
        assert sorted(answers) == ["already_decided", "redriven"]
    return len(found)


async def _redrive(running: Storm, service: str, letter: UUID) -> str:
    """What became of it: `redriven`, or the code of why not. Raises LocalError for anything but a refusal (409)."""
    path = f"/admin/dead-letters/{letter}/redrive"
    try:
        await running.shop.services.call("POST", service, path, role="operations")
    except LocalError as error:
        refused = REFUSED.search(str(error))
        if refused is None:
            raise
        return refused[1]
    return "redriven"


async def _pelt(what: str, send: Send, seed: int, inputs: int = INPUTS) -> Counter[int]:
    """Send nonsense, several at once; how often each status came. Raises for a 5xx and for a refusal without a reason."""
    fuzz, left, statuses, begun = Fuzz(seed), iter(range(inputs)), Counter[int](), time.monotonic()
    wrong: list[str] = []

    async def one_after_another() -> None:
        for _ in left:
            answer = await send(fuzz)
            statuses[answer.status_code] += 1
            explained = is_explained(answer) or answer.status_code == FORGED
            if answer.status_code >= 500 or not explained:
                sent = f"{answer.request.method} {answer.url} {answer.request.headers} {answer.request.content!r}"
                wrong.append(f"{answer.status_code} {answer.text[:300]} to {sent[:2000]}")

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_another())
    print(
        f"{what}: {inputs} in {time.monotonic() - begun:.1f} s, {dict(sorted(statuses.items()))}", flush=True
    )
    assert not wrong, f"{len(wrong)} times, such as {wrong[0]}"
    return statuses


@pytest.mark.parametrize("service", ROUTED)
async def test_every_route(asked: Asked, http: httpx.AsyncClient, service: str) -> None:
    found = await asked.operations(http, service, count=max(4, API_INPUTS // 500))
    assert len(found) >= LEAST_ROUTES, [one.label for one in found]
    inputs = max(LEAST_INPUTS, ceil(API_INPUTS / len(found)))
    wrong: list[str] = []
    for one in found:
        try:
            await _pelt(one.label, asked.send(http, one), sum(one.label.encode()), inputs)
        except AssertionError as error:
            wrong.append(f"{one.label}: {error}")
        await asked.resume_all()
    assert wrong == [], "\n".join(wrong)


async def test_what_routes_said_is_understood_by_all_who_hear_it(running: Storm, asked: Asked) -> None:
    bootstrap, databases = running.runtime.kafka.bootstrap, Databases(running.runtime.postgres.dsn)
    async with asyncio.timeout(60), topics.connected(bootstrap) as admin:
        for service in SERVICES:
            while await databases.count(service, "select count(*) from outbox where published_at is null"):
                await asyncio.sleep(0.2)
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        await Standing(bootstrap, admin).until_caught_up(done, 60)
    for service in SERVICES:
        unread = "select subscriber, source, reason, error from dead_letters where state = 'open'"
        assert await databases.rows(service, unread) == [], service


async def test_shopify_webhooks(fuzzed: tuple[Storm, Samples], http: httpx.AsyncClient) -> None:
    statuses = await _pelt("shopify", doors.shopify(fuzzed[0], http, fuzzed[1]), seed=1)
    assert statuses[200] > INPUTS * 0.8, statuses
    await doors.all_mapped(fuzzed[0], "connector-shopify", 60 + INPUTS / 25)


async def test_ebay_notifications(fuzzed: tuple[Storm, Samples], http: httpx.AsyncClient) -> None:
    statuses = await _pelt("ebay", await doors.ebay(fuzzed[0], http, fuzzed[1]), seed=2)
    assert statuses[200] > INPUTS * 0.8, statuses
    await doors.all_mapped(fuzzed[0], "connector-ebay", 60 + INPUTS / 25)


@pytest.mark.parametrize("door", doors.BROWSERS_DOORS)
async def test_browsers_doors(fuzzed: tuple[Storm, Samples], http: httpx.AsyncClient, door: str) -> None:
    statuses = await _pelt(door, doors.browsers(fuzzed[0], http, fuzzed[1], door), seed=3)
    assert len(statuses) > 1, statuses
    assert 429 not in statuses
    await doors.all_mapped(fuzzed[0], "connector-depop-ingest", 60 + INPUTS / 25)


async def test_every_subscriber(fuzzed: tuple[Storm, Samples]) -> None:
    """Each is sent so many over its topics; each record is applied or in its dead letters with a reason."""
    made, _ = fuzzed
    bootstrap, databases = made.runtime.kafka.bootstrap, Databases(made.runtime.postgres.dsn)
    sending = asyncio.create_task(_send_all(bootstrap, await _known(made, databases)))
    begun = time.monotonic()
    async with topics.connected(bootstrap) as admin:
        standing = Standing(bootstrap, admin)
        await standing.until_caught_up(sending, UNBLOCKED_WITHIN + INPUTS / 20)
    sent = await sending
    made.say(f"{len(sent)} records sent and read in {time.monotonic() - begun:.1f} s")
    made.say(f"longest standstill {standing.longest:.1f} s, {standing.where}")
    assert standing.longest < UNBLOCKED_WITHIN, standing.where
    for group in records.GROUPS:
        assert await records.unexplained(databases, group, sent) == [], group
    made.say(f"dead letters: {dict(await records.letters(databases, SERVICES))}")


async def _known(made: Storm, databases: Databases) -> Known:
    """What there really is of the fuzzed seller."""
    tenant = made.shop.services.tenant

    async def column(service: str, table: str, name: str) -> list[str]:
        found = await databases.rows(
            service, f"select {name}::text as it from {table} where tenant_id = '{tenant}' limit 200"
        )
        return [row["it"] for row in found]

    return {
        "tenant_id": [str(tenant)],
        "account_id": [str(account.id) for account in made.shop.accounts.values()],
        "listing_id": await column("inventory", "listings", "id"),
        "article_id": await column("inventory", "articles", "id"),
        "sale_id": await column("sales-ledger", "sales", "sale_id"),
    }


async def _send_all(bootstrap: str, known: Known) -> list[Sent]:
    fuzz, sent = Fuzz(4), list[Sent]()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20) as producer:
        for names in records.entry_points():
            sent += await records.produce(producer, names, INPUTS, fuzz, known)
    return sent


@pytest.mark.parametrize("service", SERVICES)
async def test_nonsense_redriven_is_refused_with_a_reason(running: Storm, service: str) -> None:
    databases = Databases(running.runtime.postgres.dsn)
    query = "select id from dead_letters where state = 'open' order by id limit 100"
    letters = [row["id"] for row in await databases.rows(service, query)]
    answers = Counter([await _redrive(running, service, letter) for letter in letters])
    print(f"{service}: {len(letters)} redriven, {dict(answers)}", flush=True)
    assert len(letters) >= min(100, INPUTS / 10)


async def test_and_the_next_sale_is_delisted_as_ever(running: Storm) -> None:
    await running.stock(small_mix(20))
    before = running.sold
    await running.sell(10)
    assert running.sold > before
    databases = Databases(running.runtime.postgres.dsn)
    skus = ", ".join(f"'{sku}'" for sku in running.opening)
    waiting = (
        "select count(*) from steps s join delists d on d.sale_id = s.sale_id "
        f"where not s.ended and d.sku in ({skus})"
    )
    async with asyncio.timeout(120):
        while await databases.count("delist-orchestrator", waiting) or await _for_sale(running):
            await asyncio.sleep(0.5)


async def _for_sale(running: Storm) -> list[str]:
    """Singles of this seller that are still for sale."""
    listings = await running.shop.control.truth("listings")
    return [
        x["sku"] for x in listings if x["buyable"] and x["sku"] in running.opening and x["sku"][0] in "SP"
    ]
