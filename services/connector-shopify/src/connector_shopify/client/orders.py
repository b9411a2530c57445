"""Reading orders: by their last change in pages, or one on its own, always whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from connector_kit.budget import Lane
from connector_kit.domain import Account, OrderLine
from connector_kit.errors import CallFailed
from connector_kit.marketplace import OrdersPage, UnreadableOrder
from kit.clock import Clock
from kit.logs import logger
from pydantic import JsonValue

from connector_shopify.client.http import Admin
from connector_shopify.client.position import Position
from connector_shopify.client.problems import TOO_DEAR
from connector_shopify.wire.graphql import Connection, PageInfo
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

_IN_A_PAGE = {"lines": 3, "parts": 3}
_ALONE = {"lines": 20, "parts": 30}
_MORE_LINES = 50
_MOST_PARTS = {"OrderParcels": 250, "OrderRefunds": 120}
"""Lines of one parcel or refund that are read; the query's cost allows no more."""


class Orders:
    """Reads a shop's orders. Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin, clock: Clock) -> None:
        self._admin = admin
        self._clock = clock

    async def by_ids(self, account: Account, order_ids: Sequence[str]) -> OrdersPage:
        """The named orders; those the shop does not know are left out."""
        lines: list[OrderLine] = []
        for order_id in order_ids:
            order = await self._alone(account, order_id, Lane.ORDERS)
            lines += order_lines(order.normalised(), account.address) if order else ()
        return OrdersPage(tuple(lines), None, self._clock())

    async def changed_since(
        self, account: Account, since: datetime, cursor: str | None, lane: Lane
    ) -> AsyncIterator[OrdersPage]:
        """Orders changed at or after `since`, oldest change first."""
        position: Position | None = Position.of(cursor, _instant(since))
        while position is not None:
            page, read_at = await self._page(account, position, lane), self._clock()
            orders = [read_order(node) for node in page.nodes]
            lines: list[OrderLine] = []
            for order in orders:
                if isinstance(order, OrderNode):
                    whole = await self._alone(account, order.id, lane) if order.cut_off else order
                    lines += order_lines((whole or order).normalised(), account.address)
            last = max((o.updated_at for o in orders if isinstance(o, OrderNode)), default=None)
            position = position.beyond(len(page.nodes), page.cursor, _instant(last) if last else None)
            unreadable = tuple(o for o in orders if isinstance(o, UnreadableOrder))
            yield OrdersPage(tuple(lines), str(position) if position else None, read_at, last, unreadable)

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

    async def _alone(self, account: Account, order_id: str, lane: Lane) -> OrderNode | None:
        gid = f"gid://shopify/Order/{order_id}"
        data = await self._admin.read(account, "Order", {"id": gid, **_ALONE}, OrderData, lane)
        if data.order is None or not data.order.cut_off:
            return data.order
        order = await self._with_all_lines(account, gid, data.order, lane)
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
            return {"id": gid, "parts": _MOST_PARTS[operation]}

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


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
