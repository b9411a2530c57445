"""OAuth answers and the Identity API's user."""

from __future__ import annotations

from pydantic import Field

from connector_ebay.wire.base import Wire


class Token(Wire):
    """An answer of the token endpoint (snake_case, as OAuth has it)."""

    access_token: str = Field(alias="access_token", min_length=1, repr=False)
    expires_in: int = Field(alias="expires_in", ge=1)
    refresh_token: str | None = Field(default=None, alias="refresh_token", repr=False)
    refresh_token_expires_in: int | None = Field(default=None, alias="refresh_token_expires_in")


class OAuthError(Wire):
    """A refusal of the token endpoint."""

    error: str
    error_description: str | None = Field(default=None, alias="error_description")


class User(Wire):
    """Who the token belongs to; `user_id` is immutable, the username is not."""

    user_id: str = Field(min_length=1)
    username: str
