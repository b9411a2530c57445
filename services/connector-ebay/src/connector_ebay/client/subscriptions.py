"""Keeping eBay's notifications coming to our address: its destination, and a subscription for each topic we read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from connector_kit.domain import Account
from connector_kit.errors import REFUSED, Action, CallFailed
from kit.logs import logger
from pydantic import SecretStr

from connector_ebay.client.http import EbayRefusedError, Seller
from connector_ebay.client.limits import Limits
from connector_ebay.client.notification_api import Body, NotificationApi
from connector_ebay.client.problems import classified
from connector_ebay.wire.mapping import TOPICS
from connector_ebay.wire.subscriptions import ENABLED, Destination, Subscription, Topic

log = logger(__name__)

NAME = "soldwire"
ANEW = 12 * 3600.0
"""A seller's subscriptions are looked at twice a day: the Notification API takes 10,000 calls a day from all of us."""
_KEPT = 3600.0
_APPLICATION = UUID(int=0)
_GROUND_CALLS = 8
_EXISTS = frozenset({195012, 195021})


@dataclass(frozen=True)
class Address:
    """Where notifications are to come, and whom eBay writes to when they can't."""

    endpoint: str
    verification_token: SecretStr
    alert_email: str = ""

    def destination(self) -> Body:
        """As eBay takes it."""
        token = self.verification_token.get_secret_value()
        config = {"endpoint": self.endpoint, "verificationToken": token}
        return {"name": NAME, "status": ENABLED, "deliveryConfig": config}

    def is_held_by(self, destination: Destination) -> bool:
        """Whether a destination is in force as we want it."""
        held = destination.delivery_config.verification_token
        token = self.verification_token.get_secret_value()
        return destination.status == ENABLED and held in (None, token)


@dataclass(frozen=True)
class _Ground:
    """What every subscription needs, as it was read."""

    destination: str
    topics: tuple[Topic, ...]
    read_at: float


@dataclass
class Subscriptions:
    """Subscribes the application and its sellers, none without an endpoint. Raises CallFailed and nothing else."""

    api: NotificationApi
    limits: Limits
    address: Address
    clock: Callable[[], float] = time.monotonic
    _ground: _Ground | None = None
    _seen: dict[UUID, float] = field(default_factory=dict)

    async def ensure_application(self) -> list[str]:
        """Topics that one token subscribes to for all sellers, once an hour; returns those added. Safe to repeat."""
        if not self.address.endpoint or self._seen_within(_KEPT, _APPLICATION):
            return []
        ground = self._ground = await self._read_ground()
        added = await self._subscribe(None, ground, of_users=False)
        self._seen[_APPLICATION] = self.clock()
        return added

    async def ensure(self, account: Account) -> list[str]:
        """Topics that the seller's own token subscribes to; returns those added. Safe to repeat."""
        if not self.address.endpoint:
            return []
        ground = self._ground
        if ground is None or self.clock() - ground.read_at > _KEPT:
            ground = self._ground = await self._read_ground()
        seller = Seller(account.account_id, account.credentials["refresh_token"])
        added = await self._subscribe(seller, ground, of_users=True)
        self._seen[account.account_id] = self.clock()
        return added

    async def ensure_at_times(self, account: Account) -> list[str]:
        """The same, for a seller who was not looked at lately."""
        return [] if self._seen_within(ANEW, account.account_id) else await self.ensure(account)

    def _seen_within(self, seconds: float, whom: UUID) -> bool:
        return self.clock() - self._seen.get(whom, float("-inf")) < seconds

    async def _read_ground(self) -> _Ground:
        await self.limits.draw_notification(_GROUND_CALLS)
        with classified():
            await self._say_who_is_alerted()
            destination = await self._destination()
            topics = tuple([await self.api.get_topic(topic_id) for topic_id in TOPICS])
        return _Ground(destination, topics, self.clock())

    async def _say_who_is_alerted(self) -> None:
        wanted = self.address.alert_email
        if wanted and (await self.api.get_config()).alert_email != wanted:
            await self.api.update_config(wanted)

    async def _destination(self) -> str:
        """The id of the destination at our address, made or put back to work where needed."""
        found = await self._ours()
        if found is None:
            with _existing_is_fine():
                await self.api.create_destination(self.address.destination())
            found = await self._ours()
        if found is None:
            raise CallFailed(REFUSED, "eBay did not keep the destination")
        if not self.address.is_held_by(found):
            await self.api.update_destination(found.destination_id, self.address.destination())
        return found.destination_id

    async def _ours(self) -> Destination | None:
        held = await self.api.get_destinations()
        return next((d for d in held if d.delivery_config.endpoint == self.address.endpoint), None)

    async def _subscribe(self, seller: Seller | None, ground: _Ground, *, of_users: bool) -> list[str]:
        await self.limits.draw_notification()
        with classified():
            held = {s.topic_id: s for s in await self.api.get_subscriptions(seller)}
        added = []
        for topic in ground.topics:
            have = held.get(topic.topic_id)
            right = have and (have.status, have.destination_id) == (ENABLED, ground.destination)
            if topic.of_users == of_users and not right and await self._add(seller, topic, ground, have):
                added.append(topic.topic_id)
        return added

    async def _add(
        self, seller: Seller | None, topic: Topic, ground: _Ground, have: Subscription | None
    ) -> bool:
        """Subscribe to one topic. One that eBay does not let us have is left out: the poll finds what it would say."""
        body: Body = {"destinationId": ground.destination, "status": ENABLED, "payload": topic.payload}
        try:
            await self.limits.draw_notification()
            with classified(), _existing_is_fine():
                if topic.payload is None:
                    raise CallFailed(REFUSED, "the topic is not sent in a form we read")
                if have is None:
                    await self.api.create_subscription(seller, {"topicId": topic.topic_id, **body})
                else:
                    await self.api.update_subscription(seller, have.subscription_id, body)
        except CallFailed as failed:
            if failed.problem.action is not Action.FAIL or failed.problem.login:
                raise
            log.warning("a topic was refused", topic=topic.topic_id, error=str(failed))
            return False
        return True


@contextmanager
def _existing_is_fine() -> Iterator[None]:
    """Another replica was faster."""
    try:
        yield
    except EbayRefusedError as error:
        if not error.error_ids & _EXISTS:
            raise
