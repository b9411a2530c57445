"""The short-lived token the gateway signs for each call to a service: tenant, user, role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast, get_args
from uuid import UUID

import jwt

from kit.errors import Unauthorized
from kit.settings import ServiceSettings

Role = Literal["seller", "viewer", "operations"]
_ALGORITHM = "HS256"
_ISSUER = "soldwire-gateway"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: one tenant, one user, one role."""

    tenant_id: UUID
    user_id: UUID
    role: Role


def sign(
    settings: ServiceSettings, caller: Caller, *, audience: str, ttl: timedelta = timedelta(seconds=60)
) -> str:
    """A signed token (JWT, HS256) for one service, `audience`."""
    now = datetime.now(UTC)
    claims = {
        "iss": _ISSUER,
        "aud": audience,
        "sub": str(caller.user_id),
        "tenant": str(caller.tenant_id),
        "role": caller.role,
        "iat": now,
        "exp": now + ttl,
    }
    return jwt.encode(claims, settings.secret.get_secret_value(), algorithm=_ALGORITHM)


def verify(settings: ServiceSettings, token: str, *, audience: str) -> Caller:
    """Who the token speaks for. Raises Unauthorized when it is not ours, not for us, or out of date."""
    try:
        claims = jwt.decode(
            token,
            settings.secret.get_secret_value(),
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=_ISSUER,
            leeway=5,
            options={"require": ["exp", "aud", "sub"]},
        )
        role = claims["role"]
        if role not in get_args(Role):
            raise Unauthorized("bad_token", "The token names no role of ours.")
        return Caller(UUID(claims["tenant"]), UUID(claims["sub"]), cast(Role, role))
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise Unauthorized("bad_token", f"The token is not valid here: {type(error).__name__}.") from error
