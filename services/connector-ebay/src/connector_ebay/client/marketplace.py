"""eBay as the connector kit drives it: read a listing, set its quantity, read orders, read all listings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connector_kit.budget import Lane
from connector_kit.domain import Account, Call, Listing, OrderLine, SeenListing, Traits
from connector_kit.errors import Action, CallFailed
from connector_kit.marketplace import ListingsPage, OrdersPage, UnreadableOrder
from kit.clock import Clock, utc_now

from connector_ebay.client.api import ORDERS_PER_PAGE, Ebay
from connector_ebay.client.http import EbayRefusedError, Seller
from connector_ebay.client.limits import Limits
from connector_ebay.client.problems import NOT_OURS, classified
from connector_ebay.wire.lines import order_lines, read_order
from connector_ebay.wire.listings import gone_listing, seen_listing
from connector_ebay.wire.offers import InventoryItem, Offer
from connector_ebay.wire.orders import Fulfillment, Order

OFFERS_AT_ONCE = 6
UNSAID_PAUSE = timedelta(seconds=1)
"""After a refusal for calling too often that does not say when to come back."""
OFFSET_STEP = ORDERS_PER_PAGE - 20
"""Pages overlap: getOrders promises no order and has no cursor, so records shift while we page."""


@dataclass
class _Read:
    """What a page brought so far."""

    lines: list[OrderLine] = field(default_factory=list)
    unreadable: list[UnreadableOrder] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How far a reading is. Offsets count within the window it began with, so a resumed one keeps that window."""

    started: datetime
    since: datetime
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.started.isoformat()}|{self.since.isoformat()}|{self.offset}"

    @classmethod
    def of(cls, cursor: str | None, since: datetime, now: datetime) -> _Reading:
        """What was written down, or a new one."""
        if cursor is None:
            return cls(now.astimezone(UTC), since)
        started, begun, offset = cursor.split("|")
        return cls(datetime.fromisoformat(started), datetime.fromisoformat(begun), int(offset))


class EbayMarketplace:
    """Implements connector_kit.marketplace.Marketplace; every method raises CallFailed and nothing else."""

    platform = "ebay"

    def __init__(self, ebay: Ebay, limits: Limits, settle: timedelta, clock: Clock = utc_now) -> None:
        self._ebay = ebay
        self._limits = limits
        self._clock = clock
        self.traits = Traits(compare_and_set=False, settle=settle)

    async def read_listing(self, account: Account, listing: Listing) -> SeenListing:
        """The offer as eBay shows it now, seen at the moment of asking: what changes while the answer travels is newer."""
        offer_id = await self._offer_id(account, listing)
        await self._limits.draw(account.account_id, Lane.LOWER)
        asked = self._clock()
        async with self._calling(account):
            try:
                offer = await self._ebay.get_offer(_seller(account), offer_id)
            except EbayRefusedError as error:
                if error.status == 404:
                    return gone_listing(listing.aliases, "", asked)
                raise
            return seen_listing(offer, None, asked, was_listed=_was_listed(listing))

    async def set_quantity(self, account: Account, listing: Listing, call: Call) -> None:
        """0 withdraws the offer; else its quantity is set, and an offer off sale is published again."""
        seller, offer_id = _seller(account), await self._offer_id(account, listing)
        if call.quantity == 0:
            await self._limits.draw(account.account_id, Lane.LOWER)
            async with self._calling(account, changes=True):
                await self._ebay.withdraw_offer(seller, offer_id)
            return
        lane = Lane.RAISE if call.quantity > (listing.quantity or 0) else Lane.LOWER
        await self._limits.draw_revision(offer_id, lane)
        await self._limits.draw(account.account_id, lane, 1 if listing.state == "live" else 3)
        async with self._calling(account, changes=True):
            await self._show(seller, listing, offer_id, call.quantity)

    async def _show(self, seller: Seller, listing: Listing, offer_id: str, quantity: int) -> None:
        """An unpublished offer is filled before it is published: until then no buyer sees the new quantity."""
        sku = listing.refs.get("sku")
        if listing.state == "live" and sku:
            await self._ebay.update_quantity(seller, sku, offer_id, quantity)
            return
        offer = await self._ebay.get_offer(seller, offer_id)
        if offer.available_quantity != quantity:
            await self._ebay.update_quantity(seller, offer.sku, offer_id, quantity)
        if not offer.published:
            await self._ebay.publish_offer(seller, offer_id)

    async def read_orders(self, account: Account, order_ids: Sequence[str]) -> OrdersPage:
        """The named orders, whole; one eBay does not know is left out."""
        read = _Read()
        for order_id in order_ids:
            try:
                await self._add(account, await self._named(account, order_id, Lane.ORDERS), Lane.ORDERS, read)
            except CallFailed as failure:
                if failure.problem.code != "gone":
                    raise
        return OrdersPage(tuple(read.lines), None, self._clock(), unreadable=tuple(read.unreadable))

    async def _named(self, account: Account, order_id: str, lane: Lane) -> Order | UnreadableOrder:
        await self._limits.draw(account.account_id, lane)
        async with self._calling(account):
            return read_order((await self._ebay.get_order(_seller(account), order_id)).root)

    async def _add(self, account: Account, order: Order | UnreadableOrder, lane: Lane, read: _Read) -> None:
        """The order's lines with its parcels, which are another call: every door must tell the same state."""
        if isinstance(order, UnreadableOrder):
            read.unreadable.append(order)
            return
        parcels: tuple[Fulfillment, ...] = ()
        if order.shipped:
            await self._limits.draw(account.account_id, lane)
            async with self._calling(account):
                parcels = await self._ebay.get_shipping_fulfillments(_seller(account), order.order_id)
        read.lines.extend(order_lines(order, parcels))

    async def orders_changed_since(
        self, account: Account, since: datetime, cursor: str | None = None, *, bulk: bool = False
    ) -> AsyncIterator[OrdersPage]:
        """Orders changed since then, in overlapping pages. The window is open at its end, so nothing leaves it."""
        lane = Lane.SYNC if bulk else Lane.ORDERS
        reading = _Reading.of(cursor, since, self._clock())
        while True:
            await self._limits.draw(account.account_id, lane)
            async with self._calling(account):
                page = await self._ebay.get_orders(_seller(account), reading.since, reading.offset)
            read = _Read()
            for value in page.orders:
                order = read_order(value)
                if isinstance(order, Order) and order.cancelled:  # getOrders leaves out why
                    order = await self._named(account, order.order_id, lane)
                await self._add(account, order, lane, read)
            reading = replace(reading, offset=reading.offset + OFFSET_STEP)
            more = len(page.orders) == ORDERS_PER_PAGE
            yield OrdersPage(
                tuple(read.lines),
                str(reading) if more else None,
                self._clock(),
                None if more else reading.started,
                tuple(read.unreadable),
            )
            if not more:
                return

    async def listings(self, account: Account, cursor: str | None = None) -> AsyncIterator[ListingsPage]:
        """Every SKU with its offers; `cursor` is the page number."""
        number = int(cursor or 0)
        while True:
            await self._limits.draw(account.account_id, Lane.SYNC)
            async with self._calling(account):
                page = await self._ebay.get_inventory_items(_seller(account), number)
            places = asyncio.Semaphore(OFFERS_AT_ONCE)
            found = await asyncio.gather(
                *(self._offers(account, item, places) for item in page.inventory_items)
            )
            seen = tuple(listing for listings in found for listing in listings)
            number += 1
            yield ListingsPage(seen, str(number) if page.next else None, page.total)
            if not page.next:
                return

    async def _offers(
        self, account: Account, item: InventoryItem, places: asyncio.Semaphore
    ) -> list[SeenListing]:
        """eBay lists offers by SKU only: one call an item, a few at once."""
        async with places:
            await self._limits.draw(account.account_id, Lane.SYNC)
            asked = self._clock()
            async with self._calling(account):
                offers = await self._ebay.get_offers(_seller(account), item.sku)
        return [seen_listing(offer, item, asked) for offer in offers]

    @asynccontextmanager
    async def _calling(self, account: Account, *, changes: bool = False) -> AsyncIterator[None]:
        """Whatever a call raises as CallFailed; once eBay asks to slow down, nobody calls for this seller before."""
        try:
            with classified(changes=changes):
                yield
        except CallFailed as failed:
            if failed.problem.action is Action.RATE_LIMITED:
                await self._limits.pause(account.account_id, failed.problem.retry_after or UNSAID_PAUSE)
            raise

    async def _offer_id(self, account: Account, listing: Listing) -> str:
        """The offer's id; for a listing only heard of in a sale it is looked up by site and SKU."""
        try:
            return listing.alias("offer")
        except LookupError:
            pass
        try:
            site, _, sku = listing.alias("sku").partition(":")
        except LookupError:
            raise CallFailed(NOT_OURS, "the sale named no SKU") from None
        await self._limits.draw(account.account_id, Lane.LOWER)
        async with self._calling(account):
            offers = await self._ebay.get_offers(_seller(account), sku)
        return _of_site(offers, site).offer_id


def _of_site(offers: Sequence[Offer], site: str) -> Offer:
    for offer in offers:
        if offer.marketplace_id == site:
            return offer
    raise CallFailed(NOT_OURS, f"no offer on {site}")


def _seller(account: Account) -> Seller:
    return Seller(account.account_id, account.credentials["refresh_token"])


def _was_listed(listing: Listing) -> bool:
    return any(alias.startswith("item:") for alias in listing.aliases)
