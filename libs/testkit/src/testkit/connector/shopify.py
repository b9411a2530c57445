"""A Shopify connector beside a sandbox: the same for its own tests and for those that cross services."""

from __future__ import annotations

import base64

from kit.service import Service
from kit.settings import ServiceSettings
from soldwire_contracts.values import Platform

from testkit.connector.bench import Bench
from testkit.sandbox import Json, Sandbox

SEAL_KEYS = f"k1:{base64.b64encode(b'k' * 32).decode()}"
"""What tokens are sealed with in tests."""


def shopify_bench(
    service: Service,
    settings: ServiceSettings,
    sandbox: Sandbox,
    url: str,
    shop: str,
    connect_body: Json | None = None,
) -> Bench:
    """The bench of one of the sandbox's shops; `url` is where the connector's HTTP is, `connect_body` what connects the shop."""
    return Bench(
        platform=Platform.SHOPIFY,
        service=service,
        settings=settings,
        sandbox=sandbox,
        url=url,
        seller=shop,
        connect_body=connect_body or {},
        subscribe=lambda uri: sandbox.post("shopify/subscriptions", {"account": shop, "uri": uri}),
        webhook_path="/hooks/shopify",
        new_order_topic="orders/create",
        writes=lambda _: "inventorySetQuantities",
        reads="productVariant",
        pages="productVariants",
    )
