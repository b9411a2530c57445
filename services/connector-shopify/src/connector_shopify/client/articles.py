"""Reading a shop's variants: all of them, in pages or in bulk, or those that changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.marketplace import ListingsPage

from connector_shopify.client.bulk import Bulk, GivenUpError
from connector_shopify.client.bulk_place import BulkPlace
from connector_shopify.client.counting import Counting, is_short, read_too_few
from connector_shopify.client.http import Admin
from connector_shopify.client.pages import Pages, VariantsPage
from connector_shopify.client.position import Position, WholePlace, instant
from connector_shopify.wire.listings import ProductIdsData

_PRODUCTS_AT_ONCE = 10
"""Changed products whose variants are read together: 2,048 each are fewer than Shopify's pages show."""
_VARIANTS, _PRODUCTS = "variants", "products"


class ShortError(Exception):
    """Pages ended far below what the shop counts."""

    def __init__(self, place: WholePlace) -> None:
        super().__init__(f"{place.brought} of {place.counted}")
        self.place = place


class Articles:
    """Raises CallFailed and nothing else. `bulk_after`: seconds that pages may take before bulk is the way."""

    def __init__(self, admin: Admin, bulk: Bulk, bulk_after: float, pages: Pages) -> None:
        self._admin = admin
        self._bulk = bulk
        self._bulk_after = bulk_after
        self._pages = pages
        self._counting = Counting(admin)

    async def whole(self, account: Account, cursor: str | None) -> AsyncIterator[ListingsPage]:
        """Every variant of the shop. One that ends far below what the shop counts is no whole reading: it fails."""
        place = BulkPlace.of(cursor) or (WholePlace.of(cursor) if cursor else None)
        if place is None:
            place, total = await self._start(account)
            if isinstance(place, BulkPlace):
                yield ListingsPage((), str(place), total)
        while True:
            try:
                async for page in self._from(account, place):
                    yield page
                return
            except GivenUpError as error:
                place = await self._instead_of_bulk(account, error)
            except ShortError as error:
                place = self._instead_of_pages(error.place)
            yield ListingsPage((), str(place), anew=True)

    def _from(self, account: Account, place: BulkPlace | WholePlace) -> AsyncIterator[ListingsPage]:
        if isinstance(place, BulkPlace):
            return self._bulk.pages(account, place)
        return self._in_pages(account, place)

    async def _start(self, account: Account) -> tuple[BulkPlace | WholePlace, int | None]:
        total = await self._counting.variants(account)
        if total is not None and self._takes_long(account, total):
            return self._bulk.begin(), total
        return WholePlace(counted=total), total

    def _takes_long(self, account: Account, variants: int) -> bool:
        return self._admin.limits.seconds(account.address, "Variants", variants) > self._bulk_after

    async def _instead_of_bulk(self, account: Account, error: GivenUpError) -> BulkPlace | WholePlace:
        if error.again:
            return self._bulk.begin()
        return WholePlace(counted=await self._counting.variants(account), in_bulk=error.brought)

    def _instead_of_pages(self, place: WholePlace) -> BulkPlace:
        """Bulk may show more; where it was tried, or never is to be, nothing does."""
        if place.in_bulk is not None or self._bulk_after == inf:
            raise read_too_few(place.brought, place.counted)
        return replace(self._bulk.begin(), in_pages=place.brought)

    async def give_up(self, account: Account, cursor: str) -> None:
        """A reading that was at `cursor` goes on nowhere: nothing is kept for it at the shop."""
        place = BulkPlace.of(cursor)
        if place is not None:
            await self._bulk.cancel(account, place)

    async def _in_pages(self, account: Account, place: WholePlace) -> AsyncIterator[ListingsPage]:
        """To the end. The shop may have got fewer variants meanwhile: at the end it is asked again where some are missing."""
        total: int | None = place.counted
        while True:
            page = await self._pages.page(account, "Variants", place.query, place.position)
            note = page.note(place.odd)
            place = replace(place, brought=place.brought + page.brought, odd=place.odd + len(page.odd))
            if page.following is None:
                await self._check(account, place)
                yield _told(page, None, total, note)
                return
            place = replace(place, position=page.following)
            yield _told(page, str(place), total, note)

    async def _check(self, account: Account, place: WholePlace) -> None:
        if not is_short(place.brought, place.counted, elsewhere=place.in_bulk):
            return
        now = await self._counting.variants(account)
        if is_short(place.brought, now, elsewhere=place.in_bulk):
            raise ShortError(replace(place, counted=now))

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
                beyond = _beyond(from_then, position)
                found = await self._pages.page(account, "ChangedVariants", beyond, position)
                position = found.following
                following = f"{_VARIANTS}:{position}" if position else f"{_PRODUCTS}:"
                yield _told(found, following, None, found.note())
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
            pages = await self._variants_of(account, ids, f"updated_at:<'{at}'") if ids else []
            yield ListingsPage(
                [seen for page in pages for seen in page.seen],
                f"{_PRODUCTS}:{position}" if position else None,
                still_there=[alias for page in pages for alias in page.still_there],
                note=next((note for page in pages if (note := page.note())), None),
            )

    async def _variants_of(
        self, account: Account, products: Sequence[str], narrower: str
    ) -> list[VariantsPage]:
        query = f"product_ids:{','.join(products)} {narrower}"
        found: list[VariantsPage] = []
        position: Position | None = Position("0")
        while position is not None:
            beyond = _beyond(query, position)
            found.append(await self._pages.page(account, "ChangedVariants", beyond, position))
            position = found[-1].following
        return found


def _told(page: VariantsPage, cursor: str | None, total: int | None, note: str | None) -> ListingsPage:
    return ListingsPage(page.seen, cursor, total, still_there=page.still_there, note=note)


def _beyond(query: str, position: Position) -> str:
    return query if position.anchor == "0" else f"{query} id:>{position.anchor}"
