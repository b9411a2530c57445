"""The connector suite, run by the eBay connector."""

from __future__ import annotations

import json

import pytest
from ebay_stack import VERIFICATION, Stack
from soldwire_contracts.values import Platform
from testkit.connector import Bench, ConnectorSuite
from testkit.samples.ebay import confirmation


class TestEbay(ConnectorSuite):
    @pytest.fixture
    async def bench(self, stack: Stack) -> Bench:
        async def subscribe(endpoint: str) -> object:
            body = {
                "client_id": stack.keys["client_id"],
                "endpoint": endpoint,
                "verification_token": VERIFICATION,
            }
            return await stack.sandbox.post("ebay/destination", body)

        return Bench(
            platform=Platform.EBAY,
            service=stack.service,
            settings=stack.settings,
            sandbox=stack.sandbox,
            url=stack.url,
            seller=stack.seller,
            connect_body={"refresh_token": stack.keys["refresh_token"]},
            subscribe=subscribe,
            webhook_path="/hooks/ebay",
            new_order_topic="ORDER_CONFIRMATION",
            writes=lambda quantity: "bulkUpdatePriceQuantity" if quantity else "withdrawOffer",
            reads="getOffer",
            pages="getOffers",
            republishes="publishOffer",
            refused_status=412,
            tenant=stack.tenant,
        )

    async def test_a_body_that_is_not_what_it_says_is_set_aside(self, connected: Bench) -> None:
        """eBay pushes to one address for all sellers: a body that names none is set aside before it is anyone's."""
        seller = (await connected.sandbox.get(f"ebay/accounts/{connected.seller}"))["seller_id"]
        named = json.loads(confirmation("25-1", "1", user_id=str(seller)))
        del named["notification"]["data"]["order"]
        for body in (named, {"surprise": True}):
            answer = await connected.sandbox.post(
                "webhooks/forge",
                {
                    "platform": "ebay",
                    "account": connected.seller,
                    "uri": connected.url + connected.webhook_path,
                    "topic": connected.new_order_topic,
                    "body": body,
                    "signature": "valid",
                },
            )
            assert answer["status"] == 200
        await connected.webhooks_in(1)
        assert await connected.count("dead_letters") == 2
        assert await connected.sales() == []
