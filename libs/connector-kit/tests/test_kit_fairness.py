"""One account's backlog keeps no other waiting: its webhooks and its take-downs are taken in turns with everybody's."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID, uuid4

import pytest
from connector_kit import store, usecases
from connector_kit.domain import Account
from connector_kit.executor import Pace
from connector_kit.jobs import MapWebhooks
from connector_kit.jobs.gathering import BUSY, BUSY_RESTS, LOUD, LOUD_RESTS, WITHIN, Gathering
from connector_kit.leases import Leases
from connector_kit.marketplace import Mapped
from connector_kit.sealing import Sealer
from connector_kit.store import ReceivedWebhook
from connector_kit.usecases import NewAccount
from kit.database import Database
from kit.ids import new_id
from kit.jobs import Wake
from kit.settings import ServiceSettings
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.values import Platform
from testkit.plugin import FreshDatabase
from testkit.services import settings_for
from testkit.targets import listing_target

BACKLOG = 5000
MOST, EACH = 300, 50
"""Webhooks of a batch, and of one account in it, as connectors are set."""
# The account that has one thing to do comes before or after the loud ones in the order they are taken in.
PLACES = ("before", "after")
SEALER = Sealer(f"k1:{base64.b64encode(b'k' * 32).decode()}")


@pytest.fixture
async def db(database: FreshDatabase) -> AsyncIterator[Database]:
    made = Database(settings_for(ServiceSettings, database("connector-ebay")), "/connector-ebay")
    yield made
    await made.dispose()


async def connect(db: Database) -> Account:
    tenant = uuid4()
    new = NewAccount(tenant, Platform.EBAY, "seller", "seller", "Seller", (f"user:{tenant}",), {})
    async with db.bus([tenant]) as uow:
        return await usecases.connect_account(uow, SEALER, new)


async def backlog(db: Database, account: Account, count: int, first: int = 0) -> None:
    """So many webhooks stored, each telling whose it is."""
    body = str(account.account_id).encode()
    hooks = [
        ReceivedWebhook(account.tenant_id, account.account_id, "t", str(first + n), body, {})
        for n in range(count)
    ]
    async with db.bus([account.tenant_id]) as uow:
        assert await store.insert_webhooks(uow, hooks) == count


class Mapper:
    """Notes whose webhooks are mapped, in order."""

    def __init__(self) -> None:
        self.seen: list[UUID] = []

    def __call__(self, topic: str, body: bytes, headers: Mapping[str, str]) -> Mapped:
        self.seen.append(UUID(body.decode()))
        return Mapped(ignored="nothing to do")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("loud", "batches"), [(1, 1), (10, 2)])
async def test_one_webhook_is_not_behind_a_backlog_of_others(
    db: Database, place: str, loud: int, batches: int
) -> None:
    """Ten loud accounts fill a batch by themselves: the one that is left out is first in the next."""
    accounts = sorted([await connect(db) for _ in range(loud + 1)], key=lambda one: one.account_id)
    quiet, mapper = accounts.pop(0 if place == "before" else -1), Mapper()
    for account in accounts:
        await backlog(db, account, BACKLOG // loud)
    await backlog(db, quiet, 1)
    # What is mapped here needs nothing of a marketplace.
    async with Leases(db._settings, db.source) as leases:
        mapping = MapWebhooks(db, None, mapper, SEALER, leases, most=MOST, each=EACH)  # type: ignore[arg-type]
        await mapping.turn()
    assert len(mapper.seen) == BACKLOG + 1
    assert mapper.seen.index(quiet.account_id) < (EACH + 1 if batches == 1 else batches * MOST)


class Clock:
    """Stands where it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Bell(Wake):
    """Tells that a job was woken, and goes on telling."""

    def __init__(self) -> None:
        super().__init__()
        self.rung = asyncio.Event()

    def wake(self) -> None:
        super().wake()
        self.rung.set()


def rang() -> None:
    """Nobody listens."""


async def test_an_account_of_many_webhooks_rests_after_each_turn() -> None:
    clock, (loud, quiet) = Clock(), (uuid4(), uuid4())
    gathering = Gathering(rang, clock)
    for _ in range(3):
        gathering.mapped({loud: LOUD // 4})
        clock.now += 0.2
    assert gathering.resting() == []
    gathering.mapped({loud: LOUD // 4, quiet: 1})
    assert gathering.resting() == [loud]
    clock.now += LOUD_RESTS
    assert gathering.resting() == []
    gathering.mapped({loud: LOUD // 4})
    assert gathering.resting() == [loud], "as many a second as before"
    clock.now += WITHIN
    gathering.mapped({loud: LOUD - 1})
    assert gathering.resting() == []


async def test_where_much_is_mapped_all_wait_for_a_common_turn_but_who_has_had_none() -> None:
    clock, many, other = Clock(), [uuid4() for _ in range(BUSY // 4)], uuid4()
    gathering = Gathering(rang, clock)
    for account in many[1:]:
        gathering.mapped({account: 4})
        clock.now += 0.05
    assert gathering.resting() == []
    gathering.mapped({many[0]: 4})
    assert set(gathering.resting()) == set(many)
    assert other not in gathering.resting()
    clock.now += BUSY_RESTS
    assert gathering.resting() == [], "the common turn"
    gathering.mapped(dict.fromkeys(many, 1))
    assert set(gathering.resting()) == set(many)
    clock.now += WITHIN
    assert gathering.resting() == []


@pytest.mark.parametrize("others", [False, True])
async def test_what_is_stored_wakes_at_once_or_when_the_rest_is_over(others: bool) -> None:
    bell, loud = Bell(), uuid4()
    gathering = Gathering(bell.wake)
    gathering.mapped({loud: LOUD})
    gathering.stored([loud, uuid4()] if others else [loud])
    assert bell.rung.is_set() == others
    bell.rung.clear()
    async with asyncio.timeout(5):
        await bell.rung.wait()
    assert gathering.resting() == []


async def test_a_common_rest_that_ends_while_it_is_looked_at_wakes_at_once() -> None:
    clock, bell = Clock(), Bell()
    gathering = Gathering(bell.wake, clock)
    gathering.mapped({uuid4(): 4 for _ in range(BUSY // 4)})
    assert gathering._timer is not None
    gathering._timer.cancel()
    gathering._timer = None
    moments = iter([clock.now, clock.now, clock.now + BUSY_RESTS])
    gathering._clock = lambda: next(moments, clock.now + BUSY_RESTS)
    gathering.stored(gathering._accounts)
    async with asyncio.timeout(5):
        await bell.rung.wait()


async def test_a_loud_account_is_gathered_and_another_is_mapped_at_once(db: Database) -> None:
    loud, quiet = await connect(db), await connect(db)
    mapper, clock, wake = Mapper(), Clock(), Bell()
    async with Leases(db._settings, db.source) as leases:
        mapping = MapWebhooks(
            db,
            None,  # type: ignore[arg-type]
            mapper,
            SEALER,
            leases,
            most=MOST,
            each=EACH,
            wake=wake,
            gathering=Gathering(wake.wake, clock),
        )
        for n in range(4):
            await backlog(db, loud, LOUD // 4, first=n * LOUD)
            await mapping.turn()
        assert len(mapper.seen) == LOUD
        await backlog(db, loud, 3, first=4 * LOUD)
        await backlog(db, quiet, 1)
        await mapping.turn()
        assert mapper.seen[LOUD:] == [quiet.account_id]
        async with asyncio.timeout(5):
            await wake.rung.wait()
        clock.now += LOUD_RESTS
        await mapping.turn()
        assert mapper.seen[LOUD + 1 :] == [loud.account_id] * 3
        await backlog(db, loud, BACKLOG, first=5 * LOUD)
        clock.now += LOUD_RESTS
        await mapping.turn()
    assert len(mapper.seen) == LOUD + 4 + BACKLOG, "a backlog does not rest"


def target(tenant: UUID, account: UUID) -> Event[ListingTarget]:
    data = listing_target(Platform.EBAY, tenant, account, uuid4())
    return Event(id=new_id(), source="/test", type=data.type, time=data.requested_at, data=data)


async def lease(db: Database, load: Mapping[UUID, int], after: UUID = store.FIRST) -> Sequence[UUID]:
    """The accounts of what an executor with nothing else under way would take."""
    pace = Pace()
    room = pace.in_flight - sum(load.values())
    async with db.bus() as uow:
        leased = await store.lease_intents(
            uow, priority=store.LOWER, after=after, load=load, most=room, each=pace.per_account
        )
    return [one.account_id for one in leased]


@pytest.mark.parametrize("place", PLACES)
async def test_one_take_down_is_not_behind_a_backlog_of_others(db: Database, place: str) -> None:
    loud, quiet = uuid4(), UUID(int=1 if place == "before" else 2**128 - 2)
    for account, count in ((loud, BACKLOG), (quiet, 1)):
        tenant = uuid4()
        async with db.bus([tenant]) as uow:
            assert await store.upsert_targets(uow, [target(tenant, account) for _ in range(count)]) == count
    taken = await lease(db, {})
    assert sorted((taken.count(loud), taken.count(quiet))) == [1, Pace().per_account]
    assert await lease(db, {loud: Pace().per_account}) == [], "the loud one has its share under way"
