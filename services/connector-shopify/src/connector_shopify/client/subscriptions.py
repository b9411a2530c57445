"""Keeping a shop's webhook subscriptions at our address, whatever Shopify has removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed
from kit.logs import logger

from connector_shopify.client.http import Admin
from connector_shopify.wire.graphql import Subscription, SubscriptionsData
from connector_shopify.wire.webhooks import OPTIONAL, SUBSCRIBED, as_enum

log = logger(__name__)

NO_ADDRESS = "This installation has no public webhook address."
_PATH = "/hooks/shopify"
_TAKEN = "already been taken"
"""Another process of ours subscribed it at the same moment."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a shop sends us now. `problem` says in the seller's words why it does not send all that it should."""

    topics: tuple[str, ...]
    problem: str | None = None
    repaired: tuple[str, ...] = ()
    """Topics that were missing, or sent elsewhere, until now."""


class Subscriptions:
    """Subscribes a shop's topics to our `address`, none when that is empty. Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin, address: str) -> None:
        self._admin = admin
        self.address = address

    async def ensure(self, account: Account) -> Registered:
        """Bring each topic to our address once: made where it is missing, moved where it goes to an older address of ours,
        further ones of it removed. Safe to repeat.

        A topic that the shop or our scopes do not allow is left out and said: the poll finds what it would tell.
        """
        if not self.address:
            return Registered((), NO_ADDRESS)
        held = await self._held(account)
        repaired: list[str] = []
        refused: dict[str, str] = {}
        for topic in SUBSCRIBED:
            try:
                if await self._keep(account, topic, held.get(as_enum(topic), ())):
                    repaired.append(topic)
            except CallFailed as failed:
                if not _refused(failed):
                    raise
                if _TAKEN not in failed.detail:
                    log.warning(
                        "a webhook topic was refused", shop=account.address, topic=topic, error=str(failed)
                    )
                    refused[topic] = failed.detail or failed.problem.reason
        topics = tuple(topic for topic in SUBSCRIBED if topic not in refused)
        return Registered(topics, _problem(refused), tuple(repaired))

    async def end(self, account: Account) -> None:
        """Remove all that are ours. Safe to repeat."""
        for held in (await self._held(account)).values():
            for one in held:
                await self._remove(account, one)

    async def _held(self, account: Account) -> Mapping[str, list[Subscription]]:
        """Subscriptions of ours by topic, as Shopify writes it; those at our address first, else the oldest first."""
        found: list[Subscription] = []
        cursor: str | None = None
        while True:
            data = await self._admin.read(
                account, "Subscriptions", {"after": cursor}, SubscriptionsData, Lane.ORDERS
            )
            found += data.webhook_subscriptions.nodes
            cursor = data.webhook_subscriptions.cursor
            if cursor is None:
                break
        held: dict[str, list[Subscription]] = {}
        for one in sorted(found, key=lambda one: one.uri != self.address):
            if one.uri == self.address or _ours(one.uri):
                held.setdefault(one.topic, []).append(one)
        return held

    async def _keep(self, account: Account, topic: str, held: Sequence[Subscription]) -> bool:
        """Whether anything had to be done for the topic to reach us."""
        reaches = bool(held) and held[0].uri == self.address
        wanted = {"uri": self.address, "format": "JSON"}
        if not held:
            values = {"topic": as_enum(topic), "webhookSubscription": wanted}
            await self._change(account, "Subscribe", "webhookSubscriptionCreate", values)
        elif not reaches:
            values = {"id": held[0].id, "webhookSubscription": wanted}
            await self._change(account, "MoveSubscription", "webhookSubscriptionUpdate", values)
        for one in held[1:]:
            await self._remove(account, one)
        return not reaches

    async def _remove(self, account: Account, one: Subscription) -> None:
        """One that can't be removed is gone already, or harms nobody: what it sends is taken once."""
        try:
            await self._change(account, "Unsubscribe", "webhookSubscriptionDelete", {"id": one.id})
        except CallFailed as failed:
            if not _refused(failed):
                raise
            log.warning("a webhook subscription was not removed", shop=account.address, error=str(failed))

    async def _change(
        self, account: Account, operation: str, field: str, variables: Mapping[str, object]
    ) -> None:
        await self._admin.change(account, operation, field, variables, Lane.ORDERS)


def _refused(failed: CallFailed) -> bool:
    """Whether this one change is refused, as against the shop that can't be asked."""
    return failed.problem.action is Action.FAIL and not failed.problem.login


def _ours(uri: str) -> bool:
    """Whether it is an address of ours, at a host we have left: nobody else's has this path."""
    parts = urlsplit(uri)
    return parts.scheme in ("http", "https") and parts.path == _PATH


def _problem(refused: Mapping[str, str]) -> str | None:
    needed: Collection[str] = [topic for topic in refused if topic not in OPTIONAL]
    if not needed:
        return None
    reasons = "; ".join(dict.fromkeys(refused[topic] for topic in needed))
    return f"Shopify does not send {', '.join(needed)}: {reasons}"[:500]
