"""What every resolver may reach: the world, the shop that asks, and the call being recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sandbox.calls import Visit
from sandbox.truth import Account, Listing, World


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


class Info(Protocol):
    """The part of graphql-core's resolve info that resolvers use."""

    context: ShopContext


def context_of(info: Info) -> ShopContext:
    context = info.context
    assert isinstance(context, ShopContext)
    return context
