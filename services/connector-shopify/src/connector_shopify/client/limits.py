"""What calls draw from a shop's leaky bucket, as the shop itself tells its size, and how large a page may be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from connector_kit import metrics
from connector_kit.budget import Budgets, Lane, Limit
from connector_kit.domain import Account

from connector_shopify.client.tokens import NOBODY
from connector_shopify.wire.graphql import Cost

LARGEST_PAGE = 250
DEAREST_QUERY = 900.0
"""Shopify refuses a query over 1,000 points on every plan."""
_SHARE = 0.4
"""Of the bucket, for one page: a sync may empty half of it, and a page must fit in that."""
_LOW = 0.25
_TOLD_SECONDS = 5.0

# Points a call takes until its first answer has told: what comes back counts, not the worst case asked for.
_GUESS = 10.0
_FIRST_GUESS = {
    "Shop": 1.0,
    "AppScopes": 2.0,
    "Orders": 60.0,
    "Order": 25.0,
    "OrderLines": 100.0,
    "OrderParcels": 50.0,
    "OrderRefunds": 50.0,
    "Variant": 10.0,
    "ItemVariant": 11.0,
    "Variants": 300.0,
    "ChangedVariants": 60.0,
    "ChangedProducts": 10.0,
    "CountVariants": 1.0,
    "RunBulk": 10.0,
    "BulkOperation": 1.0,
    "BulkOperations": 10.0,
    "CancelBulk": 10.0,
    "SetQuantities": 10.0,
    "SetStatusAndSetQuantities": 20.0,
    "SetStatusAndChangeVariant": 20.0,
    "PublishAndSetQuantities": 20.0,
    "PublishAndChangeVariant": 20.0,
    "Product": 60.0,
    "PublicationsOfSeveral": 50.0,
    "Subscriptions": 15.0,
    "Subscribe": 10.0,
    "Payouts": 20.0,
    "BalanceTransactions": 100.0,
    "FirstOrder": 3.0,
    "FirstArticle": 3.0,
}
# Points one node of a page adds to what the query asks for.
_FIRST_PER_NODE = {
    "Orders": 100.0,
    "Variants": 20.0,
    "ChangedVariants": 20.0,
    "Payouts": 3.0,
    "BalanceTransactions": 5.0,
}


@dataclass(frozen=True)
class Bucket:
    """A shop's bucket as assumed until the shop tells."""

    capacity: float = 2000.0
    per_second: float = 100.0


TRIAL = Bucket(capacity=100.0, per_second=5.0)
"""Of each shop's name that somebody tries to connect: some thirty tries, then one and a half a second."""
_TRIED = "trial:"


class Limits:
    """Draws points for calls to shops, and learns from each answer. Shared by all shops of a process.

    What is a `shop` here is what `limited_as` says of an account.
    """

    def __init__(self, budgets: Budgets, bucket: Bucket) -> None:
        self._budgets = budgets
        self._bucket = bucket
        self._limits: dict[str, Limit] = {}
        self._told: dict[str, float] = {}
        self._taken = dict(_FIRST_GUESS)
        self._per_node = dict(_FIRST_PER_NODE)

    async def draw(self, shop: str, operation: str, lane: Lane) -> None:
        """Wait for the points of a call. Raises CallFailed (rate limited) when the lane's patience ends."""
        limit = self._limit(shop)
        points = min(self._taken.get(operation, _GUESS), _SHARE * limit.capacity)
        await self._budgets.draw([(limit, points)], lane)
        metrics.budget_drawn.labels("shopify", lane.name.lower(), operation).inc(points)

    async def learn(self, shop: str, operation: str, cost: Cost | None, first: int | None = None) -> None:
        """Take over what an answer tells: the call's cost, and the bucket where ours differs or theirs runs low."""
        if cost is None:
            return
        if cost.actual_query_cost is not None:
            taken = self._taken.get(operation, _GUESS)
            self._taken[operation] = taken + 0.3 * (max(cost.actual_query_cost, 1.0) - taken)
        if first and cost.requested_query_cost:
            self._per_node[operation] = cost.requested_query_cost / first
        await self._compare(shop, cost)

    async def _compare(self, shop: str, cost: Cost) -> None:
        status, limit = cost.throttle_status, self._limit(shop)
        if status is None or status.maximum_available <= 0 or status.restore_rate <= 0 or _is_trial(shop):
            return
        differs = (status.maximum_available, status.restore_rate) != (limit.capacity, limit.per_second)
        low = status.currently_available < _LOW * status.maximum_available
        if differs or (low and time.monotonic() - self._told.get(shop, 0.0) > _TOLD_SECONDS):
            self._told[shop] = time.monotonic()
            true = Limit(limit.scope, status.maximum_available, status.restore_rate)
            self._limits[shop] = true
            await self._budgets.observed(true, status.currently_available)

    async def pause(self, shop: str, pause: timedelta) -> None:
        """The shop asked to slow down: nobody calls it before."""
        await self._budgets.block(self._limit(shop).scope, pause)

    def page_size(self, shop: str, operation: str) -> int:
        """Nodes a page may have, so that the query fits the shop's bucket and Shopify's own maximum."""
        affordable = min(DEAREST_QUERY, _SHARE * self._limit(shop).capacity)
        return max(1, min(LARGEST_PAGE, int(affordable / self._per_node[operation])))

    def seconds(self, shop: str, operation: str, nodes: int) -> float:
        """How long so many nodes take in pages, at the pace the shop restores its points."""
        pages = nodes / self.page_size(shop, operation)
        return pages * self._taken.get(operation, _GUESS) / self._limit(shop).per_second

    def too_dear(self, operation: str) -> None:
        """Shopify refused a page for its cost: make them smaller."""
        self._per_node[operation] *= 2

    def _limit(self, shop: str) -> Limit:
        bucket = TRIAL if _is_trial(shop) else self._bucket
        return self._limits.setdefault(shop, Limit(scope_of(shop), bucket.capacity, bucket.per_second))


def limited_as(account: Account) -> str:
    """Whose budget and circuit an account's calls count for: its shop's, or those of trying to connect a shop of that name.

    Anybody may type another's shop: what comes of it must not slow or stop the shop that is connected.
    """
    return f"{_TRIED}{account.address}" if account.account_id == NOBODY else account.address


def _is_trial(shop: str) -> bool:
    return shop.startswith(_TRIED)


def scope_of(shop: str) -> str:
    """What a shop's budget and its circuit are kept under."""
    return f"shopify:{shop}"


def until_enough(cost: Cost | None) -> timedelta:
    """When a throttled query will have its points, at least half a second."""
    if cost is None or cost.throttle_status is None or cost.requested_query_cost is None:
        return timedelta(seconds=1)
    status = cost.throttle_status
    missing = cost.requested_query_cost - status.currently_available
    return timedelta(seconds=min(max(missing / max(status.restore_rate, 1.0), 0.5), 60.0))
