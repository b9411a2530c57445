"""One function = one transaction: a shop connected, listed, disconnected; its secrets; personal data forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account
from connector_kit.marketplace import UnmappableError, UnreadableOrder
from connector_kit.sealing import Sealer
from connector_kit.store import Known, ReceivedWebhook
from connector_kit.usecases import NewAccount, Sighting
from kit.dead_letters import DeadLetter
from kit.unit_of_work import UnitOfWork
from pydantic_core import from_json, to_json
from soldwire_contracts.values import Platform

from connector_shopify import store
from connector_shopify.wire.graphql import Shop
from connector_shopify.wire.graphql_orders import read_order
from connector_shopify.wire.lines import order_lines
from connector_shopify.wire.webhooks import EDITED

DISCONNECTED = "The seller disconnected this account in Soldwire."


def directory_key(shop: str) -> str:
    """The name under which webhooks find an account."""
    return f"shop:{shop.lower()}"


async def connect(
    uow: UnitOfWork,
    sealer: Sealer,
    tenant_id: UUID,
    shop: Shop,
    credentials: Mapping[str, str],
    *,
    stock_master: bool,
) -> Account:
    """Connect the shop a token belongs to, or connect it again. Raises Refused when another tenant has it."""
    new = NewAccount(
        tenant_id=tenant_id,
        platform=Platform.SHOPIFY,
        seller_id=shop.id,
        address=shop.myshopify_domain.lower(),
        name=shop.name,
        keys=(directory_key(shop.myshopify_domain),),
        credentials=credentials,
        stock_master=stock_master,
    )
    return await shared.connect_account(uow, sealer, new)


async def accounts(uow: UnitOfWork) -> Sequence[Account]:
    """The tenant's shops."""
    return await shared_store.list_accounts(uow)


async def change(uow: UnitOfWork, account_id: UUID, *, stock_master: bool) -> Account:
    """Say whether the tenant counts stock in this shop. Raises NotFound."""
    return await shared.set_stock_master(uow, account_id, stock_master)


async def disconnect(uow: UnitOfWork, account_id: UUID) -> None:
    """Stop acting for a shop; its webhooks are no longer taken. Raises NotFound."""
    await shared.disconnect_account(uow, account_id, reason=DISCONNECTED)


async def client_secret_of(uow: UnitOfWork, sealer: Sealer, known: Known) -> str | None:
    """The client secret of a shop that is connected through an app of its own."""
    found = await shared_store.load_accounts(uow, [known.account_id], sealer)
    account = found.get(known.account_id)
    return account.credentials.get("client_secret") or None if account else None


async def shop_ever_known(uow: UnitOfWork, shop: str) -> Known | None:
    """A shop's entry, also after it removed the app."""
    return await shared_store.find_in_directory(uow, directory_key(shop))


async def forget_buyer(uow: UnitOfWork, known: Known, ids: Collection[str]) -> int:
    """Forget what names one buyer: mapped webhooks, of all buyers, and dead ones that hold one of the ids.

    One still to be mapped is in use; it is pruned with its kind (raw_webhook_days, Shopify's own time for this).
    """
    emptied = await store.forget_dead_webhooks(uow, known.account_id, ids)
    return emptied + await store.forget_raw_webhooks(uow, known.account_id)


async def forget_shop(uow: UnitOfWork, sealer: Sealer, known: Known) -> int:
    """Forget all buyers of a shop and, unless it is connected again, its keys too."""
    emptied = await store.forget_dead_webhooks(uow, known.account_id, None)
    account = (await shared_store.load_accounts(uow, [known.account_id])).get(known.account_id)
    if account is not None and account.state == "revoked":
        await shared.keep_credentials(uow, sealer, account, {})
    return emptied + await store.forget_raw_webhooks(uow, known.account_id)


async def read_order_again(uow: UnitOfWork, letter: DeadLetter) -> None:
    """Redrive an order of a page that could not be read. Raises UnmappableError when it still can't."""
    if letter.tenant_id is None or letter.key is None:
        raise UnmappableError("the dead letter names no account")
    await uow.allow([letter.tenant_id])
    account_id = UUID(bytes=letter.key)
    account = (await shared_store.load_accounts(uow, [account_id])).get(account_id)
    if account is None:
        raise UnmappableError("the account is no longer there")
    order = read_order(from_json(letter.payload))
    if isinstance(order, UnreadableOrder):
        raise UnmappableError(order.reason)
    if order.cut_off:
        await _have_it_read(uow, account, letter, order.id)
        return
    lines = order_lines(order.normalised(), account.address, letter.created_at)
    await shared.record_lines(uow, [Sighting(account, line, "poll", letter.created_at) for line in lines])


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
    await shared.accept_webhooks(uow, [asked])
