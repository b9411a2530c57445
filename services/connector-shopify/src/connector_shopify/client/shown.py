"""Variants as they are told: one whose product Soldwire took off show is told as if it were on show, and hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connector_kit.budget import Lane
from connector_kit.domain import Account, SeenListing
from connector_kit.errors import DENIED, CallFailed

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
            await self._takedowns.forget_variants(account, [node.id], at)
        was_hidden = bool(before.get("off_show"))
        if node.product.is_in_the_store and not was_hidden:
            return seen_variant(node, currency, at)
        return (await self.several(account, [(node, at)], currency, Lane.LOWER))[0]

    async def several(
        self, account: Account, nodes: Sequence[tuple[VariantNode, datetime]], currency: str, lane: Lane
    ) -> list[SeenListing]:
        """Some variants, each with when it was asked for, which in bulk may be long ago."""
        if not nodes:
            return []
        oldest = min(at for _, at in nodes)
        await self._forget_variants(account, [node for node, _ in nodes], oldest)
        taken = await self._takedowns.products(account, {node.product.id for node, _ in nodes})
        off_show = {
            product: await self._off_show(account, one, nodes, lane) for product, one in taken.items()
        }
        if over := [product for product, status in off_show.items() if not status]:
            await self._takedowns.forget_products(account, over, oldest)
        return [
            seen_variant(node, currency, at, off_show=off_show.get(node.product.id, "")) for node, at in nodes
        ]

    async def _forget_variants(self, account: Account, nodes: Sequence[VariantNode], at: datetime) -> None:
        if own := [node.id for node in nodes if node.sells_anyway]:
            await self._takedowns.forget_variants(account, own, at)

    async def _off_show(
        self,
        account: Account,
        taken: TakenProduct,
        nodes: Sequence[tuple[VariantNode, datetime]],
        lane: Lane,
    ) -> str:
        """The status it shows while it is off show; "" when it is its seller's again."""
        mine = [(at, node.product.status) for node, at in nodes if node.product.id == taken.product_id]
        at, status = max(mine)
        if taken.came_off_after(at):
            return taken.shows_as
        published: frozenset[str] = frozenset()
        if taken.way is SoldOut.UNPUBLISH:
            published = await self._publications(account, taken.product_id, lane)
        return status.lower() if taken.holds(status, published) else ""

    async def _publications(self, account: Account, product_id: str, lane: Lane) -> frozenset[str]:
        """Where they may not be seen any more, none is: one product must not keep a shop from being read."""
        try:
            return await self._products.publications(account, product_id, lane)
        except CallFailed as failed:
            if failed.problem.code != DENIED.code:
                raise
            return frozenset()
