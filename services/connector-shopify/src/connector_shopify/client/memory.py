"""What a client must remember of what it took down; kept by whoever wires it, each call on record when it returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from connector_kit.domain import Account

from connector_shopify.wire.takedowns import OwnSettings, TakenProduct


class Takedowns(Protocol):
    """Settings of sellers that Soldwire changed, until they are given back. Every method may be repeated."""

    async def variant(self, account: Account, variant_id: str) -> OwnSettings | None:
        """A variant's own settings, while it is taken down."""
        ...

    async def remember_variant(self, account: Account, variant_id: str, own: OwnSettings) -> None:
        """Before a variant is taken down. What a take-down set itself is never taken for the seller's own."""
        ...

    async def give_back_variant(self, account: Account, variant_id: str) -> None:
        """Before its settings are given back: from now on it is forgotten as soon as it shows them."""
        ...

    async def forget_variants(self, account: Account, variant_ids: Collection[str], at: datetime) -> None:
        """At that time they showed their seller's settings; one whose take-down may have taken effect since is kept."""
        ...

    async def products(self, account: Account, product_ids: Collection[str]) -> Mapping[str, TakenProduct]:
        """Those of the products that are taken off show."""
        ...

    async def give_back_product(self, account: Account, product_id: str) -> None:
        """As for a variant."""
        ...

    async def account_for(self, account: Account, product_id: str, at: datetime) -> None:
        """What changed up to then of a product that is off show was nothing of its seller's."""
        ...

    async def forget_products(self, account: Account, product_ids: Collection[str], at: datetime) -> None:
        """As for variants; one that was not known to have come off show by then is kept."""
        ...
