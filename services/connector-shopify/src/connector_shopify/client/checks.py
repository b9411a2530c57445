"""A test of a shop's connection: each part asked now, said in words; nothing is changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.errors import CallFailed

from connector_shopify.client.http import Admin
from connector_shopify.wire.checks import FirstArticleData, FirstOrderData
from connector_shopify.wire.graphql import AppScopesData, ShopData, SubscriptionsData
from connector_shopify.wire.payments import PayoutsData
from connector_shopify.wire.scopes import PAYOUTS_SCOPE, missing_scopes
from connector_shopify.wire.webhooks import topics_missing

_PATIENCE = 9.5
"""Seconds for all of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one part said, and how long that took."""

    name: str
    ok: bool
    words: str
    ms: float


@dataclass
class _Asked:
    """One account's test under way."""

    account: Account
    until: float
    unverified: str | None = None
    granted: Collection[str] | None = None
    steps: list[Step] = field(default_factory=list)


Question = Callable[[_Asked], Awaitable[tuple[bool, str]]]


class Checks:
    """Asks a shop. `address` is where its webhooks should go, empty when this installation takes none."""

    def __init__(self, admin: Admin, address: str) -> None:
        self._admin = admin
        self._address = address

    async def run(
        self, account: Account, payouts_error: str | None, unverified: str | None = None
    ) -> Sequence[Step]:
        """Every step that can be asked, in order, within ten seconds. Raises nothing a shop can cause.

        `unverified`: why what the shop sends can't be verified, as far as its health knows.
        """
        asked = _Asked(account, time.monotonic() + _PATIENCE, unverified)
        first = await self._step(asked, "token", self._token)
        rest: dict[str, Question] = {
            "shop": self._shop,
            "scopes": _scopes,
            "orders": self._orders,
            "articles": self._articles,
            "webhooks": self._webhooks,
            "payouts": lambda one: self._payouts(one, payouts_error),
        }
        if not first.ok:
            return [first, *(Step(name, False, "Not asked: the step before failed.", 0.0) for name in rest)]
        return [first, *await asyncio.gather(*(self._step(asked, name, ask) for name, ask in rest.items()))]

    async def _step(self, asked: _Asked, name: str, ask: Question) -> Step:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, asked.until - begun)):
                ok, words = await ask(asked)
        except CallFailed as failed:
            ok, words = False, failed.problem.reason
        except TimeoutError:
            ok, words = False, "Shopify did not answer in time. Try again in a minute."
        return Step(name, ok, words, round((time.monotonic() - begun) * 1000, 1))

    async def _token(self, asked: _Asked) -> tuple[bool, str]:
        data = await self._admin.read(asked.account, "AppScopes", {}, AppScopesData, Lane.ORDERS)
        asked.granted = [scope.handle for scope in data.current_app_installation.access_scopes]
        return True, "Shopify accepts Soldwire's access."

    async def _shop(self, asked: _Asked) -> tuple[bool, str]:
        shop = (await self._admin.read(asked.account, "Shop", {}, ShopData, Lane.ORDERS)).shop
        if shop.id != asked.account.seller_id:
            return False, f"This access is for another shop, {shop.name}. Connect {asked.account.name} again."
        return True, f"It is {shop.name}."

    async def _orders(self, asked: _Asked) -> tuple[bool, str]:
        data = await self._admin.read(asked.account, "FirstOrder", {}, FirstOrderData, Lane.ORDERS)
        return True, "Orders can be read." if data.orders.nodes else "Orders can be read; there is none yet."

    async def _articles(self, asked: _Asked) -> tuple[bool, str]:
        data = await self._admin.read(asked.account, "FirstArticle", {}, FirstArticleData, Lane.ORDERS)
        found = data.product_variants.nodes
        return True, "Articles can be read." if found else "Articles can be read; there is none yet."

    async def _webhooks(self, asked: _Asked) -> tuple[bool, str]:
        if not self._address:
            words = "This installation has no public address, so Shopify can't notify it. Orders are read every minute."
            return False, words
        held, cursor = set[str](), None
        while True:
            data = await self._admin.read(
                asked.account, "Subscriptions", {"after": cursor}, SubscriptionsData, Lane.ORDERS
            )
            held |= {s.topic for s in data.webhook_subscriptions.nodes if s.uri == self._address}
            cursor = data.webhook_subscriptions.cursor
            if cursor is None:
                break
        missing = topics_missing(held)
        if missing:
            return (
                False,
                f"Shopify does not notify Soldwire of {', '.join(missing)}. It is put right within an hour.",
            )
        if asked.unverified is not None:
            return False, asked.unverified
        return True, f"Shopify notifies Soldwire of all {len(topics_missing(()))} kinds of news."

    async def _payouts(self, asked: _Asked, error: str | None) -> tuple[bool, str]:
        """Whether they can be read now, and what the last whole reading found wrong. A seller may leave them out."""
        if PAYOUTS_SCOPE not in (asked.granted or ()):
            return True, "Not read: the permission for payouts was not granted, and all else works without."
        wanted = {"first": 1, "after": None, "query": None}
        data = await self._admin.read(asked.account, "Payouts", wanted, PayoutsData, Lane.ORDERS)
        if data.shopify_payments_account is None:
            return True, "This shop does not use Shopify Payments, so there are no payouts to read."
        return (False, error) if error else (True, "Payouts can be read.")


async def _scopes(asked: _Asked) -> tuple[bool, str]:
    missing = missing_scopes(asked.granted or ())
    needed = [one.scope for one in missing if one.needed]
    if needed:
        return False, f"Missing: {', '.join(needed)}. Connect the shop again and accept every permission."
    if missing:
        return True, "Soldwire may do all it must. " + " ".join(dict.fromkeys(one.without for one in missing))
    return True, "Every permission was granted."
