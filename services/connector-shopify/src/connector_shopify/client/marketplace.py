"""Shopify as the connector kit drives it: read a variant, set its stock, read orders, read all variants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from connector_kit.budget import Lane
from connector_kit.domain import Account, Call, Listing, SeenListing, Traits
from connector_kit.errors import GONE, CallFailed
from connector_kit.marketplace import ListingsPage, OrdersPage
from kit.clock import Clock, utc_now

from connector_shopify.client.articles import Articles
from connector_shopify.client.bulk import Bulk
from connector_shopify.client.http import Admin
from connector_shopify.client.orders import Orders
from connector_shopify.client.problems import SELLS_WITHOUT_STOCK
from connector_shopify.client.stock import planned
from connector_shopify.wire.graphql import SiblingsData
from connector_shopify.wire.listings import (
    ItemVariantData,
    StockRefs,
    VariantData,
    VariantNode,
    gone_listing,
    seen_variant,
    stock_refs,
)

_LEVELS = 10
_MOST_LEVELS = 200


class ShopifyMarketplace:
    """Implements connector_kit.marketplace.Marketplace and ReadsChanges; every method raises CallFailed and nothing else."""

    platform = "shopify"

    def __init__(
        self, admin: Admin, settle: timedelta, clock: Clock = utc_now, *, bulk_after: float = 60.0
    ) -> None:
        """`bulk_after`: seconds that reading all variants in pages may take; where it takes longer, bulk is the way."""
        self._admin = admin
        self._orders = Orders(admin, clock)
        self._articles = Articles(admin, Bulk(admin, clock), bulk_after, self._seen, clock)
        self._clock = clock
        self.traits = Traits(compare_and_set=True, settle=settle)

    async def read_listing(self, account: Account, listing: Listing) -> SeenListing:
        """The variant as the shop shows it now, by its id, or by its inventory item's when only that is known."""
        return await self._seen(account, listing, Lane.LOWER) or gone_listing(listing.aliases, self._clock())

    async def _seen(self, account: Account, listing: Listing, lane: Lane) -> SeenListing | None:
        """Seen at the moment of asking: what changes while the answer travels is newer."""
        asked = self._clock()
        node, currency = await self._node(account, listing, _LEVELS, lane)
        if node is not None and node.cut_off:
            node, currency = await self._node(account, listing, _MOST_LEVELS, lane)
        return seen_variant(node, currency, asked) if node else None

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
        """Set the stock where the variant is; one that sells without stock is taken down with its whole product.

        That is done only when none of its siblings is for sale. Where it can't, counted stock is still lowered, and
        the reading after it tells that the variant goes on selling.
        """
        refs = stock_refs(listing.refs) or await self._refs(account, listing)
        if call.quantity == 0 and refs.sells_anyway:
            if await self._alone_for_sale(account, refs):
                await self._draft(account, refs)
                return
            if not refs.tracked or (call.expected or 0) <= 0:
                raise CallFailed(SELLS_WITHOUT_STOCK)
        lane = Lane.LOWER if call.expected is None or call.quantity < call.expected else Lane.RAISE
        quantities = {"name": "available", "reason": "correction", "quantities": planned(refs, call)}
        variables = {"input": quantities, "key": str(call.key)}
        await self._admin.change(account, "SetQuantities", "inventorySetQuantities", variables, lane)

    async def _refs(self, account: Account, listing: Listing) -> StockRefs:
        """Of a listing only heard of in a sale: looked up before anything is sent."""
        seen = await self._seen(account, listing, Lane.LOWER)
        refs = stock_refs(seen.refs) if seen else None
        if refs is None:
            raise CallFailed(GONE)
        return refs

    async def _alone_for_sale(self, account: Account, refs: StockRefs) -> bool:
        """Whether no other variant of the product is for sale. Of more than a page of them that is not known."""
        wanted = {"id": f"gid://shopify/Product/{refs.product}"}
        product = (await self._admin.read(account, "Siblings", wanted, SiblingsData, Lane.LOWER)).product
        if product is None or product.variants.cursor is not None:
            return False
        return not any(sibling.for_sale for sibling in product.variants.nodes if sibling.id != refs.variant)

    async def _draft(self, account: Account, refs: StockRefs) -> None:
        product = {"id": f"gid://shopify/Product/{refs.product}", "status": "DRAFT"}
        await self._admin.change(account, "DraftProduct", "productUpdate", {"product": product}, Lane.LOWER)

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


def _variant_id(listing: Listing) -> str | None:
    """The variant as last read whole, else the one a sale named."""
    known = listing.refs.get("variant")
    if known:
        return known
    try:
        return listing.alias("variant")
    except LookupError:
        return None
