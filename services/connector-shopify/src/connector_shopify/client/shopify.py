"""Shopify as a `Marketplace`: reads orders and variants, sets stock by compare-and-set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from connector_kit.budget import Budgets, Lane
from connector_kit.domain import Account, Call, Listing, OrderLine, SeenListing, Traits
from connector_kit.errors import AMBIGUOUS, STALE, Action, CallFailed, read_only
from connector_kit.marketplace import ListingsPage, OrdersPage
from kit.clock import Clock, utc_now
from kit.logs import logger
from pydantic import BaseModel, ValidationError

from connector_shopify.client.errors import SELLS_WITHOUT_STOCK
from connector_shopify.client.graphql import Admin, Data, user_problem
from connector_shopify.config import Settings
from connector_shopify.wire import (
    OrderNode,
    OtherVariant,
    Shop,
    VariantNode,
    levels_of,
    order_lines,
    seen_variant,
)

M = TypeVar("M", bound=BaseModel)

log = logger(__name__)

_ORDERS_PER_PAGE = 10
_VARIANTS_PER_PAGE = 30


class Shopify:
    """The client of every connected shop. Holds a connection pool: use it as an async context manager."""

    platform = "shopify"

    def __init__(self, settings: Settings, budgets: Budgets, clock: Clock = utc_now) -> None:
        self.traits = Traits(compare_and_set=True, settle=timedelta(seconds=settings.settle_seconds))
        self._admin = Admin(settings, budgets)
        self._clock = clock
        self._currencies: dict[str, str] = {}

    async def __aenter__(self) -> Shopify:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()

    async def shop(self, account: Account) -> Shop:
        """The shop the account's token is for."""
        data = await self._admin.call(account, "Shop", {}, lane=Lane.ORDERS)
        return _parse(Shop, data.get("shop"))

    async def subscribe(self, account: Account, uri: str, topics: Sequence[str]) -> list[str]:
        """Register the webhooks that are not registered at this address yet; returns the topics added.

        A topic the shop or our scopes do not allow is left out with a warning: the poll finds what it would say.
        """
        data = await self._admin.call(account, "Subscriptions", {}, lane=Lane.ORDERS)
        held = {row["topic"] for row in data["webhookSubscriptions"]["nodes"] if row["uri"] == uri}
        added = []
        for topic in topics:
            name = topic.upper().replace("/", "_")
            if name not in held and await self._subscribe(account, uri, name):
                added.append(topic)
        return added

    async def _subscribe(self, account: Account, uri: str, name: str) -> bool:
        variables = {"topic": name, "webhookSubscription": {"uri": uri, "format": "JSON"}}
        try:
            answer = await self._admin.call(account, "Subscribe", variables, lane=Lane.ORDERS, changes=True)
            problem = user_problem(answer, "webhookSubscriptionCreate")
            if problem is not None:
                raise CallFailed(*problem)
        except CallFailed as failed:
            if failed.problem.action is not Action.FAIL or failed.problem.login:
                raise
            log.warning("a webhook topic was refused", shop=account.address, topic=name, error=str(failed))
            return False
        return True

    async def read_listing(self, account: Account, listing: Listing) -> SeenListing:
        """The variant, by its id, or by its inventory item's when only that is known."""
        currency = await self._currency(account)
        by_item = not any(alias.startswith("variant:") for alias in listing.aliases)
        kind, name = ("item", "ItemVariant") if by_item else ("variant", "Variant")
        gid = "InventoryItem" if by_item else "ProductVariant"
        asked = self._clock()
        variables = {"id": f"gid://shopify/{gid}/{listing.alias(kind)}"}
        data = await self._admin.call(account, name, variables, lane=Lane.LOWER)
        node = (data.get("inventoryItem") or {}).get("variant") if by_item else data.get("productVariant")
        if node is None:
            return SeenListing(listing.aliases, "", 0, "gone", False, asked)
        return seen_variant(_parse(VariantNode, node), currency, asked)

    async def _currency(self, account: Account) -> str:
        if account.address not in self._currencies:
            known = account.credentials.get("currency")
            self._currencies[account.address] = known or (await self.shop(account)).currency_code
        return self._currencies[account.address]

    async def set_quantity(self, account: Account, listing: Listing, call: Call) -> None:
        """Set the stock where the variant is; a variant that sells without stock is drafted with its product."""
        lane = Lane.LOWER if call.expected is None or call.quantity < call.expected else Lane.RAISE
        if call.quantity == 0 and listing.refs.get("sells_without_stock") == "yes":
            await self._draft(account, listing)
            return
        quantities = _plan(listing, call)
        data = await self._admin.call(
            account,
            "SetQuantities",
            {
                "input": {"name": "available", "reason": "correction", "quantities": quantities},
                "key": str(call.key),
            },
            lane=lane,
            changes=True,
        )
        problem = user_problem(data, "inventorySetQuantities")
        if problem is not None:
            raise CallFailed(*problem)

    async def _draft(self, account: Account, listing: Listing) -> None:
        """Draft the product, which takes every variant down: only when no other of them is for sale."""
        product = f"gid://shopify/Product/{listing.refs['product']}"
        found = await self._admin.call(account, "Siblings", {"id": product}, lane=Lane.LOWER)
        variants = (found.get("product") or {}).get("variants") or {"nodes": [], "pageInfo": {}}
        own = listing.alias("variant")
        others = [v for v in (_parse(OtherVariant, n) for n in variants["nodes"]) if v.id != own]
        if variants["pageInfo"].get("hasNextPage") or any(_for_sale(v) for v in others):
            raise CallFailed(SELLS_WITHOUT_STOCK)
        variables = {"product": {"id": product, "status": "DRAFT"}}
        data = await self._admin.call(account, "DraftProduct", variables, lane=Lane.LOWER, changes=True)
        problem = user_problem(data, "productUpdate")
        if problem is not None:
            raise CallFailed(*problem)

    async def read_orders(self, account: Account, order_ids: Sequence[str]) -> OrdersPage:
        """Orders by their numbers, each with a query of its own, which sees long orders whole."""
        lines: list[OrderLine] = []
        for order_id in order_ids:
            lines += await self._order(account, order_id, Lane.ORDERS)
        return OrdersPage(lines, None, self._clock())

    async def _order(self, account: Account, order_id: str, lane: Lane) -> list[OrderLine]:
        data = await self._admin.call(account, "Order", {"id": f"gid://shopify/Order/{order_id}"}, lane=lane)
        if data.get("order") is None:
            return []
        return order_lines(_parse(OrderNode, data["order"]).normalised(), account.address)

    async def orders_changed_since(
        self, account: Account, since: datetime, cursor: str | None = None, *, bulk: bool = False
    ) -> AsyncIterator[OrdersPage]:
        """Orders by their last change, oldest first."""
        lane = Lane.SYNC if bulk else Lane.ORDERS
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        more = True
        while more:
            variables = {"first": _ORDERS_PER_PAGE, "after": cursor, "query": f"updated_at:>='{at}'"}
            data = await self._admin.call(account, "Orders", variables, lane=lane)
            read_at = self._clock()
            nodes = [_parse(OrderNode, node) for node in data["orders"]["nodes"]]
            lines: list[OrderLine] = []
            for node in nodes:
                whole = await self._order(account, node.id, lane) if node.cut_off else None
                lines += whole if whole is not None else order_lines(node.normalised(), account.address)
            more, cursor = _next(data["orders"])
            yield OrdersPage(lines, cursor, read_at, nodes[-1].updated_at if nodes else None)

    async def listings(self, account: Account, cursor: str | None = None) -> AsyncIterator[ListingsPage]:
        """Every variant of the shop."""
        currency = await self._currency(account)
        more = True
        while more:
            asked = self._clock()
            variables = {"first": _VARIANTS_PER_PAGE, "after": cursor}
            data = await self._admin.call(account, "Variants", variables, lane=Lane.SYNC)
            nodes = [_parse(VariantNode, node) for node in data["productVariants"]["nodes"]]
            more, cursor = _next(data["productVariants"])
            yield ListingsPage([seen_variant(node, currency, asked) for node in nodes], cursor)


def _plan(listing: Listing, call: Call) -> list[dict[str, Any]]:
    """The stock of each location that changes, so that they add up to the quantity; every one compared."""
    levels = levels_of(listing.refs)
    if not levels or "item" not in listing.refs:
        raise CallFailed(STALE, "its locations are not known yet")
    expected = call.expected if call.expected is not None else sum(levels.values())
    if sum(levels.values()) != expected:
        if len(levels) > 1:
            raise CallFailed(STALE, "the quantity by location is not known")
        levels = dict.fromkeys(levels, expected)
    wanted = _spread(levels, call.quantity)
    item = f"gid://shopify/InventoryItem/{listing.refs['item']}"
    return [
        {
            "inventoryItemId": item,
            "locationId": f"gid://shopify/Location/{location}",
            "quantity": wanted[location],
            "changeFromQuantity": levels[location],
        }
        for location in levels
        if wanted[location] != levels[location] or len(levels) == 1
    ]


def _spread(levels: Mapping[str, int], quantity: int) -> dict[str, int]:
    """Keep what locations have, first come first, down to the quantity; a raise goes to the first."""
    wanted: dict[str, int] = {}
    left = quantity
    for location, available in levels.items():
        wanted[location] = min(max(available, 0), left)
        left -= wanted[location]
    first = next(iter(levels))
    wanted[first] += left
    return wanted


def _for_sale(variant: OtherVariant) -> bool:
    sells_anyway = variant.inventory_policy == "CONTINUE" or not variant.inventory_item.tracked
    return sells_anyway or (variant.inventory_quantity or 0) > 0


def _next(connection: Data) -> tuple[bool, str | None]:
    info = connection["pageInfo"]
    return bool(info["hasNextPage"]), info["endCursor"] if info["hasNextPage"] else None


def _parse(model: type[M], value: object) -> M:
    """A part of an answer; garbage in a read may simply be asked for again."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise CallFailed(read_only(AMBIGUOUS), f"unexpected answer: {error}"[:500]) from error
