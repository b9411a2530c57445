"""Shopify as the connector kit drives it: read a variant, set its stock, read orders, read all variants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from connector_kit.budget import Lane
from connector_kit.domain import Account, Call, Listing, SeenListing, Traits
from connector_kit.marketplace import ListingsPage, OrdersPage
from kit.clock import Clock, utc_now

from connector_shopify.client.articles import Articles
from connector_shopify.client.bulk import Bulk
from connector_shopify.client.changes import Changes
from connector_shopify.client.http import Admin
from connector_shopify.client.memory import Takedowns
from connector_shopify.client.orders import Orders
from connector_shopify.client.pages import Pages
from connector_shopify.client.products import Products
from connector_shopify.client.shown import Shown
from connector_shopify.wire.graphql import Connection, PageInfo
from connector_shopify.wire.listings import (
    ItemVariantData,
    Level,
    LevelsData,
    VariantData,
    VariantNode,
    gone_listing,
)

_LEVELS = 10
_MORE_LEVELS = 200


class ShopifyMarketplace:
    """Implements connector_kit.marketplace.Marketplace and ReadsChanges; every method raises CallFailed and nothing else."""

    platform = "shopify"

    def __init__(
        self,
        admin: Admin,
        takedowns: Takedowns,
        settle: timedelta,
        clock: Clock = utc_now,
        *,
        bulk_after: float = 60.0,
    ) -> None:
        """`bulk_after`: seconds that reading all variants in pages may take; where it takes longer, bulk is the way."""
        self._admin = admin
        self._orders = Orders(admin, clock)
        self._clock = clock
        self._shown = Shown(Products(admin), takedowns)
        bulk = Bulk(admin, self._shown, clock)
        pages = Pages(admin, self._shown, self._alone, clock)
        self._articles = Articles(admin, bulk, bulk_after, pages)
        self._changes = Changes(admin, self._seen, takedowns, clock)
        self.traits = Traits(compare_and_set=True, settle=settle, ends_at_zero=False)

    async def read_listing(self, account: Account, listing: Listing) -> SeenListing:
        """The variant as the shop shows it now, by its id, or by its inventory item's when only that is known."""
        return await self._seen(account, listing, Lane.LOWER) or gone_listing(listing.aliases, self._clock())

    async def _seen(self, account: Account, listing: Listing, lane: Lane) -> SeenListing | None:
        """Seen at the moment of asking: what changes while the answer travels is newer."""
        asked = self._clock()
        node, currency = await self._node(account, listing, _LEVELS, lane)
        if node is None:
            return None
        whole = await self._with_all_levels(account, node, lane)
        return await self._shown.one(account, whole, currency, asked, listing.refs)

    async def _with_all_levels(self, account: Account, node: VariantNode, lane: Lane) -> VariantNode:
        """Stock at whatever number of locations: one that is not seen may be bought from."""
        item, cursor = node.inventory_item, node.inventory_item.inventory_levels.cursor
        levels: list[Level] = list(item.inventory_levels.nodes)
        while cursor is not None:
            wanted = {"id": f"gid://shopify/InventoryItem/{item.id}", "levels": _MORE_LEVELS, "after": cursor}
            found = (await self._admin.read(account, "Levels", wanted, LevelsData, lane)).inventory_item
            levels += found.inventory_levels.nodes if found else ()
            cursor = found.inventory_levels.cursor if found else None
        every = Connection[Level](nodes=tuple(levels), page_info=PageInfo(has_next_page=False))
        return node.model_copy(update={"inventory_item": item.model_copy(update={"inventory_levels": every})})

    async def _node(
        self, account: Account, listing: Listing, levels: int, lane: Lane
    ) -> tuple[VariantNode | None, str]:
        variant = _variant_id(listing)
        if variant is not None:
            wanted = {"id": f"gid://shopify/ProductVariant/{variant}", "levels": levels}
            found = await self._admin.read(account, "Variant", wanted, VariantData, lane)
            return found.product_variant, found.shop.currency_code
        wanted = {"id": f"gid://shopify/InventoryItem/{listing.alias('item')}", "levels": levels}
        by_item = await self._admin.read(account, "ItemVariant", wanted, ItemVariantData, lane)
        item = by_item.inventory_item
        return item.variant if item else None, by_item.shop.currency_code

    async def set_quantity(self, account: Account, listing: Listing, call: Call) -> None:
        """Set the stock where the variant is, and of its settings what lets it sell without any, in one request."""
        await self._changes.set_quantity(account, listing, call)

    async def read_orders(self, account: Account, order_ids: Sequence[str]) -> OrdersPage:
        """The named orders, whole."""
        return await self._orders.by_ids(account, order_ids)

    def orders_changed_since(
        self, account: Account, since: datetime, cursor: str | None = None, *, bulk: bool = False
    ) -> AsyncIterator[OrdersPage]:
        """Orders by their last change, oldest first."""
        return self._orders.changed_since(account, since, cursor, Lane.SYNC if bulk else Lane.ORDERS)

    def listings(self, account: Account, cursor: str | None = None) -> AsyncIterator[ListingsPage]:
        """Every variant of the shop, by id."""
        return self._articles.whole(account, cursor)

    def listings_changed_since(
        self, account: Account, since: datetime, cursor: str | None = None
    ) -> AsyncIterator[ListingsPage]:
        """Variants that changed, or whose product did."""
        return self._articles.changed_since(account, since, cursor)

    async def give_up_reading(self, account: Account, cursor: str) -> None:
        """A bulk operation that is still under way is cancelled."""
        await self._articles.give_up(account, cursor)

    async def _alone(self, account: Account, variant_id: str) -> VariantNode | None:
        """A variant of a page, with its stock at all locations."""
        named = Listing(account.account_id, account.tenant_id, account.account_id, (f"variant:{variant_id}",))
        found, _ = await self._node(account, named, _LEVELS, Lane.SYNC)
        return await self._with_all_levels(account, found, Lane.SYNC) if found else None


def _variant_id(listing: Listing) -> str | None:
    """The variant as last read whole, else the one a sale named."""
    known = listing.refs.get("variant")
    if known:
        return known
    try:
        return listing.alias("variant")
    except LookupError:
        return None
