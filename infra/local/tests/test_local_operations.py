"""`soldwire dlq`, `pause`, `resume` and `trace` against real services on real PostgreSQL."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import typer
import uvicorn
from kit import dead_letters
from kit.database import Database
from kit.service import Service
from soldwire_contracts import encode
from soldwire_contracts.sales import SaleDetected
from soldwire_contracts.sync import AccountStatus
from soldwire_local.commands import dlq, pause, trace
from soldwire_local.commands.pause import scope
from soldwire_local.errors import LocalError
from testkit.bus import run_batch
from testkit.plugin import FreshDatabase
from testkit.services import TEST_SECRET, settings_for
from typer import BadParameter
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.bus

NOW = datetime(2026, 11, 20, 14, 3, 7, tzinfo=UTC)
TENANT, ACCOUNT = uuid4(), uuid4()


@contextmanager
def serving(build: Callable[[], Service]) -> Iterator[str]:
    """A service's HTTP on a free port, in a thread of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = build()
    server = uvicorn.Server(uvicorn.Config(service.app(), port=port, log_config=None, lifespan="off"))

    async def serve() -> None:
        await server.serve()
        await service.database.dispose()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def soldwire(*arguments: str, answer: str = "") -> Result:
    """The command with the modules under test."""
    app = typer.Typer()
    for module in (dlq, pause, trace):
        module.register(app)
    return CliRunner(env={"COLUMNS": "240"}).invoke(app, arguments, input=answer)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLDWIRE_SECRET", TEST_SECRET)
    monkeypatch.setenv("SOLDWIRE_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("SOLDWIRE_POSTGRES", "postgresql://nobody@127.0.0.1:1/none")


def status_event(tenant: UUID = TENANT) -> bytes:
    fact = AccountStatus(
        tenant_id=tenant,
        account_id=ACCOUNT,
        platform="ebay",
        revision=1,
        name="shop",
        state="connected",
        connected_at=NOW,
        at=NOW,
    )
    return encode(fact, id=uuid4(), source="/connector-ebay", time=NOW)


class Scheduler:
    """A scheduler whose dead letters the test makes."""

    def __init__(self, fresh: FreshDatabase) -> None:
        from scheduler.config import Settings

        self.settings = settings_for(Settings, fresh("scheduler"))

    def build(self) -> Service:
        from scheduler import handlers

        database = Database(self.settings, source="/scheduler")
        return Service("scheduler", self.settings, database, routers=[handlers.router])

    async def set_aside(self, payload: bytes, position: int) -> None:
        database = Database(self.settings, source="/scheduler")
        async with database.bus() as uow:
            await dead_letters.set_aside(
                uow,
                subscriber="runs",
                source="account.status",
                partition=2,
                position=position,
                payload=payload,
                reason="handler",
                error="ValueError: it was a bad day",
            )
        await database.dispose()


@pytest.fixture
def scheduler(database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduler]:
    made = Scheduler(database)
    with serving(made.build) as url:
        monkeypatch.setenv("SOLDWIRE_URL_SCHEDULER", url)
        yield made


def ids(result: Result) -> list[str]:
    """The ids in a listing."""
    words = result.stdout.replace("│", " ").split()
    return [word for word in words if word.count("-") == 4]


async def test_dead_letters_are_listed_shown_redriven_and_discarded(scheduler: Scheduler) -> None:
    await scheduler.set_aside(status_event(), 7)
    await scheduler.set_aside(b"{half a body", 8)
    listed = await asyncio.to_thread(soldwire, "dlq", "list", "--service", "scheduler")
    assert listed.exit_code == 0, listed.stdout
    assert "account.status[2]@7" in listed.stdout
    assert "it was a bad day" in listed.stdout
    bad, good = ids(listed)  # the newest first

    shown = await asyncio.to_thread(soldwire, "dlq", "show", good, "--service", "scheduler")
    assert '"connected_at"' in shown.stdout

    redriven = await asyncio.to_thread(soldwire, "dlq", "redrive", good, bad, "--service", "scheduler")
    assert redriven.exit_code == 1, "one of them fails again"
    assert f"{good}  scheduler  redriven" in redriven.stdout
    assert "still can't be read" in redriven.stdout

    declined = await asyncio.to_thread(
        soldwire, "dlq", "discard", bad, "--service", "scheduler", answer="n\n"
    )
    assert declined.exit_code == 1
    discarded = await asyncio.to_thread(
        soldwire, "dlq", "discard", "--all", "--yes", "--service", "scheduler"
    )
    assert f"{bad}  scheduler  discarded" in discarded.stdout
    left = await asyncio.to_thread(soldwire, "dlq", "list", "--service", "scheduler")
    assert "No open dead letters." in left.stdout
    kept = await asyncio.to_thread(soldwire, "dlq", "list", "--state", "discarded", "--service", "scheduler")
    assert ids(kept) == [bad]


async def test_a_service_that_is_down_is_said_and_the_others_are_listed(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLDWIRE_URL_INVENTORY", "http://127.0.0.1:1")
    await scheduler.set_aside(b"{", 9)
    listed = await asyncio.to_thread(soldwire, "dlq", "list")
    assert listed.exit_code == 1
    assert "account.status[2]@9" in listed.stdout
    assert "inventory does not answer" in listed.stdout


async def test_an_unknown_dead_letter_is_said(scheduler: Scheduler) -> None:
    unknown = await asyncio.to_thread(soldwire, "dlq", "show", str(uuid4()), "--service", "scheduler")
    assert isinstance(unknown.exception, LocalError)
    assert "no service has a dead letter" in str(unknown.exception)


@pytest.fixture
def orchestrator(database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from delist_orchestrator.app import build
    from delist_orchestrator.config import Settings

    settings = settings_for(Settings, database("delist-orchestrator"))
    with serving(lambda: build(settings)) as url:
        monkeypatch.setenv("SOLDWIRE_URL_DELIST_ORCHESTRATOR", url)
        yield


@pytest.mark.parametrize(
    "scoped",
    [
        ("--platform", "ebay"),
        ("--platform", "ebay", "--tenant", str(TENANT)),
        ("--account", str(ACCOUNT), "--tenant", str(TENANT)),
        ("--tenant", str(TENANT)),
    ],
    ids=["platform for everyone", "a tenant's platform", "account", "tenant"],
)
@pytest.mark.usefixtures("orchestrator")
def test_delisting_is_paused_and_resumed_on_record(scoped: tuple[str, ...]) -> None:
    paused = soldwire("pause", *scoped, "--reason", "stock count")
    assert paused.exit_code == 0, paused.output
    whose = scoped[-2:] if scoped[-2] == "--tenant" else ()
    assert "stock count" in soldwire("pauses", *whose).stdout
    resumed = soldwire("resume", *scoped, "--reason", "counted")
    assert resumed.exit_code == 0, resumed.output
    assert resumed.stdout.startswith("resumed:")
    again = soldwire("resume", *scoped)
    assert isinstance(again.exception, LocalError)
    assert "nothing of that kind is paused" in str(again.exception)


@pytest.mark.parametrize(
    ("platform", "account", "tenant"),
    [(None, None, None), (None, ACCOUNT, None), ("ebay", ACCOUNT, TENANT)],
    ids=["nothing", "account without tenant", "account and platform"],
)
def test_a_pause_of_nothing_in_particular_is_refused(
    platform: str | None, account: UUID | None, tenant: UUID | None
) -> None:
    with pytest.raises(BadParameter):
        scope(platform, account, tenant)


SALE = SaleDetected(
    tenant_id=TENANT,
    account_id=ACCOUNT,
    platform="ebay",
    sale_id=uuid4(),
    revision=1,
    order_id="26-12345-67890",
    order_number="26-12345-67890",
    line_id="1",
    sku="LEV-70505-M",
    title="Denim jacket",
    quantity=1,
    payment="paid",
    price={"amount": "64.00", "currency": "GBP"},
    sold_at=NOW,
    account_connected_at=NOW - timedelta(days=9),
    accepted_at=NOW + timedelta(milliseconds=250),
    found_by="webhook",
)


@pytest.fixture
async def ledger(database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    from sales_ledger import handlers
    from sales_ledger.app import build
    from sales_ledger.config import Settings

    settings = settings_for(Settings, database("sales-ledger"))
    opened = Database(settings, source="/sales-ledger")
    await run_batch(handlers.router, "sales", [SALE], opened)
    await opened.dispose()
    with serving(lambda: build(settings)) as url:
        monkeypatch.setenv("SOLDWIRE_URL_SALES_LEDGER", url)
        yield


@pytest.mark.parametrize("name", [SALE.order_number, SALE.sku, str(SALE.sale_id)], ids=["order", "sku", "id"])
@pytest.mark.usefixtures("ledger")
async def test_a_sale_is_traced_by_order_number_sku_and_id(name: str) -> None:
    traced = await asyncio.to_thread(soldwire, "trace", name, "--tenant", str(TENANT))
    assert traced.exit_code == 0, traced.output
    assert "26-12345-67890" in traced.stdout
    assert "250" in traced.stdout, "accepted a quarter of a second after the sale"
    assert str(SALE.sale_id) in traced.stdout


@pytest.mark.usefixtures("ledger")
async def test_a_sale_of_another_tenant_is_not_found() -> None:
    traced = await asyncio.to_thread(soldwire, "trace", str(SALE.sale_id), "--tenant", str(uuid4()))
    assert isinstance(traced.exception, LocalError)
    assert "no sale is known" in str(traced.exception)


def test_without_the_directory_a_tenant_is_asked_for() -> None:
    traced = soldwire("trace", "LEV-70505-M")
    assert isinstance(traced.exception, LocalError)
    assert "--tenant" in str(traced.exception)
