"""Reading orders: by their last change in pages, or one on its own, always whole."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector_kit.budget import Lane
from connector_kit.domain import Account, OrderLine
from connector_kit.errors import AMBIGUOUS, REFUSED, CallFailed
from connector_kit.marketplace import OrdersPage, UnmappableError, UnreadableOrder
from kit.clock import Clock
from kit.logs import logger
from pydantic import JsonValue
from pydantic_core import to_json

from connector_shopify.client.http import Admin
from connector_shopify.client.position import Position, instant
from connector_shopify.client.problems import TOO_DEAR
from connector_shopify.wire.graphql import AppScopesData, Connection, PageInfo
from connector_shopify.wire.graphql_orders import (
    LineItem,
    LinesData,
    OrderData,
    OrderNode,
    OrdersData,
    ParcelsData,
    RefundsData,
    read_order,
)
from connector_shopify.wire.lines import order_lines

log = logger(__name__)

_IN_A_PAGE = {"lines": 3, "parts": 3, "charges": 1, "shipping": 1}
_ALONE = {"lines": 20, "parts": 30, "charges": 10, "shipping": 10}
_MORE_LINES = 50
_MOST_PARTS = {"OrderParcels": {"parts": 250}, "OrderRefunds": {"parts": 120, "charges": 10}}
"""Lines of one parcel or refund that are read; the query's cost allows no more."""
_OF_THE_ORDER = frozenset({REFUSED.code, TOO_DEAR.code})
"""Refusals that say nothing of the shop: asking again changes nothing."""
_PATIENCE = 3
_REMEMBERED = 1_000
"""Orders whose failures are counted, those that failed last; one that is forgotten is tried as often again."""
_SHOWN = timedelta(days=60)
"""How far back a shop shows its orders without the scope that shows all."""
_SHOWS_ALL = "read_all_orders"
HIDDEN = (
    "Shopify shows Soldwire the orders of the last 60 days only. To read older ones, let Soldwire read all orders "
    "when you connect the shop again."
)


@dataclass
class _Found:
    """What is read of some orders."""

    account: Account
    lines: list[OrderLine] = field(default_factory=list)
    unreadable: list[UnreadableOrder] = field(default_factory=list)

    def add(self, order: OrderNode | UnreadableOrder | None, asked: datetime) -> None:
        """Take an order in; None is one the shop does not know."""
        if isinstance(order, UnreadableOrder):
            self.unreadable.append(order)
        elif order is not None:
            try:
                self.lines += order_lines(order.normalised(), self.account.address, asked)
            except UnmappableError as error:
                self.unreadable.append(UnreadableOrder(to_json({"id": order.id}), str(error)))

    def page(self, read_at: datetime, cursor: str | None = None, note: str | None = None) -> OrdersPage:
        """All of it."""
        return OrdersPage(tuple(self.lines), cursor, read_at, unreadable=tuple(self.unreadable), note=note)


class Orders:
    """Reads a shop's orders. Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin, clock: Clock) -> None:
        self._admin = admin
        self._clock = clock
        self._failures: OrderedDict[str, int] = OrderedDict()

    async def by_ids(self, account: Account, order_ids: Sequence[str]) -> OrdersPage:
        """The named orders; those the shop does not know are left out."""
        found = _Found(account)
        for order_id in order_ids:
            asked = self._clock()
            try:
                order = await self._alone(account, order_id, Lane.ORDERS)
            except CallFailed as failed:
                if failed.problem.code not in _OF_THE_ORDER:
                    raise
                order = UnreadableOrder(to_json({"id": order_id}), str(failed))
            found.add(order, asked)
        return found.page(self._clock())

    async def changed_since(
        self, account: Account, since: datetime, cursor: str | None, lane: Lane
    ) -> AsyncIterator[OrdersPage]:
        """Orders changed at or after `since`, oldest change first."""
        note = await self._hidden(account, since) if cursor is None and lane is Lane.SYNC else None
        position: Position | None = Position.of(cursor, instant(since))
        while position is not None:
            found, asked = _Found(account), self._clock()
            page, read_at = await self._page(account, position, lane), self._clock()
            shown = [read_order(node) for node in page.nodes]
            for order, value in zip(shown, page.nodes, strict=True):
                found.add(await self._whole(account, order, value, lane), asked)
            last = max((o.updated_at for o in shown if isinstance(o, OrderNode)), default=None)
            position = position.beyond(len(page.nodes), page.cursor, instant(last) if last else None)
            yield found.page(read_at, str(position) if position else None, note)

    async def _hidden(self, account: Account, since: datetime) -> str | None:
        """What the shop does not show of orders since then, in its seller's words: it says nothing of it itself."""
        if self._clock() - since <= _SHOWN:
            return None
        data = await self._admin.read(account, "AppScopes", {}, AppScopesData, Lane.SYNC)
        if any(scope.handle == _SHOWS_ALL for scope in data.current_app_installation.access_scopes):
            return None
        log.info("a shop hides its older orders", shop=account.address, since=since.isoformat())
        return HIDDEN

    async def _page(self, account: Account, position: Position, lane: Lane) -> Connection[JsonValue]:
        limits = self._admin.limits
        while True:
            size = limits.page_size(account.address, "Orders")
            query = f"updated_at:>='{position.anchor}'"
            variables = {"first": size, "after": position.after, "query": query, **_IN_A_PAGE}
            try:
                return (await self._admin.read(account, "Orders", variables, OrdersData, lane)).orders
            except CallFailed as failed:
                if failed.problem.code != TOO_DEAR.code or size == 1:
                    raise
                limits.too_dear("Orders")

    async def _whole(
        self, account: Account, order: OrderNode | UnreadableOrder, value: JsonValue, lane: Lane
    ) -> OrderNode | UnreadableOrder:
        """An order of a page; one the page cut off is read on its own.

        One that can't be, while pages can, holds up its neighbours for a few readings only, then it is set aside.
        """
        if isinstance(order, UnreadableOrder) or not order.cut_off:
            return order
        key = f"{account.account_id}:{order.id}"
        try:
            alone = await self._alone(account, order.id, lane)
        except CallFailed as failed:
            if not self._hopeless(key, failed):
                raise
            return UnreadableOrder(to_json(value), f"it can't be read on its own: {failed}")
        self._failures.pop(key, None)
        return alone or order

    def _hopeless(self, key: str, failed: CallFailed) -> bool:
        if failed.problem.code != AMBIGUOUS.code:
            return failed.problem.code in _OF_THE_ORDER
        failures = self._failures[key] = self._failures.pop(key, 0) + 1
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)
        return failures >= _PATIENCE

    async def _alone(self, account: Account, order_id: str, lane: Lane) -> OrderNode | UnreadableOrder | None:
        gid = f"gid://shopify/Order/{order_id}"
        data = await self._admin.read(account, "Order", {"id": gid, **_ALONE}, OrderData, lane)
        order = read_order(data.order) if data.order is not None else None
        if not isinstance(order, OrderNode) or not order.cut_off:
            return order
        order = await self._with_all_lines(account, gid, order, lane)
        return await self._with_all_parts(account, gid, order, lane) if order.parts_cut_off else order

    async def _with_all_lines(self, account: Account, gid: str, order: OrderNode, lane: Lane) -> OrderNode:
        lines: list[LineItem] = list(order.line_items.nodes)
        cursor = order.line_items.cursor
        while cursor is not None:
            variables = {"id": gid, "lines": _MORE_LINES, "after": cursor}
            data = await self._admin.read(account, "OrderLines", variables, LinesData, lane)
            cursor = data.order.line_items.cursor if data.order else None
            lines += data.order.line_items.nodes if data.order else ()
        return order.model_copy(
            update={
                "line_items": Connection[LineItem](
                    nodes=tuple(lines), page_info=PageInfo(has_next_page=False)
                )
            }
        )

    async def _with_all_parts(self, account: Account, gid: str, order: OrderNode, lane: Lane) -> OrderNode:
        def wanted(operation: str) -> dict[str, object]:
            return {"id": gid, **_MOST_PARTS[operation]}

        parcels = await self._admin.read(account, "OrderParcels", wanted("OrderParcels"), ParcelsData, lane)
        refunds = await self._admin.read(account, "OrderRefunds", wanted("OrderRefunds"), RefundsData, lane)
        whole = order.model_copy(
            update={
                "fulfillments": parcels.order.fulfillments if parcels.order else order.fulfillments,
                "refunds": refunds.order.refunds if refunds.order else order.refunds,
            }
        )
        if whole.parts_cut_off:
            log.warning("an order has more lines in a parcel or refund than are read", order=gid)
        return whole
