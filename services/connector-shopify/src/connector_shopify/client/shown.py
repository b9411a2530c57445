"""Variants as they are told: one whose product Soldwire took off show is told as if it were on show, and hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connector_kit.budget import Lane
from connector_kit.domain import Account, SeenListing

from connector_shopify.client.memory import Takedowns
from connector_shopify.client.products import Products
from connector_shopify.wire.listings import VariantNode, seen_variant
from connector_shopify.wire.takedowns import SoldOut, TakenProduct


class Shown:
    """Tells variants, and forgets take-downs that are over. Raises CallFailed and nothing else."""

    def __init__(self, products: Products, takedowns: Takedowns) -> None:
        self._products = products
        self._takedowns = takedowns

    async def one(
        self, account: Account, node: VariantNode, currency: str, at: datetime, before: Mapping[str, str]
    ) -> SeenListing:
        """A variant read on its own; `before` are its refs as kept: one that was on show and still is asks for nothing."""
        if node.sells_anyway:
            await self._takedowns.forget_variants(account, [node.id])
        was_hidden = bool(before.get("off_show"))
        if node.product.is_in_the_store and not was_hidden:
            return seen_variant(node, currency, at)
        return (await self.several(account, [(node, at)], currency, Lane.LOWER))[0]

    async def several(
        self, account: Account, nodes: Sequence[tuple[VariantNode, datetime]], currency: str, lane: Lane
    ) -> list[SeenListing]:
        """A page of variants, each with when it was asked for."""
        await self._forget_variants(account, [node for node, _ in nodes])
        taken = await self._takedowns.products(account, {node.product.id for node, _ in nodes})
        holds = {product: await self._holds(account, one, nodes, lane) for product, one in taken.items()}
        if over := [product for product, still in holds.items() if not still]:
            await self._takedowns.forget_products(account, over)
        return [
            seen_variant(node, currency, at, hidden=holds.get(node.product.id, False)) for node, at in nodes
        ]

    async def _forget_variants(self, account: Account, nodes: Sequence[VariantNode]) -> None:
        if own := [node.id for node in nodes if node.sells_anyway]:
            await self._takedowns.forget_variants(account, own)

    async def _holds(
        self,
        account: Account,
        taken: TakenProduct,
        nodes: Sequence[tuple[VariantNode, datetime]],
        lane: Lane,
    ) -> bool:
        status = next(node.product.status for node, _ in nodes if node.product.id == taken.product_id)
        if taken.way is not SoldOut.UNPUBLISH:
            return taken.holds(status, frozenset())
        return taken.holds(status, await self._products.publications(account, taken.product_id, lane))
