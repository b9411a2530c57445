"""Calls an application may make in a day and a user in a second, and what developer analytics says of them."""

from datetime import UTC, datetime, time, timedelta

from sandbox.bucket import Bucket
from sandbox.ebay.replies import EbayError, time_text
from sandbox.truth import Account, World

API_OF = {
    "getOrders": "fulfillment",
    "getOrder": "fulfillment",
    "getShippingFulfillments": "fulfillment",
    "createShippingFulfillment": "fulfillment",
}
DEFAULT = 100_000


def too_many() -> EbayError:
    """What eBay says to who asks too often."""
    text = "Too many requests. The request limit has been reached for the resource."
    return EbayError(429, 2001, text, "ACCESS")


class Limits:
    """Counts in memory; the settings say where it ends."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._users = _UserLimits(world)
        self._used: dict[tuple[int, str, str, str], int] = {}

    def count(self, account: Account, operation: str) -> None:
        """Take one call from every limit it has; raises what eBay says when one is used up."""
        self._users.count(account)
        api, today = API_OF.get(operation, "inventory"), datetime.now(UTC).date().isoformat()
        key = (self._world.epoch, account.client_id, api, today)
        used = self._used.get(key, 0)
        if used >= account.limit("daily_limit", float("inf")):
            raise too_many()
        self._used[key] = used + 1

    def report(self, client_id: str) -> dict[str, object]:
        today = datetime.now(UTC).date()
        reset = datetime.combine(today + timedelta(days=1), time(), UTC)
        limits = [
            a.limit("daily_limit", DEFAULT) for a in self._world.accounts.values() if a.client_id == client_id
        ]
        limit = int(min(limits, default=DEFAULT))
        return {
            "rateLimits": [
                {
                    "apiContext": "sell",
                    "apiName": api,
                    "apiVersion": "v1",
                    "resources": [
                        {
                            "name": f"sell.{api}",
                            "rates": [self._rate(client_id, api, today.isoformat(), limit, time_text(reset))],
                        }
                    ],
                }
                for api in ("fulfillment", "inventory")
            ]
        }

    def _rate(self, client_id: str, api: str, day: str, limit: int, reset: str) -> dict[str, object]:
        used = self._used.get((self._world.epoch, client_id, api, day), 0)
        return {
            "count": used,
            "limit": limit,
            "remaining": max(0, limit - used),
            "reset": reset,
            "timeWindow": 86_400,
        }


class _UserLimits:
    """Calls for one seller: `calls_per_second` of them, `calls_at_once` after a pause; without a setting there is no limit."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._buckets: dict[str, tuple[tuple[float, float, int], Bucket]] = {}

    def count(self, account: Account) -> None:
        rate = account.limit("calls_per_second", 0)
        if rate and not self._bucket(account, rate).take(1):
            raise too_many()

    def _bucket(self, account: Account, rate: float) -> Bucket:
        size = account.limit("calls_at_once", rate)
        terms = (size, rate, self._world.epoch)
        known = self._buckets.get(account.name)
        if known is None or known[0] != terms:
            known = (terms, Bucket(size, rate))
            self._buckets[account.name] = known
        return known[1]
