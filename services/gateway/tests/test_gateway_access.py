"""Sellers, sessions, keys and counted tries on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from asyncpg import InsufficientPrivilegeError
from gateway import handlers, store, usecases
from gateway.app import rules_of
from gateway.config import Settings
from gateway.domain.access import SIGN_IN_LIMITS, Visitor
from gateway.usecases import NewSeller
from kit.database import Database
from kit.errors import Invalid, NotFound, Refused, Unauthorized
from soldwire_contracts.sync import TenantErased
from sqlalchemy import text
from testkit.bus import run_batch

PASSWORD = "correct horse battery"


class Clock:
    """A clock tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def db(settings: Settings, clock: Clock) -> AsyncIterator[Database]:
    opened = Database(settings, source="/gateway", clock=clock)
    yield opened
    await opened.dispose()


async def seller(db: Database, email: str = "ana@shop.example", password: str = PASSWORD) -> NewSeller:
    hashed = await usecases.hash_password(password)
    async with db.bus() as uow:
        return await usecases.create_seller(uow, email=email, tenant_name="Shop", password_hash=hashed)


async def session(db: Database, settings: Settings, email: str = "ana@shop.example") -> str:
    async with db.bus() as uow:
        user = await usecases.find_user(uow, email)
        assert user is not None
        return await usecases.open_session(uow, user, rules_of(settings))


async def visitor(db: Database, settings: Settings, token: str) -> Visitor | None:
    async with db.bus() as uow:
        return await usecases.visit(uow, token, rules_of(settings))


async def test_creating_a_seller_again_keeps_the_tenant_and_changes_the_password(db: Database) -> None:
    first = await seller(db)
    again = await seller(db, "ANA@shop.example ", "another long password")
    assert (again.tenant_id, again.user_id, again.created) == (first.tenant_id, first.user_id, False)
    async with db.bus() as uow:
        user = await usecases.find_user(uow, "Ana@Shop.example")
    assert await usecases.check_password(user, "another long password")
    assert not await usecases.check_password(user, PASSWORD)


async def test_a_new_password_ends_every_session(db: Database, settings: Settings) -> None:
    await seller(db)
    token = await session(db, settings)
    await seller(db, password="another long password")
    assert await visitor(db, settings, token) is None


async def test_short_passwords_are_refused() -> None:
    with pytest.raises(Invalid):
        await usecases.hash_password("short")


async def test_nobody_has_no_password() -> None:
    assert not await usecases.check_password(None, PASSWORD)


async def test_only_hashes_of_tokens_are_kept(db: Database, settings: Settings) -> None:
    await seller(db)
    token = await session(db, settings)
    async with db.bus() as uow:
        kept = (await uow.conn.execute(text("select token_hash from sessions"))).scalar_one()
    assert token.encode() not in bytes(kept)


async def test_a_session_lives_while_it_is_used(db: Database, settings: Settings, clock: Clock) -> None:
    await seller(db)
    token = await session(db, settings)
    for _ in range(3):
        clock.now += settings.session_idle - timedelta(hours=1)
        assert await visitor(db, settings, token) is not None
    clock.now += settings.session_idle
    assert await visitor(db, settings, token) is None


async def test_a_session_ends_after_its_longest_life_though_used(
    db: Database, settings: Settings, clock: Clock
) -> None:
    await seller(db)
    token = await session(db, settings)
    ends = clock.now + settings.session_max
    while clock.now < ends - timedelta(hours=1):
        clock.now = min(clock.now + timedelta(days=5), ends - timedelta(hours=1))
        assert await visitor(db, settings, token) is not None
    clock.now = ends
    assert await visitor(db, settings, token) is None


async def test_the_sweep_drops_what_is_over(db: Database, settings: Settings, clock: Clock) -> None:
    await seller(db)
    await session(db, settings)
    async with db.bus() as uow:
        await usecases.count_sign_in(uow, "10.0.0.1", "x@y.example")
    clock.now += settings.session_max
    async with db.bus() as uow:
        await usecases.sweep(uow)
        left = [
            (await uow.conn.execute(text(f"select count(*) from {table}"))).scalar_one()
            for table in ("sessions", "attempts")
        ]
    assert left == [0, 0]


async def tries(db: Database, count: int, address: str, email: str) -> None:
    for _ in range(count):
        async with db.bus() as uow:
            await usecases.count_sign_in(uow, address, email)


async def test_tries_on_one_account_are_limited_from_any_address(db: Database, clock: Clock) -> None:
    limit = SIGN_IN_LIMITS["account"]
    for number in range(limit.most):
        await tries(db, 1, f"10.0.0.{number}", "ana@shop.example")
    with pytest.raises(Refused) as refused:
        await tries(db, 1, "10.0.1.1", " ANA@shop.example")
    assert refused.value.status == 429
    clock.now += limit.window + timedelta(seconds=1)
    await tries(db, 1, "10.0.1.1", "ana@shop.example")


async def test_tries_from_one_address_are_limited_over_all_accounts(db: Database) -> None:
    limit = SIGN_IN_LIMITS["address"]
    for number in range(limit.most):
        await tries(db, 1, "10.0.0.1", f"{number}@shop.example")
    with pytest.raises(Refused):
        await tries(db, 1, "10.0.0.1", "ana@shop.example")
    await tries(db, 1, "10.0.0.2", "ana@shop.example")


async def test_a_right_password_clears_the_accounts_counter(db: Database, settings: Settings) -> None:
    await seller(db)
    most = SIGN_IN_LIMITS["account"].most
    await tries(db, most, "10.0.0.1", "ana@shop.example")
    with pytest.raises(Refused):
        await tries(db, 1, "10.0.0.2", "ana@shop.example")
    await session(db, settings)
    async with db.bus() as uow:
        kept = (await uow.conn.execute(text("select key from attempts"))).scalars()
    assert kept == ["address:10.0.0.1"]
    await tries(db, most, "10.0.0.3", "ana@shop.example")
    with pytest.raises(Refused):
        await tries(db, 1, "10.0.0.3", "ana@shop.example")


async def test_a_key_speaks_for_its_tenant_until_it_is_revoked(db: Database, settings: Settings) -> None:
    made = await seller(db)
    who = await visitor(db, settings, await session(db, settings))
    assert who is not None
    async with db.bus() as uow:
        _, token = await usecases.issue_key(uow, who, "till")
    async with db.bus() as uow:
        holder = await usecases.use_key(uow, token)
    assert holder.tenant_id == made.tenant_id
    async with db.bus() as uow:
        await usecases.revoke_key(uow, who, holder.key_id)
    with pytest.raises(Unauthorized):
        async with db.bus() as uow:
            await usecases.use_key(uow, token)


async def test_a_key_is_not_another_tenants_to_revoke(db: Database, settings: Settings) -> None:
    await seller(db)
    await seller(db, "bo@other.example")
    ana = await visitor(db, settings, await session(db, settings))
    bo = await visitor(db, settings, await session(db, settings, "bo@other.example"))
    assert ana
    assert bo
    async with db.bus() as uow:
        holder = await usecases.use_key(uow, (await usecases.issue_key(uow, ana, "till"))[1])
    with pytest.raises(NotFound):
        async with db.bus() as uow:
            await usecases.revoke_key(uow, bo, holder.key_id)


async def test_row_level_security_hides_other_tenants_people(db: Database) -> None:
    made = await seller(db)
    async with db.request(uuid4()) as uow:
        assert (await uow.conn.execute(text("select count(*) from users"))).scalar_one() == 0
    async with db.request(made.tenant_id) as uow:
        assert (await uow.conn.execute(text("select count(*) from users"))).scalar_one() == 1


@pytest.mark.parametrize("table", ["sessions", "api_keys", "logins", "attempts"])
async def test_directories_are_closed_to_the_request_role(db: Database, table: str) -> None:
    with pytest.raises(InsufficientPrivilegeError, match="permission denied"):
        async with db.request(uuid4()) as uow:
            await uow.conn.execute(text(f"select * from {table}"))


async def test_two_sellers_cannot_claim_one_address(db: Database) -> None:
    async with db.bus() as uow:
        assert await store.claim_login(uow, "x@y.example", uuid4(), uuid4())
        assert not await store.claim_login(uow, "x@y.example", uuid4(), uuid4())


async def test_an_erased_tenant_has_no_way_in_and_never_comes_back(db: Database, settings: Settings) -> None:
    made, kept = await seller(db), await seller(db, "bo@other.example")
    tokens = [await session(db, settings), await session(db, settings, "bo@other.example")]
    fact = TenantErased(tenant_id=made.tenant_id, erased_at=datetime.now(UTC))
    await run_batch(handlers.router, "tenants", [fact, fact], db)
    assert await visitor(db, settings, tokens[0]) is None
    assert await visitor(db, settings, tokens[1]) is not None
    async with db.bus([made.tenant_id, kept.tenant_id]) as uow:
        assert await usecases.find_user(uow, "ana@shop.example") is None
        assert (await uow.conn.execute(text("select tenant_id from users"))).scalars() == [kept.tenant_id]
    with pytest.raises(Refused, match="erased"):
        async with db.bus() as uow:
            await usecases.create_seller(
                uow, email="new@shop.example", tenant_name="x", password_hash="x", tenant_id=made.tenant_id
            )
