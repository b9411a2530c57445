"""A tenant's shops: listed, changed, disconnected."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from connector_kit.connector import Connector
from connector_kit.domain import Account
from fastapi import APIRouter
from kit.http import CallerDep, WriterDep
from pydantic import BaseModel

from connector_shopify import usecases


class Change(BaseModel):
    """What a seller may change of an account."""

    stock_master: bool


class AccountView(BaseModel):
    """An account as its tenant sees it."""

    account_id: UUID
    name: str
    address: str
    state: str
    reason: str | None
    stock_master: bool
    connected_at: datetime
    orders_read_up_to: datetime | None


def accounts_router(connector: Connector) -> APIRouter:
    """`/v1/accounts`."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
    database = connector.database

    @router.get("")
    async def accounts(caller: CallerDep) -> list[AccountView]:
        """The tenant's shops."""
        async with database.request(caller.tenant_id) as uow:
            return [view(account) for account in await usecases.accounts(uow)]

    @router.patch("/{account_id}")
    async def change(caller: WriterDep, account_id: UUID, body: Change) -> AccountView:
        """Say whether the tenant counts its stock in this shop."""
        async with database.bus([caller.tenant_id]) as uow:
            return view(await usecases.change(uow, account_id, stock_master=body.stock_master))

    @router.delete("/{account_id}", status_code=204)
    async def disconnect(caller: WriterDep, account_id: UUID) -> None:
        """Stop acting for a shop."""
        async with database.bus([caller.tenant_id]) as uow:
            await usecases.disconnect(uow, account_id, connector.parting)

    return router


def view(account: Account) -> AccountView:
    """As the tenant sees it."""
    return AccountView(
        account_id=account.account_id,
        name=account.name,
        address=account.address,
        state=account.state,
        reason=account.reason,
        stock_master=account.stock_master,
        connected_at=account.connected_at,
        orders_read_up_to=account.watermark,
    )
