"""A shop connected, or connected again, by a token its seller has."""

from __future__ import annotations

from typing import Annotated

from connector_kit.connector import Connector
from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed
from fastapi import APIRouter
from kit.errors import Invalid, Refused
from kit.http import WriterDep
from kit.logs import logger
from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints

from connector_shopify import usecases
from connector_shopify.client import ShopReader, Subscriptions
from connector_shopify.routes.accounts import ShopView, bare_view
from connector_shopify.wire.graphql import Shop

log = logger(__name__)

ShopDomain = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=100,
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com$",
    ),
]
"""Only Shopify's own names: a token is sent nowhere else."""


def _of_a_header(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().isascii() or not token.get_secret_value().isprintable():
        raise ValueError("an access token consists of letters and figures")
    return token


class ConnectRequest(BaseModel):
    """A shop with an access token of our app, or of an app of its own, whose client secret signs its webhooks."""

    shop: ShopDomain
    access_token: Annotated[SecretStr, AfterValidator(_of_a_header)] = Field(min_length=8)
    client_secret: SecretStr | None = None
    stock_master: bool = False

    def credentials(self) -> dict[str, str]:
        """What is kept sealed."""
        found = {"access_token": self.access_token.get_secret_value()}
        if self.client_secret is not None:
            found["client_secret"] = self.client_secret.get_secret_value()
        return found


class ConnectedView(ShopView):
    """A shop just connected. `webhooks` says why it sends none; its orders are polled all the same."""

    webhooks: str | None = None


def connecting_router(connector: Connector, shops: ShopReader, subscriptions: Subscriptions) -> APIRouter:
    """`POST /v1/accounts`."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

    @router.post("", status_code=201)
    async def connect(caller: WriterDep, body: ConnectRequest) -> ConnectedView:
        """Connect the shop, or connect it again with a fresh token: the same account."""
        shop = await _ask(shops, body)
        async with connector.database.bus([caller.tenant_id]) as uow:
            account = await usecases.connect(
                uow,
                connector.sealer,
                caller.tenant_id,
                shop,
                body.credentials(),
                stock_master=body.stock_master,
            )
            uow.after_commit(connector.polls.wake)
            uow.after_commit(connector.targets.wake)
        problem = await _subscribe(subscriptions, account)
        async with connector.database.request(caller.tenant_id) as uow:
            shown = bare_view(await usecases.shop(uow, connector.sealer, account.account_id))
        return ConnectedView(**shown.model_dump(), webhooks=problem)

    return router


async def _ask(shops: ShopReader, body: ConnectRequest) -> Shop:
    """Ask the shop who it is. Raises Invalid or Refused in the seller's words."""
    try:
        return await shops.read(body.shop, body.credentials())
    except CallFailed as failed:
        if failed.problem.login:
            raise Invalid(
                "token_refused", f"{body.shop} does not accept this access token. Copy it again from Shopify."
            ) from failed
        status = 422 if failed.problem.action is Action.FAIL else 503
        raise Refused(failed.problem.code, failed.problem.reason, status=status) from failed


async def _subscribe(subscriptions: Subscriptions, account: Account) -> str | None:
    """Register the webhooks; the account is connected whatever comes of it, and a job looks again."""
    if not subscriptions.address:
        return "This installation has no public webhook address."
    try:
        await subscriptions.ensure(account)
    except CallFailed as failed:
        log.warning("webhooks not registered", shop=account.address, error=str(failed))
        return failed.problem.reason
    return None
