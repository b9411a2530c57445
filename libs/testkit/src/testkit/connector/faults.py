"""What every connector does when its marketplace misbehaves: one change in the end, never two."""

from __future__ import annotations

import asyncio

from soldwire_contracts.listings import ListingReached
from soldwire_contracts.values import TargetCause

from testkit.connector.bench import Bench


class FaultsSuite:
    """Lost replies, time-outs, garbage, throttling, late effects, newer versions and a crash."""

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

    async def test_a_raise_that_takes_effect_late_under_a_newer_delist_is_taken_down_again(
        self, connected: Bench
    ) -> None:
        """The raise is answered and not shown; the delist that overtakes it finds nothing for sale, then it is."""
        listing, foreign = await connected.stocked("UNDER-1", 1)
        await connected.take("targets", connected.target(listing, 1, 0))
        await connected.settled(1)
        raises = connected.republishes or connected.writes(1)
        await connected.sandbox.fault(connected.platform, raises, "effect_delayed", seconds=0.7)
        raising = connected.target(listing, 2, 1, may_raise=True, cause=TargetCause.RELEASE)
        await connected.take("targets", raising)
        async with asyncio.timeout(10):
            while not await self._struck(connected):
                await connected.turn("intents")
        assert not (await connected.sandbox.shown(foreign))["buyable"]
        await connected.take("targets", connected.target(listing, 3, 0))
        (_, delisted) = await connected.settled(2)
        assert isinstance(delisted, ListingReached)
        assert (delisted.topic, delisted.version) == ("listing.delisted", 3)
        await self._until_buyable(connected, foreign)
        async with asyncio.timeout(10):
            while (await connected.sandbox.shown(foreign))["buyable"]:
                await connected.turn("intents")
                await asyncio.sleep(0.05)
        await self._settled(connected)
        assert not (await connected.sandbox.shown(foreign))["buyable"]
        assert len(await connected.changes(foreign, least=3)) == 3

    async def _struck(self, bench: Bench) -> bool:
        return any(fault["struck"] for fault in (await bench.sandbox.get("faults"))["faults"])

    async def _until_buyable(self, bench: Bench, foreign: str) -> None:
        async with asyncio.timeout(10):
            while not (await bench.sandbox.shown(foreign))["buyable"]:
                await asyncio.sleep(0.02)

    async def _settled(self, bench: Bench) -> None:
        """Until nothing is due and nothing in doubt."""
        async with asyncio.timeout(15):
            while await bench.count("intents where state <> 'reached'"):
                await bench.turn("intents")
                await asyncio.sleep(0.05)

    async def test_a_newer_version_while_reading_wins_at_once(self, connected: Bench) -> None:
        """The lease on the older one does not keep it waiting."""
        listing, foreign = await connected.stocked("NEWER-2", 3)
        await connected.sandbox.sell(connected.platform, connected.seller, "NEWER-2", deliver_webhook=False)
        # The first comparison is stale, or its answer garbage without effect: either way a read and a second call follow.
        await connected.sandbox.fault(connected.platform, connected.writes(1), "garbage_200", effect=False)
        await connected.sandbox.fault(connected.platform, connected.reads, "latency", ms=600)
        await connected.take("targets", connected.target(listing, 1, 1))
        reading = asyncio.create_task(connected.turn("intents"))
        await asyncio.sleep(0.4)
        await connected.take("targets", connected.target(listing, 2, 0))
        await reading
        outcome = (await connected.settled(1, within=4))[-1]
        assert isinstance(outcome, ListingReached)
        assert outcome.version == 2
        assert not (await connected.sandbox.shown(foreign))["buyable"]

    async def test_a_lease_is_kept_as_long_as_its_worker_lives(self, connected: Bench) -> None:
        """Then it runs out soon: what a killed process held is not left for long."""
        listing, foreign = await connected.stocked("KEPT-1", 1)
        await connected.sandbox.fault(connected.platform, connected.writes(0), "latency", ms=800)
        await connected.take("targets", connected.target(listing, 1, 0))
        working = asyncio.create_task(connected.turn("intents"))
        await asyncio.sleep(0.3)
        await connected.execute("update due_intents set lease_until = now() + interval '500 milliseconds'")
        await connected.turn("leases")
        await self._leased(connected, for_more_than=4)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await connected.execute("update due_intents set lease_until = now() - interval '1 second'")
        await connected.turn("leases")
        (outcome,) = await connected.settled()
        assert outcome.topic == "listing.delisted"
        assert len(await connected.changes(foreign)) == 1

    async def _leased(self, bench: Bench, *, for_more_than: int) -> None:
        async with bench.service.database.bus([bench.tenant]) as uow:
            rows = await uow.conn.execute_sql(
                f"select count(*) from due_intents where lease_until > now() + interval '{for_more_than} seconds'"
            )
            assert rows.scalar_one() == 1

    async def test_what_a_process_has_in_hand_it_takes_up_no_second_time_when_it_stood_still(
        self, connected: Bench
    ) -> None:
        """Frozen for longer than its leases last, it looks for work before it has kept them again."""
        listing, _ = await connected.stocked("STILL-1", 1)
        await connected.sandbox.fault(connected.platform, connected.writes(0), "latency", ms=2500)
        await connected.take("targets", connected.target(listing, 1, 0))
        working = asyncio.create_task(connected.turn("intents"))
        while not await connected.count("intents where state = 'calling'"):
            await asyncio.sleep(0.02)
        await connected.execute("update due_intents set lease_until = now() - interval '1 second'")
        await working
        calls = await connected.sandbox.calls(platform=connected.platform, account=connected.seller)
        assert [call["operation"] for call in calls].count(connected.writes(0)) == 1

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
