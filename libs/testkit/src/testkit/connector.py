"""The connector suite: what every marketplace's connector must do, against the sandbox and real PostgreSQL.

A connector's tests subclass `ConnectorSuite` and give it a `bench` fixture; nothing else is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from kit.ids import new_id
from kit.service import Service
from kit.settings import ServiceSettings
from kit.tokens import Caller, sign
from soldwire_contracts import Event, Fact
from soldwire_contracts.listings import ListingObserved, ListingReached, ListingTarget
from soldwire_contracts.sales import SaleState
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope, TargetCause

from testkit.bus import emitted, run_batch
from testkit.sandbox import Json, Sandbox

_OUTCOMES = ("listing.delisted", "listing.adjusted", "listing.relisted", "listing.failed")


@dataclass
class Bench:
    """One connector, its HTTP on a real port, one seller of a sandbox. Jobs turn when told to."""

    platform: Platform
    service: Service
    settings: ServiceSettings
    sandbox: Sandbox
    url: str
    seller: str
    connect_body: Json
    subscribe: Callable[[str], Awaitable[object]]
    """Make the marketplace send its notifications to this connector's address."""
    webhook_path: str
    new_order_topic: str | None
    writes: Callable[[int], str]
    """The sandbox's operation that sets a listing to a quantity."""
    reads: str
    """The sandbox's operation that reads a listing back."""
    refused_status: int = 401
    tenant: UUID = field(default_factory=uuid4)
    account: UUID = field(default_factory=uuid4)
    article: UUID = field(default_factory=uuid4)

    @property
    def caller(self) -> dict[str, str]:
        caller = Caller(self.tenant, uuid4(), "seller")
        return {"Authorization": f"Bearer {sign(self.settings, caller, audience=self.service.name)}"}

    async def connect(self) -> None:
        """Connect the seller through the connector's own door."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as http:
            answer = await http.post("/v1/accounts", json=self.connect_body, headers=self.caller)
        assert answer.status_code in (200, 201), answer.text
        self.account = UUID(answer.json()["account_id"])

    async def turn(self, *names: str) -> None:
        """Let the named jobs take one turn."""
        for job in self.service.jobs:
            if job.name in names:
                await job.run()

    async def take(self, subscriber: str, *facts: Fact) -> None:
        await run_batch(self.service.routers[0], subscriber, facts, self.service.database)

    async def said(self, *topics: str) -> list[Event[Fact]]:
        return await emitted(self.service.database, *topics)

    async def count(self, table: str) -> int:
        async with self.service.database.bus([self.tenant]) as uow:
            rows = await uow.conn.exec_driver_sql(f"select count(*) from {table}")
            return int(rows.scalar_one())

    async def execute(self, statement: str) -> None:
        async with self.service.database.bus([self.tenant]) as uow:
            await uow.conn.exec_driver_sql(statement)

    async def sync(self, scope: SyncScope = SyncScope.EVERYTHING) -> UUID:
        """A run, asked for and carried out."""
        run = new_id()
        asked = SyncRequested(
            tenant_id=self.tenant,
            platform=self.platform,
            account_id=self.account,
            run_id=run,
            revision=1,
            scope=scope,
            desired=RunState.RUNNING,
            requested_at=datetime.now(UTC),
        )
        await self.take("runs", asked)
        await self.turn("runs")
        return run

    async def stocked(self, sku: str, quantity: int) -> tuple[UUID, str]:
        """An article for sale and seen: our listing id and the marketplace's."""
        made = await self.sandbox.listing(self.platform, self.seller, sku, quantity=quantity)
        await self.sync(SyncScope.ARTICLES)
        seen = [e.data for e in await self.said("listing.observed") if isinstance(e.data, ListingObserved)]
        return next(fact.listing_id for fact in seen if fact.sku == sku), str(made["listing"])

    def target(self, listing: UUID, version: int, quantity: int, **more: object) -> ListingTarget:
        now = datetime.now(UTC)
        values: dict[str, object] = {
            "tenant_id": self.tenant,
            "platform": self.platform,
            "account_id": self.account,
            "listing_id": listing,
            "article_id": self.article,
            "version": version,
            "quantity": quantity,
            "cause": TargetCause.SALE,
            "requested_at": now,
            "deadline": now + timedelta(minutes=1),
        }
        return ListingTarget.model_validate(values | more)

    async def outcomes(self) -> list[Fact]:
        return [event.data for event in await self.said(*_OUTCOMES)]

    async def settled(self, count: int = 1, within: float = 15.0) -> list[Fact]:
        """Turn the executor until so many outcomes were said."""
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            await self.turn("intents")
            found = await self.outcomes()
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{count} outcomes expected, {await self.outcomes()} said")

    async def changes(self, listing: str, least: int = 1, within: float = 8.0) -> list[Json]:
        """The calls that changed this listing; waits for `least`, for a call is on record when it has ended."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            calls = await self.sandbox.calls(platform=self.platform, account=self.seller, changed="true")
            found = [call for call in calls if any(e["listing"] == listing for e in call["effects"])]
            if len(found) >= least or asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(0.1)

    async def sales(self) -> list[SaleState]:
        said = await self.said("sale.detected", "sale.updated", "sale.cancelled", "sale.refunded")
        return [event.data for event in said if isinstance(event.data, SaleState)]

    async def webhooks_in(self, least: int, within: float = 10.0) -> None:
        """Wait until so many notifications are stored, then map them."""
        deadline = asyncio.get_running_loop().time() + within
        while await self.count("raw_webhooks") < least and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        assert await self.count("raw_webhooks") >= least
        await asyncio.sleep(0.1)
        await self.turn("webhooks")


class ConnectorSuite:
    """Subclass it in a connector's tests and define the `bench` fixture, connected or not; the suite connects."""

    @pytest.fixture
    async def bench(self) -> Bench:
        raise NotImplementedError("a connector's suite defines its bench")

    @pytest.fixture
    async def connected(self, bench: Bench) -> Bench:
        await bench.connect()
        return bench

    # Sales

    async def test_the_same_webhook_ten_times_is_one_sale(self, connected: Bench) -> None:
        await connected.subscribe(connected.url + connected.webhook_path)
        await connected.sandbox.listing(connected.platform, connected.seller, "TEN-1", quantity=2)
        await connected.sandbox.sell(connected.platform, connected.seller, "TEN-1", duplicates=10)
        await connected.webhooks_in(1)
        detected = [event.data for event in await connected.said("sale.detected")]
        assert len(detected) == 1
        assert await connected.count("sale_lines") == 1

    async def test_webhook_poll_and_sync_of_one_order_are_one_sale(self, connected: Bench) -> None:
        await connected.subscribe(connected.url + connected.webhook_path)
        await connected.sandbox.listing(connected.platform, connected.seller, "DOOR-1", quantity=2)
        await connected.sandbox.sell(connected.platform, connected.seller, "DOOR-1")
        await connected.webhooks_in(1)
        before = await connected.sales()
        await connected.execute("update due_polls set due_at = now()")
        await connected.turn("polls")
        await connected.sync(SyncScope.SALES)
        after = await connected.sales()
        assert [sale.revision for sale in after] == list(range(1, len(after) + 1))
        assert after == before, "poll and sync say nothing that the webhook had not said"
        assert await connected.count("sale_lines") == 1

    async def test_a_sale_whose_webhook_was_lost_is_polled(self, connected: Bench) -> None:
        await connected.sandbox.listing(connected.platform, connected.seller, "LOST-1")
        await connected.sandbox.sell(connected.platform, connected.seller, "LOST-1", deliver_webhook=False)
        await connected.execute("update due_polls set due_at = now()")
        await connected.turn("polls")
        assert [sale.found_by for sale in await connected.sales()] == ["poll"]

    async def test_a_forged_or_unsigned_webhook_leaves_nothing(self, connected: Bench) -> None:
        for signature in ("wrong", "missing"):
            answer = await connected.sandbox.post(
                "webhooks/forge",
                {
                    "platform": connected.platform,
                    "account": connected.seller,
                    "uri": connected.url + connected.webhook_path,
                    "topic": connected.new_order_topic,
                    "body": {"id": 1},
                    "signature": signature,
                },
            )
            assert answer["status"] == connected.refused_status
        assert await connected.count("raw_webhooks") == 0

    async def test_a_body_that_is_not_what_it_says_is_set_aside(self, connected: Bench) -> None:
        answer = await connected.sandbox.post(
            "webhooks/forge",
            {
                "platform": connected.platform,
                "account": connected.seller,
                "uri": connected.url + connected.webhook_path,
                "topic": connected.new_order_topic,
                "body": {"surprise": True},
                "signature": "valid",
            },
        )
        assert 200 <= answer["status"] < 300
        await connected.webhooks_in(1)
        assert await connected.count("dead_letters") == 1
        assert await connected.sales() == []

    # Lowering

    async def test_the_last_unit_is_delisted_and_read_back(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("LAST-1", 1)
        await connected.take("targets", connected.target(listing, 1, 0))
        (outcome,) = await connected.settled()
        assert isinstance(outcome, ListingReached)
        assert outcome.topic == "listing.delisted"
        assert outcome.ended_by_us
        assert not outcome.evidence.buyable
        assert not (await connected.sandbox.shown(foreign))["buyable"]
        assert len(await connected.changes(foreign)) == 1

    async def test_selling_one_of_three_lowers_to_two(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("THREE-1", 3)
        await connected.take("targets", connected.target(listing, 1, 2))
        (outcome,) = await connected.settled()
        assert outcome.topic == "listing.adjusted"
        assert (await connected.sandbox.shown(foreign))["quantity"] == 2

    async def test_what_is_lower_already_is_left_and_orders_are_read(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("LOWER-1", 3)
        await connected.sandbox.sell(connected.platform, connected.seller, "LOWER-1", deliver_webhook=False)
        await connected.sandbox.sell(connected.platform, connected.seller, "LOWER-1", deliver_webhook=False)
        await connected.take("targets", connected.target(listing, 1, 2))
        (outcome,) = await connected.settled()
        assert outcome.topic == "listing.adjusted"
        assert (await connected.sandbox.shown(foreign))["quantity"] == 1
        await connected.turn("polls")
        assert len({sale.order_id for sale in await connected.sales()}) == 2

    async def test_the_same_target_again_calls_no_more(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("AGAIN-1", 1)
        target = connected.target(listing, 1, 0)
        await connected.take("targets", target)
        await connected.settled()
        await connected.take("targets", target)
        await connected.turn("intents")
        assert len(await connected.changes(foreign)) == 1
        assert len(await connected.outcomes()) == 1

    # Raising

    async def test_a_raise_needs_leave_and_the_last_applied_target(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("RAISE-1", 2)
        await connected.take("targets", connected.target(listing, 1, 1))
        await connected.settled(1)
        await connected.take("targets", connected.target(listing, 2, 2))
        kept = (await connected.settled(2))[-1]
        assert kept.topic == "listing.adjusted"
        assert (await connected.sandbox.shown(foreign))["quantity"] == 1
        raising = connected.target(listing, 3, 2, may_raise=True, cause=TargetCause.RELEASE)
        await connected.take("targets", raising)
        raised = (await connected.settled(3))[-1]
        assert raised.topic == "listing.relisted"
        assert (await connected.sandbox.shown(foreign))["quantity"] == 2

    async def test_a_raise_is_refused_when_the_listing_has_moved(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("MOVED-1", 3)
        await connected.take("targets", connected.target(listing, 1, 2))
        await connected.settled(1)
        await connected.sandbox.sell(connected.platform, connected.seller, "MOVED-1", deliver_webhook=False)
        raising = connected.target(listing, 2, 3, may_raise=True, cause=TargetCause.EDIT)
        await connected.take("targets", raising)
        failed = (await connected.settled(2))[-1]
        assert failed.topic == "listing.failed"
        assert (await connected.sandbox.shown(foreign))["quantity"] == 1

    # When the marketplace misbehaves

    async def _one_change_despite(self, bench: Bench, mode: str, **fault: object) -> None:
        listing, foreign = await bench.stocked("FAULT-1", 1)
        await bench.sandbox.fault(bench.platform, bench.writes(0), mode, **fault)
        await bench.take("targets", bench.target(listing, 1, 0))
        (outcome,) = await bench.settled()
        assert outcome.topic == "listing.delisted"
        assert not (await bench.sandbox.shown(foreign))["buyable"]
        assert len(await bench.changes(foreign)) == 1

    async def test_a_lost_reply_is_read_not_repeated(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "lose_reply")

    async def test_a_timeout_after_the_effect_is_read_not_repeated(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "timeout_after_effect", seconds=3)

    async def test_a_timeout_before_the_effect_is_read_and_lowered_again(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "timeout_before_effect", seconds=3)

    async def test_garbage_is_ambiguous(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "garbage_200", effect=True)

    async def test_a_500_is_ambiguous(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "status", status=500)

    async def test_a_throttled_call_waits(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "throttle", retry_after=1)

    async def test_a_change_that_shows_late_is_waited_for(self, connected: Bench) -> None:
        await self._one_change_despite(connected, "effect_delayed", seconds=0.7)

    async def test_a_stale_comparison_is_read_again(self, connected: Bench) -> None:
        """What was seen last is no longer so: the target is reached nevertheless, never passed."""
        listing, foreign = await connected.stocked("STALE-1", 3)
        await connected.sandbox.sell(connected.platform, connected.seller, "STALE-1", deliver_webhook=False)
        await connected.take("targets", connected.target(listing, 1, 1))
        (outcome,) = await connected.settled()
        assert outcome.topic == "listing.adjusted"
        assert (await connected.sandbox.shown(foreign))["quantity"] == 1

    async def test_a_newer_version_while_calling_wins(self, connected: Bench) -> None:
        listing, foreign = await connected.stocked("NEWER-1", 3)
        await connected.sandbox.fault(connected.platform, connected.writes(2), "latency", ms=600)
        await connected.take("targets", connected.target(listing, 1, 2))
        calling = asyncio.create_task(connected.turn("intents"))
        await asyncio.sleep(0.3)
        await connected.take("targets", connected.target(listing, 2, 1))
        await calling
        outcome = (await connected.settled(1))[-1]
        assert isinstance(outcome, ListingReached)
        assert outcome.version == 2
        assert (await connected.sandbox.shown(foreign))["quantity"] == 1

    async def test_a_crash_between_call_and_record_is_read_first(self, connected: Bench) -> None:
        """The process dies after the call took effect: whoever takes over finds `calling` and reads."""
        listing, foreign = await connected.stocked("CRASH-1", 1)
        await connected.sandbox.fault(
            connected.platform, connected.writes(0), "timeout_after_effect", seconds=3
        )
        await connected.take("targets", connected.target(listing, 1, 0))
        working = asyncio.create_task(connected.turn("intents"))
        await asyncio.sleep(0.5)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert await connected.outcomes() == []
        await connected.execute("update due_intents set lease_until = now() - interval '1 second'")
        (outcome,) = await connected.settled()
        assert outcome.topic == "listing.delisted"
        assert len(await connected.changes(foreign)) == 1
