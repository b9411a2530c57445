"""Orders of a page that could not be read, redriven."""

from __future__ import annotations

from collections.abc import Sequence

from connector_kit import usecases as shared
from connector_kit.domain import Account, OrderLine
from connector_kit.marketplace import UnmappableError, UnreadableOrder
from connector_kit.store import ReceivedWebhook
from kit.dead_letters import DeadLetter
from kit.unit_of_work import UnitOfWork
from pydantic_core import from_json, to_json

from connector_shopify.wire.graphql_orders import read_order
from connector_shopify.wire.lines import order_lines
from connector_shopify.wire.webhooks import EDITED


async def read_order_again(uow: UnitOfWork, account: Account, letter: DeadLetter) -> Sequence[OrderLine]:
    """The lines of an order that could not be read; none of one that is to be asked for. Raises UnmappableError when it still can't."""
    order = read_order(from_json(letter.payload))
    if isinstance(order, UnreadableOrder):
        raise UnmappableError(order.reason)
    if order.cut_off:
        await _have_it_read(uow, account, letter, order.id)
        return ()
    return order_lines(order.normalised(), account.address, letter.created_at)


async def _have_it_read(uow: UnitOfWork, account: Account, letter: DeadLetter, order_id: str) -> None:
    """What was kept is only the beginning of a long order: ask for it as a webhook that names it would."""
    asked = ReceivedWebhook(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        topic=EDITED,
        delivery_id=f"redriven:{letter.id}",
        body=to_json({"order_edit": {"order_id": order_id}}),
        headers={},
    )
    if not all(await shared.accept_webhooks(uow, [asked])):
        raise UnmappableError("the account is disconnected; connected again, its orders are read anyway")
