"""Variants as they are told: one whose product Soldwire took off show is told as if it were on show, and hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector_kit.budget import Lane
from connector_kit.domain import Account, SeenListing
from connector_kit.errors import DENIED, CallFailed

from connector_shopify.client.memory import Takedowns
from connector_shopify.client.products import Products
from connector_shopify.wire.listings import VariantNode, seen_variant
from connector_shopify.wire.takedowns import ON_SHOW, Changed, SoldOut, TakenProduct

_NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Told:
    """A product as its variants in hand tell it, and when they were asked for."""

    at: datetime
    status: str
    changed: Changed | None


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
        off_show = await self._off_show(account, taken, nodes, lane)
        if over := [product for product, status in off_show.items() if not status]:
            await self._takedowns.forget_products(account, over, oldest)
        return [_seen(node, currency, at, off_show, taken) for node, at in nodes]

    async def _forget_variants(self, account: Account, nodes: Sequence[VariantNode], at: datetime) -> None:
        if own := [node.id for node in nodes if node.sells_anyway]:
            await self._takedowns.forget_variants(account, own, at)

    async def _off_show(
        self,
        account: Account,
        taken: Mapping[str, TakenProduct],
        nodes: Sequence[tuple[VariantNode, datetime]],
        lane: Lane,
    ) -> dict[str, str]:
        """The status each product shows while it is off show; "" when it is its seller's again."""
        told = {product: _told(product, nodes) for product in taken}
        asked = [
            product
            for product, one in taken.items()
            if one.way is SoldOut.UNPUBLISH
            and told[product].status in ON_SHOW
            and not one.came_off_after(told[product].at)
        ]
        published = await self._publications(account, asked, lane) if asked else {}
        return {
            product: await self._status(account, one, told[product], published.get(product, _NOWHERE), lane)
            for product, one in taken.items()
        }

    async def _status(
        self, account: Account, taken: TakenProduct, told: _Told, published: frozenset[str], lane: Lane
    ) -> str:
        if taken.came_off_after(told.at):
            return taken.shows_as
        ours = taken.holds(told.status, published) and await self._is_ours(account, taken, told.changed, lane)
        return told.status.lower() if ours else ""

    async def _is_ours(
        self, account: Account, taken: TakenProduct, changed: Changed | None, lane: Lane
    ) -> bool:
        """Whether what looks like it was set was: what changed since is asked of the whole product before it is its seller's."""
        if taken.accounts_for(changed):
            return True
        whole = await self._products.read(account, taken.product_id, publications=False, lane=lane)
        if whole is None or whole.changed is None or not taken.accounts_for(whole.changed):
            return False
        await self._takedowns.account_for(account, taken.product_id, whole.changed.product_at)
        return True

    async def _publications(
        self, account: Account, product_ids: Sequence[str], lane: Lane
    ) -> Mapping[str, frozenset[str]]:
        """Where they may not be seen any more, none is: one product must not keep a shop from being read."""
        try:
            return await self._products.publications_of(account, product_ids, lane)
        except CallFailed as failed:
            if failed.problem.code != DENIED.code:
                raise
            return {}


def _told(product_id: str, nodes: Sequence[tuple[VariantNode, datetime]]) -> _Told:
    """What the newest of its variants tells of it, and when anything of what all of them show was changed."""
    mine = [(at, node) for node, at in nodes if node.product.id == product_id]
    at, status = max((at, node.product.status) for at, node in mine)
    product_at = max((node.product.updated_at for _, node in mine if node.product.updated_at), default=None)
    stock_at = max((node.changed_at for _, node in mine if node.changed_at), default=None)
    return _Told(at, status, Changed(product_at, stock_at) if product_at else None)


def _seen(
    node: VariantNode,
    currency: str,
    at: datetime,
    off_show: Mapping[str, str],
    taken: Mapping[str, TakenProduct],
) -> SeenListing:
    product = node.product.id
    known_at = taken[product].known_at if off_show.get(product) else None
    return seen_variant(node, currency, at, off_show=off_show.get(product, ""), known_at=known_at)
