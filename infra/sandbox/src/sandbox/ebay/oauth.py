"""eBay's OAuth: consent redirect, token endpoint, bearer checks."""

import base64
from datetime import UTC, datetime
from urllib.parse import urlencode

from sandbox.ebay.replies import EbayError
from sandbox.tokens import mint
from sandbox.truth import Account, Application, Token, World
from sandbox.web import Reply, Request

REFRESH_LIFE = 47_304_000.0
APPLICATION = "application"


def authorize(world: World, request: Request) -> Reply:
    """The seller consents at once; `seller` picks who, a thing only the stand-in has."""
    application = world.application("ebay", request.query.get("client_id", ""))
    redirect_uri = request.query.get("redirect_uri", "")
    sellers = [
        a
        for a in world.accounts.values()
        if a.platform == "ebay" and application and a.client_id == application.client_id
    ]
    wanted = request.query.get("seller")
    chosen = [a for a in sellers if wanted in (None, a.name)]
    if application is None or not redirect_uri or not chosen:
        return Reply.html("<h1>invalid_request</h1>", 400)
    code = mint(world, chosen[0], "code", "v^1.1#i^1#", 300)
    params = {"code": code.value, "expires_in": "299", "state": request.query.get("state", "")}
    return Reply.redirect(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(params)}")


def token(world: World, request: Request) -> Reply:
    application = _client(world, request)
    if application is None:
        return _error("invalid_client", "client authentication failed", 401)
    grant = request.form.get("grant_type", "")
    if grant == "client_credentials":
        owner = Account("ebay", "", 0, "", application.client_id, "", opened_at=_epoch())
        minted = mint(world, owner, APPLICATION, "v^1.1#app#", 7200)
        return Reply.json(
            {"access_token": minted.value, "expires_in": 7200, "token_type": "Application Access Token"}
        )
    if grant == "refresh_token":
        return _refresh(world, application, request.form.get("refresh_token", ""))
    if grant == "authorization_code":
        return _exchange(world, application, request.form.get("code", ""))
    return _error(
        "unsupported_grant_type", "grant type in request is not supported by the authorization server", 400
    )


def _epoch() -> datetime:
    return datetime.fromtimestamp(0, UTC)


def _client(world: World, request: Request) -> Application | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return None
    application = world.application("ebay", client_id)
    good = scheme.lower() == "basic" and application is not None and application.client_secret == secret
    return application if good else None


def _account(world: World, token_: Token | None, application: Application) -> Account | None:
    return (
        world.account("ebay", token_.account)
        if token_ and token_.client_id == application.client_id
        else None
    )


def _refresh(world: World, application: Application, value: str) -> Reply:
    account = _account(world, world.live_token(value, "refresh"), application)
    if account is None:
        return _error(
            "invalid_grant",
            "the provided authorization refresh token is invalid or was issued to another client",
            400,
        )
    return Reply.json(_access(world, account))


def _exchange(world: World, application: Application, value: str) -> Reply:
    code = world.live_token(value, "code")
    account = _account(world, code, application)
    if account is None or code is None:
        return _error(
            "invalid_grant",
            "the provided authorization grant code is invalid or was issued to another client",
            400,
        )
    code.revoked = True
    world.commit(code)
    refresh = mint(world, account, "refresh", "v^1.1#r^1#", REFRESH_LIFE)
    more = {"refresh_token": refresh.value, "refresh_token_expires_in": int(REFRESH_LIFE)}
    return Reply.json({**_access(world, account), **more})


def _access(world: World, account: Account) -> dict[str, object]:
    ttl = account.limit("token_ttl", 7200)
    minted = mint(world, account, "access", "v^1.1#u#", ttl)
    return {"access_token": minted.value, "expires_in": int(ttl), "token_type": "User Access Token"}


def _error(code: str, text: str, status: int) -> Reply:
    return Reply.json({"error": code, "error_description": text}, status)


def who(world: World, request: Request, *uses: str) -> Token:
    """The token of a call; without a good one, eBay's 401."""
    found = world.live_token(request.bearer, *(uses or ("access",)))
    if found is None:
        raise EbayError(401, 1001, "Invalid access token", "OAuth")
    return found


def seller(world: World, request: Request) -> Account:
    account = world.account("ebay", who(world, request).account)
    if account is None or not account.installed:
        raise EbayError(401, 1001, "Invalid access token", "OAuth")
    return account
