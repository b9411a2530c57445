"""Pairs of an access and a refresh token: the one before stays good until either of the new ones is used."""

from sandbox.tokens import mint
from sandbox.truth import Account, Token, World

REFRESH_LIFE = 90 * 24 * 3600.0


def new_pair(
    world: World, account: Account, client_id: str, ttl: float, replacing: Token | None = None
) -> tuple[Token, Token]:
    """An access token and the refresh token that goes with it; a pair that was made for the same purpose and never used dies."""
    if replacing is not None:
        for unused in replacing.pair:
            _end(world, unused)
    access = mint(world, account, "access", "shpat_", ttl, client_id)
    refresh = mint(world, account, "refresh", "shprt_", REFRESH_LIFE, client_id)
    if replacing is not None:
        replacing.pair = [access.value, refresh.value]
        access.replaces = refresh.replaces = replacing.value
        world.commit(replacing, access, refresh)
    return access, refresh


def use(world: World, token: Token) -> None:
    """A token was used: the refresh token that it came for is dead."""
    if token.replaces is not None:
        _end(world, token.replaces)


def _end(world: World, value: str) -> None:
    token = world.tokens.get(value)
    if token is not None and not token.revoked:
        token.revoked = True
        world.commit(token)
