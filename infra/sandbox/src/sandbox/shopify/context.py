"""What every resolver may reach: the world, the shop that asks, and the call being recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sandbox.calls import Visit
from sandbox.truth import Account, Listing, World

if TYPE_CHECKING:  # they import this module
    from sandbox.shopify.bulk import Runner
    from sandbox.shopify.webhooks import Webhooks


@dataclass(slots=True)
class ShopContext:
    """One request of one shop's app."""

    world: World
    account: Account
    client_id: str
    visit: Visit
    stock_changed: Callable[[Listing], None]
    base_url: str
    """Where the shops are."""
    webhooks: Webhooks
    bulk: Runner


class Info(Protocol):
    """The part of graphql-core's resolve info that resolvers use."""

    context: ShopContext


def context_of(info: Info) -> ShopContext:
    context = info.context
    assert isinstance(context, ShopContext)
    return context
