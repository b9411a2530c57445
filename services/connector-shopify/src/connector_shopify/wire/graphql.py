"""What every answer of the Admin GraphQL API is made of, and the small ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from connector_shopify.wire.base import Id, Text, Value, Wire
from connector_shopify.wire.money import Pair, shops_alone

N = TypeVar("N")


class Node(Wire):
    """GraphQL names are camelCase; what we did not ask for does not come."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class MoneyV2(Node):
    """An amount in one currency."""

    amount: Value


class MoneyBag(Node):
    """The amount in the shop's currency and, where a document asks for it, in the buyer's."""

    shop_money: MoneyV2
    presentment_money: MoneyV2 | None = None

    @property
    def amount(self) -> Decimal:
        """In the shop's currency."""
        return self.shop_money.amount

    @property
    def pair(self) -> Pair:
        """In both."""
        if self.presentment_money is None:
            return shops_alone(self.amount)
        return Pair(self.amount, self.presentment_money.amount)


class PageInfo(Node):
    """Where a page ends."""

    has_next_page: bool
    end_cursor: str | None = None


class Connection(Node, Generic[N]):
    """A page of nodes."""

    nodes: tuple[N, ...]
    page_info: PageInfo

    @property
    def cursor(self) -> str | None:
        """Where the next page begins; None at the end."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None


class Ref(Node):
    """Something by its id alone."""

    id: Id


class Shop(Node):
    """The shop a token is for. `id` never changes; the domain may."""

    id: str
    name: Text
    myshopify_domain: Text
    currency_code: str


class ShopData(Node):
    """Answer of Shop."""

    shop: Shop


class AccessScope(Node):
    """One thing that our app may do in a shop."""

    handle: Text


class InstalledApp(Node):
    """The app a token is of; `api_key` is its client id."""

    api_key: Text


class Installation(Node):
    """That app in a shop."""

    access_scopes: tuple[AccessScope, ...]
    app: InstalledApp | None = None


class AppScopesData(Node):
    """Answer of AppScopes."""

    current_app_installation: Installation


class ThrottleStatus(Node):
    """The leaky bucket."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(Node):
    """What a query asked for, what it took, and what is left."""

    requested_query_cost: float | None = None
    actual_query_cost: float | None = None
    throttle_status: ThrottleStatus | None = None


class UserError(Node):
    """Why a mutation did nothing."""

    code: str | None = None
    message: str


class Payload(Node):
    """What any of our mutations answers."""

    user_errors: tuple[UserError, ...]


class Subscription(Node):
    """Where a topic is sent."""

    id: str
    topic: str
    uri: str


class SubscriptionsData(Node):
    """Answer of Subscriptions."""

    webhook_subscriptions: Connection[Subscription]
