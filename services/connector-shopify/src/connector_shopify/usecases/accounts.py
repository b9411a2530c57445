"""Shops: connected, listed, changed, disconnected; the secrets they sign with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account
from connector_kit.sealing import Sealer
from connector_kit.store import Known
from connector_kit.usecases import NewAccount, Parting
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.ids import account_id as mint_account_id
from soldwire_contracts.values import Platform

from connector_shopify import store
from connector_shopify.domain import words_of
from connector_shopify.usecases.leaving import reason_of_leaving, require_called_off, want_leaving
from connector_shopify.usecases.payouts import want_payouts
from connector_shopify.usecases.products import try_refused_again
from connector_shopify.usecases.scopes import record_scopes, want_scopes_checked
from connector_shopify.usecases.subscriptions import watch_subscriptions
from connector_shopify.usecases.tokens import want_renewal
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.graphql import Shop


def directory_key(shop: str) -> str:
    """The name under which webhooks find an account."""
    return f"shop:{shop.lower()}"


def _lasting_key(shop: str, account_id: UUID) -> str:
    """A name that stays the account's when another tenant connects the shop: what is held of its buyers stays too."""
    return f"{directory_key(shop)}#{account_id}"


async def connect(
    uow: UnitOfWork,
    sealer: Sealer,
    tenant_id: UUID,
    shop: Shop,
    credentials: Credentials,
    granted: Collection[str],
    *,
    stock_master: bool,
) -> Account:
    """Connect the shop a token belongs to, or connect it again. Raises Refused when another tenant has it, and while our app
    is just being removed from it.

    `granted` are the scopes it gives, none of the needed missing. `stock_master` False leaves one connected before as it
    was; a token without its app's secret leaves the secret held: it signs what the shop sends.
    """
    address = shop.myshopify_domain.lower()
    await require_called_off(uow, sealer, address)
    account_id = mint_account_id(tenant_id, Platform.SHOPIFY, shop.id)
    before = (await shared_store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if credentials.grant == "token" and credentials.client_secret is None:
        credentials = replace(credentials, client_secret=await _secret_held(uow, sealer, account_id))
    new = NewAccount(
        tenant_id=tenant_id,
        platform=Platform.SHOPIFY,
        seller_id=shop.id,
        address=address,
        name=shop.name,
        keys=(directory_key(address), _lasting_key(address, account_id)),
        credentials=credentials.kept(),
        stock_master=stock_master,
    )
    account = await shared.connect_account(uow, sealer, new)
    await want_payouts(uow, account)
    await want_renewal(uow, account)
    await want_scopes_checked(uow, account)
    await record_scopes(uow, account.account_id, granted)
    await watch_subscriptions(uow, account)
    if before is not None and before.state != "revoked":  # what was left undone when it left stays so
        await try_refused_again(uow, account)
    await store.forget_refusals(uow, account.account_id)
    return account


async def _secret_held(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> str | None:
    """The client secret of a shop connected before; what can't be opened any more is none."""
    found, _ = await shared_store.load_openable(uow, [account_id], sealer)
    return found[account_id].credentials.get("client_secret") or None if account_id in found else None


async def accounts(uow: UnitOfWork) -> Sequence[Account]:
    """The tenant's shops."""
    return await shared_store.list_accounts(uow)


async def change(uow: UnitOfWork, account_id: UUID, *, stock_master: bool) -> Account:
    """Say whether the tenant counts stock in this shop. Raises NotFound."""
    return await shared.set_stock_master(uow, account_id, stock_master)


async def disconnect(uow: UnitOfWork, account_id: UUID, parting: Parting) -> Account:
    """Stop acting for a shop; its webhooks are no longer taken, its tokens are gone but for telling the shop.

    One whose tokens can't be opened is not told: its seller is. Raises NotFound.
    """
    await shared_store.load_accounts(uow, [account_id], lock=True)
    found, _ = await shared_store.load_openable(uow, [account_id], parting.sealer)
    before = found.get(account_id)
    reason = reason_of_leaving(before) if before is not None else words_of("closed", our_app=True)
    account = await shared.disconnect_account(uow, account_id, reason=reason, parting=parting)
    if before is not None and before.state != "revoked":
        await want_leaving(uow, parting.sealer, before)
    return account


@dataclass(frozen=True, slots=True)
class Signing:
    """What a shop's webhooks are signed with besides our secrets. `by_our_app`: nothing, it signed in at our app."""

    by_our_app: bool = False
    secret: str | None = field(default=None, repr=False)


async def signing_of(uow: UnitOfWork, sealer: Sealer, known: Known) -> Signing:
    """How a shop signs what it sends; what can't be opened says nothing of it."""
    found, _ = await shared_store.load_openable(uow, [known.account_id], sealer)
    if known.account_id not in found:
        return Signing()
    held = Credentials.read(found[known.account_id].credentials)
    return Signing(held.grant == "offline", held.client_secret or None)


async def shop_ever_known(uow: UnitOfWork, shop: str) -> Known | None:
    """A shop's entry, also after it removed the app."""
    return await shared_store.find_in_directory(uow, directory_key(shop))


async def accounts_of_shop(uow: UnitOfWork, shop: str) -> list[Known]:
    """Every account the shop is or was, of whatever tenant. Bus role."""
    last = await shop_ever_known(uow, shop)
    found = await shared_store.list_directory(uow, f"{directory_key(shop)}#")
    return [*found, *([last] if last and last.account_id not in {one.account_id for one in found} else [])]
