"""Reading a shop's variants: all of them, in pages or in bulk, or those that changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

from connector_kit.budget import Lane
from connector_kit.domain import Account, SeenListing
from connector_kit.errors import CallFailed
from connector_kit.marketplace import ListingsPage
from kit.clock import Clock

from connector_shopify.client.bulk import Bulk, BulkPlace, GivenUpError
from connector_shopify.client.http import Admin
from connector_shopify.client.position import Position, instant
from connector_shopify.client.problems import TOO_DEAR
from connector_shopify.client.shown import Shown
from connector_shopify.wire.listings import (
    ProductIdsData,
    VariantNode,
    VariantsCountData,
    VariantsData,
)

_LEVELS_IN_A_PAGE = 2
_PRODUCTS_AT_ONCE = 10
"""Changed products whose variants are read together: 2,048 each are fewer than Shopify's pages show."""
_VARIANTS, _PRODUCTS = "variants", "products"

Alone = Callable[[Account, str], Awaitable[VariantNode | None]]
"""Reads one variant by its id with all its stock levels; None when the shop does not know it."""


class Articles:
    """Raises CallFailed and nothing else. `bulk_after`: seconds that pages may take before bulk is the way."""

    def __init__(
        self, admin: Admin, bulk: Bulk, bulk_after: float, shown: Shown, alone: Alone, clock: Clock
    ) -> None:
        self._admin = admin
        self._bulk = bulk
        self._bulk_after = bulk_after
        self._shown = shown
        self._alone = alone
        self._clock = clock

    async def whole(self, account: Account, cursor: str | None) -> AsyncIterator[ListingsPage]:
        """Every variant of the shop."""
        total = await self._total(account) if cursor is None else None
        place = BulkPlace.of(cursor)
        if total is not None and self._takes_long(account, total):
            place = self._bulk.begin()
            yield ListingsPage((), str(place), total)
        while place is not None:
            try:
                async for page in self._bulk.pages(account, place):
                    yield page
                return
            except GivenUpError as error:
                place = self._bulk.begin() if error.again else None
                cursor = str(place or Position("0"))
                yield ListingsPage((), cursor, anew=True)
        async for page in self._in_pages(account, Position.of(cursor, "0"), total):
            yield page

    def _takes_long(self, account: Account, variants: int) -> bool:
        return self._admin.limits.seconds(account.address, "Variants", variants) > self._bulk_after

    async def _total(self, account: Account) -> int | None:
        data = await self._admin.read(account, "CountVariants", {}, VariantsCountData, Lane.SYNC)
        counted = data.product_variants_count
        return counted.count if counted is not None and counted.precision == "EXACT" else None

    async def give_up(self, account: Account, cursor: str) -> None:
        """A reading that was at `cursor` goes on nowhere: nothing is kept for it at the shop."""
        place = BulkPlace.of(cursor)
        if place is not None:
            await self._bulk.cancel(account, place)

    async def _in_pages(
        self, account: Account, position: Position | None, total: int | None
    ) -> AsyncIterator[ListingsPage]:
        while position is not None:
            query = None if position.anchor == "0" else f"id:>{position.anchor}"
            seen, position = await self._page(account, "Variants", query, position)
            yield ListingsPage(seen, str(position) if position else None, total)

    async def changed_since(
        self, account: Account, since: datetime, cursor: str | None
    ) -> AsyncIterator[ListingsPage]:
        """Variants changed at or after `since`, then the others of changed products.

        A variant's own time does not move with its product's title or state; a product's moves with its variants'
        stock, but that is not promised for all else of them.
        """
        stage, _, place = (cursor or f"{_VARIANTS}:").partition(":")
        from_then = f"updated_at:>='{instant(since)}'"
        if stage == _VARIANTS:
            position: Position | None = Position.of(place or None, "0")
            while position is not None:
                seen, position = await self._page(
                    account, "ChangedVariants", _beyond(from_then, position), position
                )
                following = f"{_VARIANTS}:{position}" if position else f"{_PRODUCTS}:"
                yield ListingsPage(seen, following)
            place = ""
        async for page in self._of_changed_products(account, since, Position.of(place or None, "0")):
            yield page

    async def _of_changed_products(
        self, account: Account, since: datetime, position: Position | None
    ) -> AsyncIterator[ListingsPage]:
        at = instant(since)
        while position is not None:
            query = _beyond(f"updated_at:>='{at}'", position)
            wanted = {"first": _PRODUCTS_AT_ONCE, "after": position.after, "query": query}
            data = await self._admin.read(account, "ChangedProducts", wanted, ProductIdsData, Lane.SYNC)
            ids = [product.id for product in data.products.nodes]
            position = position.beyond(len(ids), data.products.cursor, ids[-1] if ids else None)
            others = await self._variants_of(account, ids, f"updated_at:<'{at}'") if ids else []
            yield ListingsPage(others, f"{_PRODUCTS}:{position}" if position else None)

    async def _variants_of(
        self, account: Account, products: Sequence[str], narrower: str
    ) -> list[SeenListing]:
        query = f"product_ids:{','.join(products)} {narrower}"
        found: list[SeenListing] = []
        position: Position | None = Position("0")
        while position is not None:
            beyond = _beyond(query, position)
            seen, position = await self._page(account, "ChangedVariants", beyond, position)
            found += seen
        return found

    async def _page(
        self, account: Account, operation: str, query: str | None, position: Position
    ) -> tuple[list[SeenListing], Position | None]:
        """The variants of a page, and the position after it; seen at the moment of asking."""
        asked = self._clock()
        data = await self._read(account, operation, query, position.after)
        nodes = data.product_variants.nodes
        whole = [await self._whole(account, node, asked) for node in nodes]
        there = [one for one in whole if one]
        seen = await self._shown.several(account, there, data.shop.currency_code, Lane.SYNC)
        following = position.beyond(len(nodes), data.product_variants.cursor, nodes[-1].id if nodes else None)
        return seen, following

    async def _read(
        self, account: Account, operation: str, query: str | None, after: str | None
    ) -> VariantsData:
        limits = self._admin.limits
        while True:
            size = limits.page_size(account.address, operation)
            variables = {"first": size, "after": after, "query": query, "levels": _LEVELS_IN_A_PAGE}
            try:
                return await self._admin.read(account, operation, variables, VariantsData, Lane.SYNC)
            except CallFailed as failed:
                if failed.problem.code != TOO_DEAR.code or size == 1:
                    raise
                limits.too_dear(operation)

    async def _whole(
        self, account: Account, node: VariantNode, asked: datetime
    ) -> tuple[VariantNode, datetime] | None:
        """A page shows the first locations; stock at more of them is read on its own."""
        if not node.cut_off:
            return node, asked
        again = self._clock()
        found = await self._alone(account, node.id)
        return (found, again) if found else None


def _beyond(query: str, position: Position) -> str:
    return query if position.anchor == "0" else f"{query} id:>{position.anchor}"
