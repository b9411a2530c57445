"""What every connector does with sales: once each, by every door, and nothing of a forger's."""

from __future__ import annotations

from soldwire_contracts.values import SyncScope

from testkit.connector.bench import Bench
from testkit.sandbox import Json


class SalesSuite:
    """Sales by webhook, poll and sync."""

    async def test_the_same_webhook_ten_times_is_one_sale(self, connected: Bench) -> None:
        await connected.subscribe(connected.url + connected.webhook_path)
        await connected.sandbox.listing(connected.platform, connected.seller, "TEN-1", quantity=2)
        await connected.sandbox.sell(connected.platform, connected.seller, "TEN-1", duplicates=10)
        await connected.delivered(10)
        assert [sale.topic for sale in await connected.sales()] == ["sale.detected"]
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

    async def test_an_account_that_left_and_came_back_is_the_same_and_no_sale_is_lost_or_doubled(
        self, connected: Bench
    ) -> None:
        await connected.subscribe(connected.url + connected.webhook_path)
        listing, _ = await connected.stocked("BACK-1", 3)
        await connected.sandbox.sell(connected.platform, connected.seller, "BACK-1")
        await connected.webhooks_in(1)
        account = connected.account
        await connected.disconnect()
        await connected.sandbox.sell(connected.platform, connected.seller, "BACK-1")  # not told to us
        await connected.turn("webhooks", "polls")
        assert await connected.count("sale_lines") == 1, "nobody reads an account that left"
        await connected.connect()
        assert connected.account == account
        await connected.turn("polls")
        had = await connected.count("raw_webhooks")
        await connected.sandbox.sell(connected.platform, connected.seller, "BACK-1")
        await connected.webhooks_in(had + 1)
        await connected.sync(SyncScope.EVERYTHING)
        sales = await connected.sales()
        assert len({sale.sale_id for sale in sales}) == 3 == await connected.count("sale_lines")
        assert {sale.listing_id for sale in sales} == {listing}
        assert [sale.topic for sale in sales].count("sale.detected") == 3
        assert await connected.count("listings") == 1

    async def test_a_forged_or_unsigned_webhook_leaves_nothing(self, connected: Bench) -> None:
        for signature in ("wrong", "missing"):
            answer = await self._forge(connected, {"id": 1}, signature)
            assert answer["status"] == connected.refused_status
        assert await connected.count("raw_webhooks") == 0

    async def test_a_body_that_is_not_what_it_says_is_set_aside_and_its_neighbour_passes(
        self, connected: Bench
    ) -> None:
        await connected.subscribe(connected.url + connected.webhook_path)
        await connected.sandbox.listing(connected.platform, connected.seller, "NEXT-1")
        answer = await self._forge(connected, {"surprise": True}, "valid")
        assert 200 <= answer["status"] < 300
        await connected.sandbox.sell(connected.platform, connected.seller, "NEXT-1")
        await connected.delivered(1)
        assert await connected.count("dead_letters") == 1
        assert len(await connected.sales()) == 1

    async def _forge(self, bench: Bench, body: Json, signature: str) -> Json:
        forged: Json = {
            "platform": bench.platform,
            "account": bench.seller,
            "uri": bench.url + bench.webhook_path,
            "topic": bench.new_order_topic,
            "body": body,
            "signature": signature,
        }
        return await bench.sandbox.post("webhooks/forge", forged)
