"""What is remembered of take-downs: on record and in a test's memory alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from connector_kit.domain import Account
from connector_shopify import store
from connector_shopify.client import Takedowns
from connector_shopify.domain import UNFOLLOWED, OwnSettings, ShownProduct, SoldOut, TakenProduct
from connector_shopify.usecases import KeptTakedowns
from shopify_takedowns import SETTLE, Remembered
from testkit.connector import Bench

Put = Callable[[TakenProduct], Awaitable[None]]
ACCOUNT = Account(uuid4(), uuid4(), "shopify", "s", "demo.myshopify.com", "Demo", datetime.now(UTC))
NOW = datetime.now(UTC)
LONG_AGO = NOW - 2 * SETTLE


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(params=["kept", "remembered"])
async def memory(request: pytest.FixtureRequest, bench: Bench) -> tuple[Takedowns, Put]:
    """A memory, and how the job that takes products off show puts one into it."""
    if request.param == "kept":

        async def put(taken: TakenProduct) -> None:
            async with bench.service.database.bus([ACCOUNT.tenant_id]) as uow:
                await store.take_product(uow, ACCOUNT.tenant_id, ACCOUNT.account_id, taken)

        return KeptTakedowns(bench.service.database, SETTLE), put
    made = Remembered()

    async def hold(taken: TakenProduct) -> None:
        made.taken[taken.product_id] = taken

    return made, hold


async def test_a_variant_s_own_settings_are_never_what_we_set(memory: tuple[Takedowns, Put]) -> None:
    held, _ = memory
    await held.remember_variant(ACCOUNT, "1", OwnSettings("CONTINUE", tracked=False))
    await held.remember_variant(ACCOUNT, "1", OwnSettings("CONTINUE", tracked=True))
    await held.remember_variant(ACCOUNT, "1", OwnSettings("DENY", tracked=False))
    assert await held.variant(ACCOUNT, "1") == OwnSettings("CONTINUE", tracked=False)
    await held.remember_variant(ACCOUNT, "2", OwnSettings("DENY", tracked=False))
    await held.remember_variant(ACCOUNT, "2", OwnSettings("CONTINUE", tracked=True))
    assert await held.variant(ACCOUNT, "2") == OwnSettings("CONTINUE", tracked=False)


async def test_a_variant_is_forgotten_only_when_no_take_down_can_still_take_effect(
    memory: tuple[Takedowns, Put],
) -> None:
    held, _ = memory
    own = OwnSettings("CONTINUE", tracked=True)
    await held.remember_variant(ACCOUNT, "1", own)
    await held.forget_variants(ACCOUNT, ["1", "2"], _now())
    assert await held.variant(ACCOUNT, "1") == own
    await held.give_back_variant(ACCOUNT, "1")
    assert await held.variant(ACCOUNT, "1") == own, "until it was read back"
    await held.forget_variants(ACCOUNT, ["1"], _now())
    assert await held.variant(ACCOUNT, "1") is None


async def test_what_was_seen_before_it_was_given_back_forgets_no_variant(
    memory: tuple[Takedowns, Put],
) -> None:
    """A file written before the take-down shows CONTINUE; read while the settings are on their way back, it proves nothing."""
    held, _ = memory
    own = OwnSettings("CONTINUE", tracked=True)
    await held.remember_variant(ACCOUNT, "1", own)
    before = _now()
    await held.give_back_variant(ACCOUNT, "1")
    await held.forget_variants(ACCOUNT, ["1"], before)
    assert await held.variant(ACCOUNT, "1") == own
    await held.forget_variants(ACCOUNT, ["1"], _now())
    assert await held.variant(ACCOUNT, "1") is None


@pytest.mark.parametrize(
    ("taken_at", "done_at", "forgotten"),
    [
        (LONG_AGO, LONG_AGO, True),
        (NOW, NOW, False),
        (LONG_AGO, None, False),
        (LONG_AGO - UNFOLLOWED, None, True),
    ],
    ids=["settled", "not settled", "in hand", "nobody's"],
)
async def test_a_product_is_forgotten_when_it_came_off_show_and_that_has_settled(
    memory: tuple[Takedowns, Put], taken_at: datetime, done_at: datetime | None, forgotten: bool
) -> None:
    held, put = memory
    await put(TakenProduct("7", SoldOut.DRAFT, "ACTIVE", (), taken_at, done_at))
    await held.forget_products(ACCOUNT, ["7", "8"], _now())
    assert (await held.products(ACCOUNT, ["7", "8"]) == {}) is forgotten
    await held.give_back_product(ACCOUNT, "7")
    await held.forget_products(ACCOUNT, ["7"], _now())
    assert await held.products(ACCOUNT, ["7"]) == {}


async def test_what_was_seen_before_it_was_taken_down_forgets_nothing(memory: tuple[Takedowns, Put]) -> None:
    """A file that Shopify wrote an hour ago is read long after a take-down has settled."""
    held, put = memory
    own = OwnSettings("CONTINUE", tracked=True)
    await held.remember_variant(ACCOUNT, "1", own)
    await put(TakenProduct("7", SoldOut.DRAFT, "ACTIVE", (), LONG_AGO, LONG_AGO))
    await held.forget_products(ACCOUNT, ["7"], LONG_AGO)
    await held.forget_variants(ACCOUNT, ["1"], NOW)
    assert await held.products(ACCOUNT, ["7"])
    later = NOW + 2 * SETTLE
    await held.forget_variants(ACCOUNT, ["1"], later)
    await held.forget_products(ACCOUNT, ["7"], later)
    assert (await held.variant(ACCOUNT, "1"), await held.products(ACCOUNT, ["7"])) == (None, {})


@pytest.mark.parametrize(
    ("way", "status", "publications", "holds"),
    [
        (SoldOut.DRAFT, "DRAFT", (), True),
        (SoldOut.DRAFT, "ARCHIVED", (), False),
        (SoldOut.DRAFT, "ACTIVE", (), False),
        (SoldOut.ARCHIVE, "ARCHIVED", ("1",), True),
        (SoldOut.UNPUBLISH, "ACTIVE", (), True),
        (SoldOut.UNPUBLISH, "ACTIVE", ("3",), True),
        (SoldOut.UNPUBLISH, "ACTIVE", ("1",), False),
        (SoldOut.UNPUBLISH, "DRAFT", (), False),
    ],
)
def test_what_still_shows_what_was_set(
    way: SoldOut, status: str, publications: tuple[str, ...], holds: bool
) -> None:
    taken = TakenProduct("7", way, "ACTIVE", ("1", "2"), NOW, NOW)
    assert taken.holds(status, frozenset(publications)) is holds


@pytest.mark.parametrize(
    ("status", "publications", "ways"),
    [
        ("ACTIVE", {"1"}, {SoldOut.UNPUBLISH, SoldOut.DRAFT, SoldOut.ARCHIVE}),
        ("UNLISTED", set(), {SoldOut.DRAFT, SoldOut.ARCHIVE}),
        ("DRAFT", {"1"}, set()),
        ("ARCHIVED", {"1"}, set()),
    ],
)
def test_only_what_is_on_show_is_taken_off_it(
    status: str, publications: set[str], ways: set[SoldOut]
) -> None:
    shown = ShownProduct(status, frozenset(publications), for_sale=False)
    assert {way for way in SoldOut if way is not SoldOut.KEEP and shown.takes(way)} == ways
