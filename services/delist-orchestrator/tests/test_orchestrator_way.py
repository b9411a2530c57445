"""A sold article's listings on their way to their targets, on real PostgreSQL."""

from __future__ import annotations

from uuid import uuid4

import pytest
from orchestrator_shop import Shop, Stack
from soldwire_contracts.delist import DelistCompleted, DelistProgress
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import Outcome, Platform, StepState, StockCause
from testkit.bus import record_of, run_batch

pytestmark = pytest.mark.bus


async def last_progress(stack: Stack) -> DelistProgress:
    data = (await stack.said("delist.progress"))[-1].data
    assert isinstance(data, DelistProgress)
    return data


def states(progress: DelistProgress) -> dict[Platform, StepState]:
    return {step.platform: step.state for step in progress.steps}


async def test_a_sale_asks_every_listing_and_depop_waits_for_a_browser(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    targets = [event.data for event in await stack.targets()]
    assert {t.platform for t in targets if isinstance(t, ListingTarget)} == set(shop.listings)
    progress = await last_progress(stack)
    assert progress.revision == 1
    assert states(progress) == {
        Platform.SHOPIFY: StepState.ASKED,
        Platform.EBAY: StepState.ASKED,
        Platform.DEPOP: StepState.WAITING_FOR_BROWSER,
    }


async def test_outcomes_complete_the_delist_with_exposure(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    await stack.outcomes(shop.delisted(Platform.EBAY, after=0.5), shop.delisted(Platform.SHOPIFY, after=2.0))
    assert await stack.said("delist.completed") == []
    await stack.outcomes(shop.delisted(Platform.DEPOP, after=90))
    completed = (await stack.said("delist.completed"))[0].data
    assert isinstance(completed, DelistCompleted)
    assert completed.revision == (await last_progress(stack)).revision == 3
    assert {s.platform: s.exposure_ms for s in completed.steps} == {
        Platform.EBAY: 500,
        Platform.SHOPIFY: 2000,
        Platform.DEPOP: 90_000,
    }


async def test_the_same_record_twice_changes_nothing(stack: Stack, shop: Shop) -> None:
    record = record_of(shop.sold())
    router = stack.service.routers[0]
    await run_batch(router, "stock", [record, record], stack.database)
    await run_batch(router, "stock", [record], stack.database)
    assert len(await stack.targets()) == 3
    assert len(await stack.said("delist.progress")) == 1


async def test_an_outcome_before_its_demand_is_kept_and_applied(stack: Stack, shop: Shop) -> None:
    await stack.outcomes(shop.delisted(Platform.SHOPIFY), shop.delisted(Platform.EBAY))
    assert await stack.said("delist.progress") == []
    await stack.stock(shop.sold())
    assert states(await last_progress(stack))[Platform.SHOPIFY] is StepState.DONE
    sent = [e.data.platform for e in await stack.targets() if isinstance(e.data, ListingTarget)]
    assert sent == [Platform.DEPOP], "what is done already is not asked for"


async def test_a_newer_version_supersedes_and_ends_the_older_one(stack: Stack, shop: Shop) -> None:
    first, second = shop.sold(quantity=1), shop.sold(version=2, quantity=0)
    await stack.stock(first)
    await stack.stock(second)
    await stack.outcomes(*(shop.delisted(p, version=2) for p in shop.listings))
    completed = [e.data for e in await stack.said("delist.completed") if isinstance(e.data, DelistCompleted)]
    assert {c.sale_id for c in completed} == {first.sale_id, second.sale_id}
    assert all(step.state is StepState.DONE for c in completed for step in c.steps)


async def test_a_release_ends_a_lowering_that_was_not_reached(stack: Stack, shop: Shop) -> None:
    sold = shop.sold()
    await stack.stock(sold)
    raised = tuple(shop.target(p, 2, 1, may_raise=True) for p in shop.listings)
    await stack.stock(shop.changed(raised, sale=sold.sale_id))
    progress = await last_progress(stack)
    assert {step.version for step in progress.steps} == {2}
    sent = [e.data for e in await stack.targets() if isinstance(e.data, ListingTarget)]
    assert [t.may_raise for t in sent if t.version == 2] == [True, True, True]


async def test_history_is_proposed_and_sent_only_when_approved(stack: Stack, shop: Shop) -> None:
    sold = shop.sold(outcome=Outcome.HISTORY)
    await stack.stock(sold)
    await stack.sweep()
    assert await stack.targets() == []
    assert set(states(await last_progress(stack)).values()) == {StepState.WAITING_FOR_APPROVAL}


async def test_a_failure_is_retried_after_a_wait_and_given_up_when_it_cannot_help(
    stack: Stack, shop: Shop
) -> None:
    await stack.stock(shop.sold())
    before = len(await stack.targets())
    await stack.outcomes(shop.failed(Platform.SHOPIFY), shop.failed(Platform.EBAY, can_retry=False))
    await stack.sweep()
    assert len(await stack.targets()) == before, "not before its time"
    stack.clock.forward(seconds=31)
    await stack.sweep()
    again = [e.data for e in (await stack.targets())[before:] if isinstance(e.data, ListingTarget)]
    assert [(t.platform, t.version) for t in again] == [(Platform.SHOPIFY, 1)]
    assert states(await last_progress(stack))[Platform.EBAY] is StepState.FAILED


async def test_a_deadline_only_alerts(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    sent = len(await stack.targets())
    stack.clock.forward(seconds=61)
    await stack.sweep()
    assert len(await stack.targets()) == sent
    async with stack.database.bus((shop.tenant,)) as uow:
        rows = await uow.conn.execute_sql("select platform, overdue, state from steps order by platform")
        found = {row.platform: (row.overdue, row.state) for row in rows}
    assert found == {
        "depop": (False, "waiting_for_browser"),
        "ebay": (True, "asked"),
        "shopify": (True, "asked"),
    }


async def test_five_hundred_sales_in_one_batch(stack: Stack) -> None:
    shops = [Shop() for _ in range(500)]
    await stack.stock(*(shop.sold() for shop in shops))
    assert len(await stack.targets()) == 1500
    await stack.outcomes(*(shop.delisted(p) for shop in shops for p in shop.listings))
    assert len(await stack.said("delist.completed")) == 500


async def test_a_poisoned_target_is_set_aside_and_its_neighbours_pass(stack: Stack, shop: Shop) -> None:
    bad = Shop()
    sold = bad.sold()
    target = sold.targets[0].model_copy(update={"platform": Platform.ELSEWHERE})
    poisoned = sold.model_copy(update={"targets": (target,)})
    await run_batch(
        stack.service.routers[0],
        "stock",
        [shop.sold(), poisoned, Shop().sold()],
        stack.database,
        expect_dead=1,
    )
    assert len(await stack.said("delist.progress")) == 2


async def test_an_erased_tenant_is_forgotten_and_replays_of_it_are_dropped(stack: Stack, shop: Shop) -> None:
    sold = shop.sold()
    await stack.stock(sold)
    erased = TenantErased(tenant_id=shop.tenant, erased_at=stack.clock.now)
    await run_batch(stack.service.routers[0], "tenants", [erased], stack.database)
    before = len(await stack.said("delist.progress"))
    await stack.stock(sold)
    await stack.outcomes(shop.delisted(Platform.EBAY))
    assert len(await stack.said("delist.progress")) == before
    async with stack.database.bus((shop.tenant,)) as uow:
        for table in ("steps", "delists", "listings", "early_results", "due_steps"):
            count = await uow.conn.execute_sql(f"select count(*) from {table}")
            assert count.scalar_one() == 0, table


async def test_an_edit_opens_steps_of_no_sale(stack: Stack, shop: Shop) -> None:
    change = shop.changed((shop.target(Platform.EBAY, 4, 2),), cause=StockCause.EDITED)
    await stack.stock(change)
    sent = [e.data for e in await stack.targets() if isinstance(e.data, ListingTarget)]
    assert [(t.quantity, t.order_backed, t.sale_id) for t in sent] == [(2, False, None)]
    assert await stack.said("delist.progress") == []


async def test_another_tenant_sees_nothing(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    async with stack.database.request(uuid4()) as uow:
        assert (await uow.conn.execute_sql("select count(*) from steps")).scalar_one() == 0
