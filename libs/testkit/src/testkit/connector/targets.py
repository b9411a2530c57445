"""What every connector does with targets: lowers, raises with leave only, calls no more than it must."""

from __future__ import annotations

import asyncio

from soldwire_contracts.listings import ListingObserved, ListingReached
from soldwire_contracts.values import SyncScope, TargetCause

from testkit.connector.bench import Bench


class TargetsSuite:
    """A listing brought to its target and read back."""

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

    async def test_a_page_read_before_a_change_and_told_after_it_changes_nothing(
        self, connected: Bench
    ) -> None:
        """A sync reads 3, the listing is lowered to 2 and read back, then the page arrives."""
        listing, foreign = await connected.stocked("PAGE-1", 3)
        said = len(await connected.said("listing.observed"))
        await connected.sandbox.fault(connected.platform, connected.pages, "latency", ms=1300)
        syncing = asyncio.create_task(connected.sync(SyncScope.ARTICLES))
        await asyncio.sleep(0.75)
        await connected.take("targets", connected.target(listing, 1, 2))
        await connected.settled()
        await syncing
        (page,) = [call for call in await connected.sandbox.calls(operation=connected.pages) if call["fault"]]
        (change,) = await connected.changes(foreign)
        assert page["monotonic"] < change["monotonic"] < page["monotonic"] + page["ms"] / 1000
        observed = [e.data for e in (await connected.said("listing.observed"))[said:]]
        assert [seen.quantity for seen in observed if isinstance(seen, ListingObserved)] in ([], [2])
        assert await connected.count("listings where quantity = 2") == 1

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

    async def test_a_target_missed_while_disconnected_is_met_after_connecting_again(
        self, connected: Bench
    ) -> None:
        """Its failure told the seller to connect the account again; nobody should have to press Retry as well."""
        listing, foreign = await connected.stocked("AWAY-1", 1)
        await connected.disconnect()
        await connected.take("targets", connected.target(listing, 1, 0))
        (missed,) = await connected.settled()
        assert missed.topic == "listing.failed"
        await connected.connect()
        reached = (await connected.settled(2))[-1]
        assert reached.topic == "listing.delisted"
        assert not (await connected.sandbox.shown(foreign))["buyable"]
