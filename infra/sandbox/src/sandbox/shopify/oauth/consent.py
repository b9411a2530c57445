"""The page where the seller consents: he says at once what the control API had him decide."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox.shopify import scopes
from sandbox.tokens import mint
from sandbox.truth import Account, Application, World
from sandbox.web import Reply, Request

CODE_LIFE = 60.0


class Wrong(ValueError):
    """What is wrong with a request for consent; nobody is sent back to the app with it."""


def query_hmac(secret: str, params: Mapping[str, str]) -> str:
    """Hex HMAC over the sorted query without `hmac`, written as a browser writes a form."""
    pairs = [(name, value) for name, value in sorted(params.items()) if name != "hmac"]
    message = urlencode(pairs, safe="*").replace("~", "%7E")
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def link(account: Account, application: Application) -> str:
    """The query with which the seller is sent to the app's address whenever he installs or opens it."""
    params = {
        "host": _host(account),
        "shop": account.name,
        "timestamp": str(int(time.time())),
    }
    return urlencode({**params, "hmac": query_hmac(application.client_secret, params)})


def _host(account: Account) -> str:
    return base64.b64encode(f"{account.name}/admin".encode()).decode().rstrip("=")


def authorize(world: World, account: Account, request: Request) -> Reply:
    """Sends the seller back to the app, with a code or with his no."""
    try:
        application, redirect_uri, asked = _checked(world, request)
    except Wrong as error:
        return Reply.html(f"<h1>Oauth error {error}</h1>", 400)
    params = {
        "host": _host(account),
        "shop": account.name,
        "state": request.query["state"],
        "timestamp": str(int(time.time())),
    }
    if account.settings.get("decline"):
        params["error"] = "access_denied"
    else:
        code = mint(world, account, "code", "", CODE_LIFE, application.client_id, _allowed(account, asked))
        params["code"] = code.value
    params["hmac"] = query_hmac(application.client_secret, params)
    return Reply.redirect(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(params)}")


def _checked(world: World, request: Request) -> tuple[Application, str, list[str]]:
    """The app that asks, where it wants the seller back, and the scopes it asks for."""
    given = request.query
    application = world.application("shopify", given.get("client_id", ""))
    redirect_uri = given.get("redirect_uri")
    if application is None:
        raise Wrong("invalid_request: The client_id is unknown")
    if not redirect_uri or (application.redirect_uris and redirect_uri not in application.redirect_uris):
        raise Wrong("invalid_request: The redirect_uri is not whitelisted")
    if not given.get("state"):
        raise Wrong("invalid_request: The state is missing")
    try:
        return application, redirect_uri, scopes.read(given.get("scope", "")) or list(scopes.EVERYTHING)
    except scopes.UnknownScope as error:
        raise Wrong(f"invalid_scope: The access scope is invalid: {error}") from error


def _allowed(account: Account, asked: list[str]) -> list[str]:
    """What is granted of what was asked for: all, unless the seller grants only some."""
    only = account.settings.get("grant_only")
    if not isinstance(only, str):
        return scopes.collapsed(asked)
    wanted = scopes.expanded(tuple(asked)) & scopes.expanded(tuple(scopes.read(only)))
    return scopes.collapsed(wanted)
