"""Hints to browsers: by tenant, collapsed, bounded; and the stream and reader that carry them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from gateway.config import Settings
from gateway.domain import live
from gateway.domain.access import Visitor
from gateway.domain.live import Hint, Hub
from gateway.handlers import LiveReader
from gateway.routes import stream
from gateway.wire.hints import KINDS, hint_of
from kit.ids import new_id
from pydantic import SecretStr
from soldwire_contracts import TOPICS, encode
from soldwire_contracts.ledger import SaleRecorded
from soldwire_contracts.stock import Owner
from soldwire_contracts.values import Money, OwnerKind, Platform, SaleStatus
from soldwire_local import topics
from soldwire_local.kafka import Kafka
from soldwire_local.ports import Ports

pytestmark = pytest.mark.long

ANA, BO = uuid4(), uuid4()


def recorded(tenant: UUID, sale: UUID) -> bytes:
    now = datetime.now(UTC)
    fact = SaleRecorded(
        tenant_id=tenant,
        sale_id=sale,
        revision=1,
        account_id=uuid4(),
        platform=Platform.EBAY,
        order_id="12-1",
        title="Scarf",
        quantity=1,
        status=SaleStatus.COMPLETE,
        owner=Owner(kind=OwnerKind.OWN),
        price=Money(amount=Decimal(5), currency="GBP"),
        sold_at=now,
        recorded_at=now,
        changed_at=now,
    )
    return encode(fact, id=new_id(), source="/sales-ledger", time=now)


def test_every_topic_read_is_a_topic_of_the_contracts() -> None:
    assert set(KINDS) <= set(TOPICS)


def test_a_record_becomes_a_hint() -> None:
    sale = uuid4()
    assert hint_of("sale.recorded", recorded(ANA, sale)) == Hint(ANA, "sale", sale)


@pytest.mark.parametrize("body", [b"", b"not json", b'{"type": "sale.recorded.v9"}'])
def test_a_record_this_build_cannot_read_is_no_hint(body: bytes) -> None:
    assert hint_of("sale.recorded", body) is None


async def test_a_browser_hears_its_own_tenant_only() -> None:
    hub, sale = Hub(), uuid4()
    with hub.listening(ANA) as ana, hub.listening(BO) as bo:
        hub.tell(Hint(ANA, "sale", sale))
        assert await ana.take(1) == {"sale": [sale]}
        assert await bo.take(0.01) == {}


async def test_a_sales_page_hears_of_its_sale_only() -> None:
    hub, sale = Hub(), uuid4()
    with hub.listening(ANA, sale) as page:
        hub.tell(Hint(ANA, "delist", uuid4()))
        assert await page.take(0.01) == {}
        hub.tell(Hint(ANA, "delist", sale))
        assert await page.take(1) == {"delist": [sale]}


async def test_a_slow_browser_costs_a_bounded_set_however_much_happens() -> None:
    hub = Hub()
    with hub.listening(ANA) as slow:
        for _ in range(10_000):
            hub.tell(Hint(ANA, "sale", uuid4()))
        hub.tell(Hint(ANA, "sync"))
        assert await slow.take(1) == {"sale": [], "sync": []}
        assert await slow.take(0.01) == {}


def test_leaving_is_forgotten() -> None:
    hub = Hub()
    with hub.listening(ANA), hub.listening(ANA):
        assert hub.count() == 2
    assert hub.count() == 0


def test_the_mark_moves_with_each_hint_and_differs_between_replicas() -> None:
    one, other = Hub(), Hub()
    before = one.mark(ANA)
    assert before != other.mark(ANA)
    one.tell(Hint(BO, "sale"))
    assert one.mark(ANA) == before
    one.tell(Hint(ANA, "sale"))
    assert one.mark(ANA) != before


async def test_what_the_ledger_may_show_later_is_told_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ECHO_SECONDS", 0.05)
    hub, sale = Hub(), uuid4()
    with hub.listening(ANA) as page:
        hub.tell(Hint(ANA, "delist", sale))
        assert await page.take(1) == {"delist": [sale]}
        assert await page.take(1) == {"delist": [sale]}
        assert await page.take(0.2) == {}
        hub.tell(Hint(ANA, "sale", sale))
        assert await page.take(1) == {"sale": [sale]}
        assert await page.take(0.2) == {}


def test_what_happened_while_kafka_was_away_is_unknown() -> None:
    hub = Hub()
    hub.hears(True)
    before = hub.mark(ANA)
    hub.hears(True)
    assert hub.mark(ANA) == before
    hub.hears(False)
    made_while_away = hub.mark(ANA)
    hub.hears(True)
    assert len({before, made_while_away, hub.mark(ANA)}) == 3


def events(hub: Hub, mark: str = "") -> AsyncIterator[str]:
    visitor = Visitor(uuid4(), ANA, "Shop", "Ana", "ana@shop.example", "seller", "")
    return stream._events(hub, visitor, mark, None)


async def test_the_stream_says_hello_whether_something_was_missed() -> None:
    hub = Hub()
    first = await anext(events(hub, hub.mark(ANA)))
    assert first.startswith("event: hello\n")
    assert json.loads(first.split("data: ")[1]) == {"reading": False, "missed": False}
    old = hub.mark(ANA)
    hub.tell(Hint(ANA, "sale"))
    assert '"missed": true' in await anext(events(hub, old))


async def test_the_stream_carries_hints_and_says_when_kafka_is_away() -> None:
    hub, sale = Hub(), uuid4()
    found = events(hub)
    await anext(found)
    hub.hears(True)
    hub.tell(Hint(ANA, "sale", sale))
    assert await anext(found) == "event: heard\ndata: {}\n\n"
    assert await anext(found) == f'event: sale\ndata: {{"ids": ["{sale}"]}}\n\n'


async def test_a_stream_takes_its_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.0)
    assert [event.partition("\n")[0] async for event in events(Hub())] == ["event: hello", "event: bye"]


@pytest.mark.bus
async def test_the_reader_follows_kafka_from_now_on(topics_ready: str) -> None:
    """A real broker: one record said once it reads becomes a hint, one from before does not."""
    settings = Settings(kafka=topics_ready, postgres_bus="unused", secret=SecretStr("x" * 32))
    hub, before, after = Hub(), uuid4(), uuid4()
    producer = AIOKafkaProducer(bootstrap_servers=topics_ready)
    await producer.start()
    await producer.send_and_wait("sale.recorded", recorded(ANA, before), key=b"k")
    reading = asyncio.create_task(LiveReader(settings, hub).run())
    try:
        await heard(hub, True)
        with hub.listening(ANA) as page:
            await producer.send_and_wait("sale.recorded", recorded(ANA, after), key=b"k")
            found = await page.take(10)
        assert found == {"sale": [after]}
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await producer.stop()
    assert not hub.reading


async def test_without_kafka_the_reader_keeps_trying_and_says_so() -> None:
    settings = Settings(kafka="127.0.0.1:1", postgres_bus="unused", secret=SecretStr("x" * 32))
    hub = Hub()
    reading = asyncio.create_task(LiveReader(settings, hub).run())
    await asyncio.sleep(0.5)
    assert not reading.done()
    assert not hub.reading
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def heard(hub: Hub, reading: bool) -> None:
    """Wait until the hub is, or is not, in touch with Kafka."""
    async with asyncio.timeout(40):
        while hub.reading is not reading:
            await asyncio.sleep(0.1)


@pytest.mark.bus
async def test_a_broker_that_goes_away_is_noticed_and_so_is_its_return(tmp_path: Path) -> None:
    """A broker of its own, frozen: connections stay open, as they do when a network goes dark."""
    broker = Kafka(tmp_path / "kafka", Ports(tmp_path / "ports.json"))
    await broker.start()
    reading = None
    try:
        await topics.ensure(broker.bootstrap)
        settings = Settings(kafka=broker.bootstrap, postgres_bus="unused", secret=SecretStr("x" * 32))
        hub = Hub()
        reading = asyncio.create_task(LiveReader(settings, hub).run())
        await heard(hub, True)
        os.kill(broker.pid, signal.SIGSTOP)
        await heard(hub, False)
        os.kill(broker.pid, signal.SIGCONT)
        await heard(hub, True)
    finally:
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        os.kill(broker.pid, signal.SIGCONT)
        await broker.stop()
