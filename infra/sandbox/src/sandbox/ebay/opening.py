"""Sellers: opened by the control API, with tokens of their application."""

import secrets
from collections.abc import Mapping

from sandbox.ebay import oauth
from sandbox.marketplace import BadRequest
from sandbox.tokens import mint
from sandbox.truth import Account, Application, World, now

SETTINGS = (
    "token_ttl",
    "out_of_stock_control",
    "marketplace",
    "daily_limit",
    "calls_per_second",
    "calls_at_once",
)


def open_account(world: World, fields: Mapping[str, object], base_url: str) -> dict[str, object]:
    """A new seller with tokens of his application."""
    number = world.next()
    name = str(fields.get("account") or f"seller_{number}")
    if world.account("ebay", name):
        raise BadRequest(f"{name} exists")
    application = _application(world, fields)
    settings = {
        key: value for key in SETTINGS if isinstance(value := fields.get(key), bool | int | float | str)
    }
    account = Account(
        platform="ebay",
        name=name,
        number=number,
        seller_id=secrets.token_urlsafe(8).replace("-", "A").replace("_", "B"),
        client_id=application.client_id,
        currency=str(fields.get("currency") or "GBP"),
        opened_at=now(),
        settings=dict(settings),
    )
    world.commit(account)
    refresh = mint(world, account, "refresh", "v^1.1#r^1#", oauth.REFRESH_LIFE)
    access = mint(world, account, "access", "v^1.1#u#", account.limit("token_ttl", 7200))
    keys = {
        "client_secret": application.client_secret,
        "access_token": access.value,
        "refresh_token": refresh.value,
    }
    return {**describe(account, base_url), **keys}


def describe(account: Account, base_url: str) -> dict[str, object]:
    """What the control API tells of a seller."""
    return {
        "platform": "ebay",
        "account": account.name,
        "seller_id": account.seller_id,
        "client_id": account.client_id,
        "base_url": f"{base_url}/ebay",
        "settings": account.settings,
    }


def _application(world: World, fields: Mapping[str, object]) -> Application:
    client_id = str(fields.get("client_id") or "sandbox-ebay-app")
    known = world.application("ebay", client_id)
    if known is None:
        known = Application(
            "ebay", client_id, str(fields.get("client_secret") or f"PRD-{secrets.token_hex(16)}")
        )
        world.commit(known)
    return known
