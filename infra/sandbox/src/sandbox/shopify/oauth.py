"""Shopify's OAuth: the authorise redirect and the token endpoint's grants."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox.tokens import mint
from sandbox.truth import Account, Token, World
from sandbox.web import Reply, Request

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
SCOPE = "read_orders,write_inventory,read_inventory,write_products,read_products,read_locations,write_publications"
REFRESH_LIFE = 90 * 24 * 3600.0


def query_hmac(secret: str, params: Mapping[str, str]) -> str:
    """Hex HMAC over the sorted query without `hmac`."""
    message = "&".join(f"{name}={value}" for name, value in sorted(params.items()) if name != "hmac")
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def authorize(world: World, account: Account, request: Request) -> Reply:
    """The seller says yes at once."""
    application = world.application("shopify", request.query.get("client_id", ""))
    redirect_uri = request.query.get("redirect_uri")
    if application is None or not redirect_uri:
        return Reply.html(
            "<h1>Oauth error invalid_request: The application or redirect_uri is unknown</h1>", 400
        )
    account.client_id, account.installed = application.client_id, True
    world.commit(account)
    params = {
        "code": mint(world, account, "code", "", 60).value,
        "host": base64.b64encode(f"{account.name}/admin".encode()).decode().rstrip("="),
        "shop": account.name,
        "state": request.query.get("state", ""),
        "timestamp": str(int(time.time())),
    }
    params["hmac"] = query_hmac(application.client_secret, params)
    return Reply.redirect(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(params)}")


def access_token(world: World, account: Account, request: Request) -> Reply:
    given = {key: str(value) for key, value in (request.json or request.form).items()}
    application = world.application("shopify", given.get("client_id", ""))
    if application is None or application.client_secret != given.get("client_secret"):
        return _error("invalid_client", "client_id or client_secret is wrong")
    grant = given.get("grant_type", "authorization_code")
    expiring = given.get("expiring") == "1"
    if grant == "client_credentials":
        return _grant(world, account, expiring=True, refreshable=False)
    if grant == "refresh_token":
        return _refresh(world, account, given.get("refresh_token", ""))
    if grant == EXCHANGE and given.get("subject_token_type") == OFFLINE:
        return _migrate(world, account, given.get("subject_token", ""))
    code = world.live_token(given.get("code", ""), "code")
    if code is None or code.account != account.name:
        return _error("invalid_request", "The authorization code was not found or was already used")
    code.revoked = True
    world.commit(code)
    return _grant(world, account, expiring=expiring)


def _refresh(world: World, account: Account, value: str) -> Reply:
    """Rotates: the old refresh token lives until its replacement has been used."""
    token = world.live_token(value, "refresh")
    if token is None or token.account != account.name:
        return _error("invalid_request", "This request requires an active refresh_token")
    for older in [t for t in world.tokens.values() if t.replaced_by == value]:
        older.revoked = True
        world.commit(older)
    return _grant(world, account, expiring=True, replacing=token)


def _migrate(world: World, account: Account, value: str) -> Reply:
    token = world.live_token(value, "access")
    if token is None or token.account != account.name:
        return _error("invalid_subject_token", "The subject token is not an active offline token")
    token.revoked = True
    world.commit(token)
    return _grant(world, account, expiring=True)


def _grant(
    world: World,
    account: Account,
    *,
    expiring: bool,
    refreshable: bool = True,
    replacing: Token | None = None,
) -> Reply:
    ttl = account.limit("token_ttl", 3600) if expiring else None
    answer: dict[str, object] = {
        "access_token": mint(world, account, "access", "shpat_", ttl).value,
        "scope": SCOPE,
    }
    if ttl is not None:
        answer["expires_in"] = int(ttl)
    if ttl is not None and refreshable:
        refresh = mint(world, account, "refresh", "shprt_", REFRESH_LIFE)
        answer |= {"refresh_token": refresh.value, "refresh_token_expires_in": int(REFRESH_LIFE)}
        if replacing is not None:
            replacing.replaced_by = refresh.value
            world.commit(replacing)
    return Reply.json(answer)


def _error(code: str, text: str) -> Reply:
    return Reply.json({"error": code, "error_description": text}, 400)
