"""Shops as their tenant sees and sets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit import wire as shared_wire
from connector_kit.domain import Account
from kit.errors import NotFound
from kit.unit_of_work import UnitOfWork

from connector_depop_ingest import store
from connector_depop_ingest.domain import TakeDown

_NO_SHOP = "There is no such shop."


async def accounts(uow: UnitOfWork) -> Sequence[Account]:
    """The tenant's shops."""
    return await shared_store.list_accounts(uow)


async def disconnect(uow: UnitOfWork, account_id: UUID) -> None:
    """Forget a shop's browsers and take nothing of it any more. Raises NotFound."""
    await shared.disconnect_account(uow, account_id, reason="The seller disconnected this shop in Soldwire.")
    for pairing in await store.list_pairings(uow):
        if pairing.account_id == account_id and pairing.revoked_at is None:
            await store.save_pairing(uow, replace(pairing, revoked_at=uow.now))
            await store.delete_keys(uow, pairing.pairing_id)


async def choose_take_down(uow: UnitOfWork, account_id: UUID, take_down: TakeDown) -> None:
    """Say how sold listings of a shop are taken down. Deleting has no undo. Raises NotFound."""
    if not await store.set_take_down(uow, account_id, take_down):
        raise NotFound("no_such_shop", _NO_SHOP)


async def questions(uow: UnitOfWork) -> Sequence[Mapping[str, object]]:
    """CSV rows that only the seller can place."""
    return await store.list_questions(uow)


async def signed_in_again(uow: UnitOfWork, account: Account) -> None:
    """A browser read the shop: if it was said to be signed out, say that it is back."""
    if account.state != "needs_login":
        return
    held = (await shared_store.load_accounts(uow, [account.account_id], lock=True))[account.account_id]
    if held.state == "needs_login":
        back = replace(held, state="connected", reason=None, revision=held.revision + 1)
        await shared_store.save_account(uow, back)
        await shared_store.make_account_due(uow, account.account_id)
        uow.emit(shared_wire.account_status(back, uow.now))


async def erase_tenants(uow: UnitOfWork, tenants: Sequence[UUID]) -> None:
    """Forget tenants, their browsers and questions too."""
    await uow.allow(tenants)
    await store.erase_own(uow, tenants)
    await shared.erase_tenants(uow, tenants)
