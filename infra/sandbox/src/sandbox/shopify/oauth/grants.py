"""The token endpoint: a code, a refresh token, the app's own credentials or an older token against a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.shopify import scopes
from sandbox.shopify.oauth.pairs import REFRESH_LIFE, new_pair, use
from sandbox.tokens import mint
from sandbox.truth import Account, Application, World
from sandbox.web import Reply, Request

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
Rescoped = Callable[[Account, frozenset[str]], None]
"""To be told of an installation that has other scopes now, with those before."""
HOUR, DAY = 3600.0, 24 * 3600.0


class Refused(ValueError):
    """The grant is not given: an error code and a text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """A request of an app that said who it is."""

    world: World
    account: Account
    application: Application
    given: Mapping[str, str]
    rescoped: Rescoped

    @property
    def expiring(self) -> bool:
        return self.given.get("expiring") == "1"


def access_token(world: World, account: Account, request: Request, rescoped: Rescoped) -> Reply:
    given = {key: str(value) for key, value in (request.json or request.form).items()}
    application = world.application("shopify", given.get("client_id", ""))
    try:
        if application is None or not application.opened_by(given.get("client_secret", "")):
            raise Refused("invalid_client", "client_id or client_secret is wrong")
        wish = Wish(world, account, application, given, rescoped)
        return Reply.json(_granted(wish, given.get("grant_type", "authorization_code")))
    except Refused as error:
        return Reply.json({"error": error.code, "error_description": str(error)}, 400)


def _granted(wish: Wish, grant: str) -> dict[str, object]:
    if grant == "client_credentials":
        return _own(wish)
    if grant == "refresh_token":
        return _refreshed(wish)
    if grant == EXCHANGE and wish.given.get("subject_token_type") == OFFLINE:
        return _migrated(wish)
    if grant != "authorization_code":
        raise Refused("unsupported_grant_type", f"The grant type {grant} is not supported")
    return _exchanged(wish)


def _exchanged(wish: Wish) -> dict[str, object]:
    """A code, good once, which is what installs the app."""
    code = wish.world.live_token(wish.given.get("code", ""), "code")
    if code is None or code.account != wish.account.name or code.client_id != wish.application.client_id:
        raise Refused("invalid_request", "The authorization code was not found or was already used")
    code.revoked = True
    account = wish.account
    before = scopes.granted(account) if account.installed else None
    account.client_id, account.installed, account.scopes = wish.application.client_id, True, code.scopes
    wish.world.commit(code, account)
    if before is not None and before != scopes.granted(account):
        wish.rescoped(account, before)
    return _pair(wish) if wish.expiring else _lasting(wish)


def _own(wish: Wish) -> dict[str, object]:
    """The app's own credentials, in a shop that has it: a day, and nothing to refresh."""
    if not wish.account.installed or wish.account.client_id != wish.application.client_id:
        raise Refused("shop_not_permitted", "The app is not installed on this shop")
    ttl = wish.account.limit("token_ttl", DAY)
    token = mint(wish.world, wish.account, "access", "shpat_", ttl, wish.application.client_id)
    return {"access_token": token.value, "scope": _scope(wish.account), "expires_in": int(ttl)}


def _refreshed(wish: Wish) -> dict[str, object]:
    token = wish.world.live_token(wish.given.get("refresh_token", ""), "refresh")
    if (
        token is None
        or token.account != wish.account.name
        or token.client_id != wish.application.client_id
        or not wish.account.installed
    ):
        raise Refused("invalid_request", "This request requires an active refresh_token")
    use(wish.world, token)
    return _pair(wish, token.value)


def _migrated(wish: Wish) -> dict[str, object]:
    token = wish.world.live_token(wish.given.get("subject_token", ""), "access")
    if token is None or token.account != wish.account.name or token.expires_at is not None:
        raise Refused("invalid_subject_token", "The subject token is not an active offline token")
    token.revoked = True
    wish.world.commit(token)
    return _pair(wish)


def _pair(wish: Wish, replacing: str | None = None) -> dict[str, object]:
    ttl = wish.account.limit("token_ttl", HOUR)
    older = wish.world.tokens[replacing] if replacing is not None else None
    access, refresh = new_pair(wish.world, wish.account, wish.application.client_id, ttl, older)
    return {
        "access_token": access.value,
        "scope": _scope(wish.account),
        "expires_in": int(ttl),
        "refresh_token": refresh.value,
        "refresh_token_expires_in": int(REFRESH_LIFE),
    }


def _lasting(wish: Wish) -> dict[str, object]:
    token = mint(wish.world, wish.account, "access", "shpat_", None, wish.application.client_id)
    return {"access_token": token.value, "scope": _scope(wish.account)}


def _scope(account: Account) -> str:
    return ",".join(scopes.collapsed(scopes.granted(account)))
