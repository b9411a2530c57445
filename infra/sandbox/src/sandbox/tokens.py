"""Mints and finds credentials; how long they live is the account's setting."""

import secrets
import time

from sandbox.truth import Account, Token, World


def mint(
    world: World,
    account: Account,
    use: str,
    prefix: str,
    ttl: float | None = None,
    client_id: str | None = None,
    scopes: list[str] | None = None,
) -> Token:
    """A new credential, for the account's own application unless another is named; the caller commits nothing more."""
    expires = None if ttl is None else time.time() + ttl
    token = Token(
        value=prefix + secrets.token_hex(16),
        use=use,
        platform=account.platform,
        account=account.name,
        client_id=client_id or account.client_id,
        expires_at=expires,
        scopes=scopes,
    )
    world.commit(token)
    return token


def revoke_all(world: World, account: Account) -> None:
    mine = [t for t in world.tokens.values() if t.platform == account.platform and t.account == account.name]
    for token in mine:
        token.revoked = True
    world.commit(*mine)
