"""Keys rotate while credentials do: nothing is lost, and an old key can go."""

from __future__ import annotations

import asyncio
import base64
from uuid import UUID, uuid4

import pytest
from connector_kit import store
from connector_kit.domain import Account
from connector_kit.jobs import KeepSubscriptions, SealAnew
from connector_kit.sealing import Sealer, SealError
from connector_kit.usecases import (
    NewAccount,
    Parting,
    connect_account,
    disconnect_account,
    keep_credentials,
    lease_polls,
    load_work,
)
from kit.database import Database
from kit.ids import new_id
from kit.settings import ServiceSettings
from prometheus_client import REGISTRY
from soldwire_contracts import Event
from soldwire_contracts.values import Platform
from testkit.plugin import FreshDatabase
from testkit.services import settings_for
from testkit.targets import listing_target

ACCOUNTS = 120


def _key(letter: str) -> str:
    return f"{letter}:{base64.b64encode(letter.encode() * 32).decode()}"


OLD, NEW, BOTH, BEFORE = _key("a"), _key("b"), f"{_key('b')},{_key('a')}", f"{_key('a')},{_key('b')}"


def _settings(database: FreshDatabase) -> ServiceSettings:
    return settings_for(ServiceSettings, database("connector-ebay"), pool_size=8)


def _open(database: FreshDatabase) -> Database:
    return Database(_settings(database), "/connector-ebay")


async def _connected(here: Database, sealer: Sealer, count: int) -> list[Account]:
    made = []
    for n in range(count):
        new = NewAccount(
            tenant_id=uuid4(),
            platform=Platform.EBAY,
            seller_id=f"seller-{n}",
            address=f"seller-{n}",
            name=f"seller-{n}",
            keys=(f"user:{n}",),
            credentials={"refresh_token": f"{n}:0"},
        )
        async with here.bus([new.tenant_id]) as uow:
            made.append(await connect_account(uow, sealer, new))
    return made


async def _held(here: Database, sealer: Sealer, accounts: list[Account]) -> dict[UUID, str]:
    async with here.bus([account.tenant_id for account in accounts]) as uow:
        found = await store.load_accounts(uow, [account.account_id for account in accounts], sealer)
    return {account_id: account.credentials["refresh_token"] for account_id, account in found.items()}


def _sealed_by(key_id: str) -> float | None:
    return REGISTRY.get_sample_value("soldwire_sealed_accounts", {"key_id": key_id})


async def test_tokens_rotate_while_two_processes_seal_anew(database: FreshDatabase) -> None:
    """Some processes still seal with the old key first, as in the middle of a deployment; every token stays the newest."""
    settings = _settings(database)
    here = Database(settings, "/connector-ebay")
    accounts = await _connected(here, Sealer(OLD), ACCOUNTS)
    rounds, ended = 6, asyncio.Event()
    seals = [Sealer(BOTH), Sealer(BEFORE)]

    async def rotate(number: int, account: Account) -> None:
        for n in range(1, rounds + 1):
            async with here.bus([account.tenant_id]) as uow:
                sealer = seals[(number + n) % 2]
                await keep_credentials(uow, sealer, account, {"refresh_token": f"{number}:{n}"})

    there = Database(settings, "/connector-ebay")
    jobs = [SealAnew(here, Sealer(BOTH)), SealAnew(there, Sealer(BOTH))]

    async def seal(job: SealAnew) -> int:
        turns = 0
        while not ended.is_set():
            await job.turn()
            turns += 1
        return turns

    sealing = [asyncio.create_task(seal(job)) for job in jobs]
    await asyncio.gather(*(rotate(number, account) for number, account in enumerate(accounts)))
    ended.set()
    assert min(await asyncio.gather(*sealing)) >= 1
    expected = {account.account_id: f"{number}:{rounds}" for number, account in enumerate(accounts)}
    assert await _held(here, Sealer(BOTH), accounts) == expected
    for job in jobs:
        await job.turn()
    assert (_sealed_by("b"), _sealed_by("a") or 0) == (ACCOUNTS, 0)
    assert await _held(here, Sealer(NEW), accounts) == expected, "the old key is no longer needed"
    with pytest.raises(SealError):
        await _held(here, Sealer(OLD), accounts)
    await here.dispose()
    await there.dispose()


async def test_whoever_saves_meanwhile_wins(database: FreshDatabase) -> None:
    here = _open(database)
    (account,) = await _connected(here, Sealer(OLD), 1)
    async with here.bus([account.tenant_id]) as uow:
        (row,) = await store.load_sealed(uow, [account.account_id])
    async with here.bus([account.tenant_id]) as uow:
        await keep_credentials(uow, Sealer(OLD), account, {"refresh_token": "newer"})
    async with here.bus([account.tenant_id]) as uow:
        fresh = Sealer(BOTH).seal(account.tenant_id, {"refresh_token": "older"})
        assert not await store.swap_sealed(uow, row, fresh)
    assert await _held(here, Sealer(OLD), [account]) == {account.account_id: "newer"}
    await here.dispose()


async def test_accounts_that_left_are_sealed_anew_and_those_of_unknown_keys_are_told(
    database: FreshDatabase,
) -> None:
    here = _open(database)
    gone, foreign = await _connected(here, Sealer(OLD), 2)
    async with here.bus([gone.tenant_id]) as uow:
        await keep_credentials(uow, Sealer(OLD), gone, {"refresh_token": "r", "client_secret": "s"})
        await disconnect_account(uow, gone.account_id, reason="It left.", parting=Parting(Sealer(OLD)))
    async with here.bus([foreign.tenant_id]) as uow:
        await keep_credentials(uow, Sealer(_key("z")), foreign, {"refresh_token": "z"})
    await SealAnew(here, Sealer(BOTH)).turn()
    assert (_sealed_by("b"), _sealed_by("z")) == (1, 1)
    async with here.bus([gone.tenant_id]) as uow:
        found = await store.load_accounts(uow, [gone.account_id], Sealer(NEW))
    assert found[gone.account_id].credentials == {"client_secret": "s"}, "only what signs stays"
    assert await _held(here, Sealer(_key("z")), [foreign]) == {foreign.account_id: "z"}
    await here.dispose()


async def test_an_account_nobody_can_open_holds_up_no_other_and_waits(database: FreshDatabase) -> None:
    """Its key was taken out of use too early: it goes on once the key is back."""
    here = _open(database)
    closed, well = await _connected(here, Sealer(OLD), 2)
    async with here.bus([closed.tenant_id]) as uow:
        await keep_credentials(uow, Sealer(_key("z")), closed, {"refresh_token": "z"})
    async with here.bus() as uow:
        polls = await lease_polls(uow, Sealer(OLD), most=8)
    assert [account.account_id for _, account in polls] == [well.account_id]
    for account in (closed, well):
        data = listing_target(Platform.EBAY, account.tenant_id, account.account_id, uuid4())
        event = Event(id=new_id(), source="/test", type=data.type, time=data.requested_at, data=data)
        async with here.bus([account.tenant_id]) as uow:
            await store.upsert_targets(uow, [event])
    async with here.bus() as uow:
        leased = await store.lease_intents(
            uow, priority=store.LOWER, after=store.FIRST, load={}, most=8, each=4
        )
        works = await load_work(uow, Sealer(OLD), leased)
    assert len(leased) == 2
    assert [work.account.account_id for work in works] == [well.account_id]
    for table in ("due_polls", "due_intents"):
        async with here.bus([closed.tenant_id]) as uow:
            waits = f"select count(*) from {table} where account_id = '{closed.account_id}' and lease_until is null "
            soon = "and due_at between now() + interval '4 minutes' and now() + interval '6 minutes'"
            assert (await uow.conn.execute_sql(waits + soon)).scalar_one() == 1, table
    await here.dispose()


async def test_subscriptions_of_others_are_kept_where_one_can_t_be_opened(database: FreshDatabase) -> None:
    here = _open(database)
    closed, *well = await _connected(here, Sealer(OLD), 3)
    async with here.bus([closed.tenant_id]) as uow:
        await keep_credentials(uow, Sealer(_key("z")), closed, {"refresh_token": "z"})
    looked_at: list[UUID] = []

    async def ensure(account: Account) -> list[str]:
        looked_at.append(account.account_id)
        return []

    await KeepSubscriptions(here, Sealer(OLD), ensure).turn()
    assert sorted(looked_at) == sorted(account.account_id for account in well)
    await here.dispose()
