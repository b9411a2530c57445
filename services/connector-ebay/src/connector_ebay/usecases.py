"""One function = one transaction: an eBay account connected, listed, disconnected."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from connector_kit import store, usecases
from connector_kit.domain import Account, OrderLine
from connector_kit.marketplace import UnmappableError, UnreadableOrder
from connector_kit.sealing import Sealer
from connector_kit.usecases import NewAccount
from kit import dead_letters
from kit.dead_letters import DeadLetter
from kit.unit_of_work import UnitOfWork
from pydantic_core import from_json
from soldwire_contracts.values import Platform

from connector_ebay.wire.lines import order_lines, read_order
from connector_ebay.wire.oauth import User

DISCONNECTED = "The seller disconnected this account in Soldwire."


def directory_key(user_id: str) -> str:
    """The name under which notifications find an account: the user id never changes, the username does."""
    return f"user:{user_id}"


async def connect(
    uow: UnitOfWork, sealer: Sealer, tenant_id: UUID, user: User, refresh_token: str, *, stock_master: bool
) -> Account:
    """Connect the seller a refresh token belongs to, or connect him again."""
    new = NewAccount(
        tenant_id=tenant_id,
        platform=Platform.EBAY,
        seller_id=user.user_id,
        address=user.username,
        name=user.username,
        keys=(directory_key(user.user_id),),
        credentials={"refresh_token": refresh_token},
        stock_master=stock_master,
    )
    return await usecases.connect_account(uow, sealer, new)


async def accounts(uow: UnitOfWork) -> Sequence[Account]:
    """The tenant's eBay accounts."""
    return await store.list_accounts(uow)


async def disconnect(uow: UnitOfWork, account_id: UUID) -> Account:
    """Stop acting for an account; its notifications are no longer taken. Raises NotFound."""
    return await usecases.disconnect_account(uow, account_id, reason=DISCONNECTED)


async def set_aside_unreadable(uow: UnitOfWork, body: bytes, error: str) -> None:
    """Keep a truly signed notification that names no topic, id or seller we can read."""
    await dead_letters.set_aside(
        uow,
        subscriber="webhooks",
        source="webhook:unreadable",
        payload=body,
        reason="unmappable",
        error=error,
    )


async def read_order_again(_: UnitOfWork, __: Account, letter: DeadLetter) -> Sequence[OrderLine]:
    """The lines of an order that could not be read; its parcels come by poll. Raises UnmappableError when it still can't."""
    order = read_order(from_json(letter.payload))
    if isinstance(order, UnreadableOrder):
        raise UnmappableError(order.reason)
    return order_lines(order, ())
