"""A tenant's shops: how it goes with each, changed, disconnected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from connector_kit.connector import Connector
from fastapi import APIRouter
from kit.http import CallerDep, WriterDep
from pydantic import BaseModel

from connector_shopify import usecases
from connector_shopify.usecases import ShopAccount

SoldOut = Literal["keep", "unpublish", "draft", "archive"]


class Change(BaseModel):
    """What a seller may change of an account; what is left out stays as it is."""

    stock_master: bool | None = None
    sold_out: SoldOut | None = None


class HealthView(BaseModel):
    """The worst there is to say, and what to do about it."""

    state: str
    sentence: str
    action: str | None
    since: datetime | None


class ErrorView(BaseModel):
    """The last failure, while it is of interest; `failures` in a row, 0 when calls work again."""

    code: str
    reason: str
    at: datetime
    failures: int


class MissingView(BaseModel):
    """A permission that was not granted, and what does not work without it."""

    scope: str
    needed: bool
    without: str


class ScopesView(BaseModel):
    """Permissions as last looked at."""

    checked_at: datetime | None
    granted: list[str]
    missing: list[MissingView]


class WebhooksView(BaseModel):
    """Notifications: what is missing as last looked at, and when the last one came."""

    checked_at: datetime | None
    last_received_at: datetime | None
    missing: list[str]
    problem: str | None


class BucketView(BaseModel):
    """How much more the shop takes, as it last told."""

    maximum: float
    available: float
    per_second: float
    at: datetime


class ShopView(BaseModel):
    """An account as its tenant sees it, but for its webhooks."""

    account_id: UUID
    name: str
    address: str
    state: str
    reason: str | None
    stock_master: bool
    connected_at: datetime
    orders_read_up_to: datetime | None
    articles_read_up_to: datetime | None
    connected_by: str
    token_expires_at: datetime | None
    sold_out: str
    health: HealthView
    last_error: ErrorView | None
    scopes: ScopesView
    bucket: BucketView | None


class AccountView(ShopView):
    """An account as its tenant sees it."""

    webhooks: WebhooksView


def accounts_router(connector: Connector, tell_shop: Callable[[], None]) -> APIRouter:
    """`/v1/accounts`. `tell_shop` is called when a shop that was disconnected is to be told."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
    database, sealer = connector.database, connector.sealer

    @router.get("")
    async def accounts(caller: CallerDep) -> list[AccountView]:
        """The tenant's shops, each with its health in a sentence."""
        async with database.request(caller.tenant_id) as uow:
            return [view(shop) for shop in await usecases.shops(uow, sealer)]

    @router.get("/{account_id}")
    async def account(caller: CallerDep, account_id: UUID) -> AccountView:
        """One shop. 404 no_such_account."""
        async with database.request(caller.tenant_id) as uow:
            return view(await usecases.shop(uow, sealer, account_id))

    @router.patch("/{account_id}")
    async def change(caller: WriterDep, account_id: UUID, body: Change) -> AccountView:
        """Say whether the tenant counts its stock in this shop, or what becomes of a sold-out product.

        404 no_such_account.
        """
        async with database.bus([caller.tenant_id]) as uow:
            if body.stock_master is not None:
                await usecases.change(uow, account_id, stock_master=body.stock_master)
            if body.sold_out is not None:
                await usecases.set_sold_out(uow, account_id, body.sold_out)
            return view(await usecases.shop(uow, sealer, account_id))

    @router.delete("/{account_id}", status_code=204)
    async def disconnect(caller: WriterDep, account_id: UUID) -> None:
        """Stop acting for a shop. Our app is then uninstalled there; an app of the shop's own stays and tells us nothing more.

        What becomes of that is the account's `reason`. 404 no_such_account.
        """
        async with database.bus([caller.tenant_id]) as uow:
            account = await usecases.disconnect(uow, account_id, connector.parting)
            uow.after_commit(tell_shop)
        connector.directory.forget(usecases.directory_key(account.address))

    return router


def view(shop: ShopAccount) -> AccountView:
    """As the tenant sees it."""
    row = shop.row
    webhooks = WebhooksView(
        checked_at=row.topics_at,
        last_received_at=row.webhook_at,
        missing=list(shop.topics_missing),
        problem=row.topics_error,
    )
    return AccountView(**bare_view(shop).model_dump(), webhooks=webhooks)


def bare_view(shop: ShopAccount) -> ShopView:
    """The same without webhooks."""
    account, row, health = shop.account, shop.row, shop.health
    return ShopView(
        account_id=account.account_id,
        name=account.name,
        address=account.address,
        state=account.state,
        reason=account.reason,
        stock_master=account.stock_master,
        connected_at=account.connected_at,
        orders_read_up_to=account.watermark,
        articles_read_up_to=account.articles_up_to,
        connected_by=shop.grant.by,
        token_expires_at=shop.grant.expires_at,
        sold_out=shop.sold_out,
        health=HealthView(
            state=health.state, sentence=health.sentence, action=health.action, since=health.since
        ),
        last_error=_error(shop),
        scopes=ScopesView(checked_at=row.scopes_at, granted=list(row.scopes or ()), missing=_missing(shop)),
        bucket=BucketView.model_validate(row.bucket) if row.bucket else None,
    )


def _error(shop: ShopAccount) -> ErrorView | None:
    row = shop.row
    if shop.error_at is None or row.error_code is None:
        return None
    return ErrorView(
        code=row.error_code, reason=row.error_reason or "", at=shop.error_at, failures=row.failures
    )


def _missing(shop: ShopAccount) -> Sequence[MissingView]:
    return [MissingView(scope=one.scope, needed=one.needed, without=one.without) for one in shop.missing]
