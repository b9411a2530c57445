"""The world in memory: collections, indexes, and the one way to change it durably."""

import time
from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast

from sandbox.truth import model
from sandbox.truth.beside import BalanceTransaction, BulkOperation, Payout
from sandbox.truth.goods import Listing
from sandbox.truth.journal import Journal
from sandbox.truth.numbered import InOrder
from sandbox.truth.shelves import Shelves
from sandbox.truth.trade import Order

E = TypeVar("E", bound=model.Entity)


class World:
    """Holds every record; `commit` is the only way one becomes true."""

    def __init__(self, folder: Path | None = None) -> None:
        self._journal = Journal(folder) if folder else None
        self.epoch = 0
        self.sequence: int = 0
        self._empty()
        if self._journal:
            for sequence, entities in self._journal.read():
                self.sequence = max(self.sequence, sequence)
                for entity in entities:
                    self._put(entity)

    def _empty(self) -> None:
        self.sequence = 0
        self._shelves: dict[str, dict[str, object]] = {}
        self.applications = self._shelf(model.Application)
        self.accounts = self._shelf(model.Account)
        self.tokens = self._shelf(model.Token)
        self.listings = self._shelf(Listing)
        self.orders = self._shelf(Order)
        self.receipts = self._shelf(model.Receipt)
        self.subscriptions = self._shelf(model.Subscription)
        self.deliveries = self._shelf(model.Delivery)
        self.attempts = self._shelf(model.Attempt)
        self.calls = self._shelf(model.Call)
        self.refusals = self._shelf(model.Refusal)
        self.signing_keys = self._shelf(model.SigningKey)
        self.bulk_operations = self._shelf(BulkOperation)
        self.balance_transactions = self._shelf(BalanceTransaction)
        self.payouts = self._shelf(Payout)
        self._kept: dict[str, bytes] = {}
        self._empty_indexes()

    def _shelf(self, kind: type[E]) -> dict[str, E]:
        """The records of a kind, by key."""
        made: dict[str, E] = {}
        self._shelves[kind.kind] = cast("dict[str, object]", made)
        return made

    def _empty_indexes(self) -> None:
        self._order_balance: dict[tuple[str, str], dict[int, BalanceTransaction]] = defaultdict(dict)
        self.calls_in_order: InOrder[model.Call] = InOrder()
        self.attempts_in_order: InOrder[model.Attempt] = InOrder()
        self.orders_in_order: InOrder[Order] = InOrder()
        self.refusals_in_order: InOrder[model.Refusal] = InOrder()
        self._account_listings: dict[str, dict[str, Listing]] = defaultdict(dict)
        self._account_orders: dict[str, dict[str, Order]] = defaultdict(dict)
        self._account_skus: dict[tuple[str, str], dict[str, Listing]] = defaultdict(dict)
        self._account_subscriptions: dict[tuple[str, str], dict[str, model.Subscription]] = defaultdict(dict)
        self._subscribers: dict[tuple[str, str, str], dict[str, model.Subscription]] = defaultdict(dict)
        self._product_listings: dict[tuple[str, str], dict[str, Listing]] = defaultdict(dict)
        self._shops: dict[str, Shelves] = defaultdict(Shelves)

    def next(self) -> int:
        """A number never handed out before, also not before a restart if anything using it was committed."""
        self.sequence += 1
        return self.sequence

    def commit(self, *entities: model.Entity) -> None:
        if self._journal:
            self._journal.append(self.sequence, entities)
        for entity in entities:
            self._put(entity)

    def _put(self, entity: model.Entity) -> None:
        self._shelves[entity.kind][entity.key] = entity
        if isinstance(entity, Listing):
            owner = f"{entity.platform}:{entity.account}"
            self._account_listings[owner][entity.id] = entity
            self._account_skus[owner, entity.sku][entity.id] = entity
            siblings = self._product_listings[entity.platform, entity.product]
            siblings[entity.id] = entity
            if entity.platform == "shopify":
                self._shops[entity.account].put_listing(entity, siblings.values())
        elif isinstance(entity, BalanceTransaction):
            self._shops[entity.account].put_balance(entity)
            if entity.order is not None:
                self._order_balance[entity.account, entity.order][entity.seq] = entity
        elif isinstance(entity, Payout):
            self._shops[entity.account].put_payout(entity)
        elif isinstance(entity, model.Call):
            self.calls_in_order.put(entity)
        elif isinstance(entity, model.Attempt):
            self.attempts_in_order.put(entity)
        elif isinstance(entity, Order):
            self.orders_in_order.put(entity)
            self._account_orders[f"{entity.platform}:{entity.account}"][entity.id] = entity
            if entity.platform == "shopify":
                self._shops[entity.account].put_order(entity)
        elif isinstance(entity, model.Refusal):
            self.refusals_in_order.put(entity)
        elif isinstance(entity, model.Subscription):
            self._subscribers[entity.platform, entity.account, entity.topic][entity.id] = entity
            self._account_subscriptions[entity.platform, entity.account][entity.id] = entity

    def keep(self, name: str, content: bytes) -> None:
        """Put a file aside, for as long as the world is kept."""
        if self._journal:
            self._journal.keep(name, content)
        else:
            self._kept[name] = content

    def kept(self, name: str) -> bytes | None:
        return self._journal.kept(name) if self._journal else self._kept.get(name)

    def bulk_of(self, shop: str) -> list[BulkOperation]:
        return [x for x in self.bulk_operations.values() if x.account == shop]

    def balance_of(self, shop: str) -> list[BalanceTransaction]:
        return list(self._shops[shop].balance["id"].between())

    def balance_of_order(self, shop: str, order_id: str) -> list[BalanceTransaction]:
        return list(self._order_balance[shop, order_id].values())

    def payouts_of(self, shop: str) -> list[Payout]:
        return list(self._shops[shop].payouts["id"].between())

    def picture(self, shop: str, *, orders: bool) -> "World":
        """A Shopify shop's listings, and its orders where these are wanted, as they are now, whatever becomes of them."""
        taken = World()
        for listing in self.listings_of("shopify", shop):
            if listing.state != "DELETED" or orders:
                copied = replace(
                    listing, elsewhere=dict(listing.elsewhere), hidden_on=list(listing.hidden_on)
                )
                taken.commit(copied)
        for order in self.orders_of("shopify", shop) if orders else ():
            taken.commit(deepcopy(order))
        return taken

    def subscriptions_of(self, platform: str, account: str) -> list[model.Subscription]:
        found = self._account_subscriptions[platform, account].values()
        return [subscription for subscription in found if not subscription.removed]

    def subscribers(self, platform: str, account: str, topic: str) -> list[model.Subscription]:
        found = self._subscribers.get((platform, account, topic), {}).values()
        return [subscription for subscription in found if not subscription.removed]

    def reset(self) -> None:
        if self._journal:
            self._journal.clear()
        self._empty()
        self.epoch += 1

    def close(self) -> None:
        if self._journal:
            self._journal.close()

    def account(self, platform: str, name: str) -> model.Account | None:
        return self.accounts.get(f"{platform}:{name}")

    def application(self, platform: str, client_id: str) -> model.Application | None:
        return self.applications.get(f"{platform}:{client_id}")

    def listing(self, platform: str, listing_id: str) -> Listing | None:
        return self.listings.get(f"{platform}:{listing_id}")

    def order(self, platform: str, order_id: str) -> Order | None:
        return self.orders.get(f"{platform}:{order_id}")

    def shelves(self, shop: str) -> Shelves:
        """A Shopify shop's variants, products and orders, sorted."""
        return self._shops[shop]

    def listings_of(self, platform: str, account: str) -> list[Listing]:
        return list(self._account_listings[f"{platform}:{account}"].values())

    def orders_of(self, platform: str, account: str) -> list[Order]:
        return list(self._account_orders[f"{platform}:{account}"].values())

    def count_orders(self, platform: str, account: str) -> int:
        return len(self._account_orders[f"{platform}:{account}"])

    def by_sku(self, platform: str, account: str, sku: str) -> list[Listing]:
        return list(self._account_skus[f"{platform}:{account}", sku].values())

    def of_product(self, platform: str, product: str) -> list[Listing]:
        return list(self._product_listings[platform, product].values())

    def live_token(self, value: str, *uses: str) -> model.Token | None:
        """The token, unless it is unknown, of another use, revoked or expired."""
        token = self.tokens.get(value)
        if token is None or token.use not in uses or token.revoked:
            return None
        return None if token.expires_at is not None and token.expires_at < time.time() else token


def now() -> datetime:
    return datetime.now(UTC)
