"""`soldwire connect`: hand a seller's marketplace credentials to the connector that keeps them."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel

from soldwire_local import operations
from soldwire_local.errors import LocalError

TenantOption = Annotated[
    UUID | None, typer.Option(envvar="SOLDWIRE_TENANT", help="Whose account; needed when there are several.")
]
MasterOption = Annotated[
    bool,
    typer.Option("--stock-master", help="Its stock is the truth: changes no order explains are taken over."),
]


class Connected(BaseModel):
    """An account as its connector answers it."""

    account_id: UUID
    name: str
    state: str


class PairingCode(BaseModel):
    """What a seller types into the browser that is to be paired; shown once."""

    code: str
    expires_at: datetime


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=__doc__, no_args_is_help=True)
    group.command("shopify")(shopify)
    group.command("ebay")(ebay)
    group.command("depop")(depop)
    app.add_typer(group, name="connect")


def shopify(
    shop: Annotated[str, typer.Argument(help="The shop's ….myshopify.com domain.")],
    client_id: Annotated[
        str | None,
        typer.Option(
            envvar="SHOPIFY_CLIENT_ID", help="Of an app of the developer dashboard: it needs no token."
        ),
    ] = None,
    access_token: Annotated[
        str | None,
        typer.Option(
            envvar="SHOPIFY_ACCESS_TOKEN", help="Admin API token, of an app made in the shop's own admin."
        ),
    ] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(envvar="SHOPIFY_CLIENT_SECRET", help="The app's client secret, or API secret key."),
    ] = None,
    tenant: TenantOption = None,
    stock_master: MasterOption = False,
) -> None:
    """Connect a shop by an app of its own: by its client id and secret, or by its token and secret."""
    body: dict[str, object] = {"shop": shop, "stock_master": stock_master}
    if client_id:
        body["client_id"] = client_id
    else:
        body["access_token"] = access_token or typer.prompt("Access token", hide_input=True)
    body["client_secret"] = client_secret or typer.prompt("Client secret", hide_input=True)
    _connect("connector-shopify", tenant, body)


def ebay(
    refresh_token: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, envvar="EBAY_REFRESH_TOKEN", help="Of this application."),
    ],
    tenant: TenantOption = None,
    stock_master: MasterOption = False,
) -> None:
    """Connect the eBay seller a refresh token belongs to."""
    _connect("connector-ebay", tenant, {"refresh_token": refresh_token, "stock_master": stock_master})


def depop(tenant: TenantOption = None) -> None:
    """Show a one-time code that pairs a browser signed in to Depop."""
    pairing = operations.connect().post(
        "connector-depop-ingest", "/v1/pairings", PairingCode, tenant=tenant or _only_tenant()
    )
    typer.echo(f"{pairing.code} pairs one browser until {pairing.expires_at:%H:%M:%S} UTC")


def _connect(connector: str, tenant: UUID | None, body: dict[str, object]) -> None:
    account = operations.connect().post(
        connector, "/v1/accounts", Connected, body, tenant=tenant or _only_tenant()
    )
    typer.echo(f"{account.name} is {account.state} ({account.account_id})")


def _only_tenant() -> UUID:
    known = asyncio.run(operations.tenants())
    if len(known) != 1:
        raise LocalError(
            f"{len(known)} tenants are known here",
            remedy="name one with --tenant; `python -m gateway create-seller` makes the first",
        )
    return known[0]
