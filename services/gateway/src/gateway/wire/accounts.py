"""The connectors' answers: marketplace accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer


class Health(Answer):
    """The worst there is to say of an account, and what to do about it."""

    state: str
    sentence: str
    action: str | None
    since: datetime | None


class LastError(Answer):
    """The last failure, while it is of interest."""

    code: str
    reason: str
    at: datetime
    failures: int


class MissingScope(Answer):
    """A permission that was not granted."""

    scope: str
    needed: bool
    without: str


class Scopes(Answer):
    """Permissions as last looked at."""

    checked_at: datetime | None
    granted: tuple[str, ...]
    missing: tuple[MissingScope, ...]


class Webhooks(Answer):
    """What the marketplace notifies us of."""

    checked_at: datetime | None
    last_received_at: datetime | None
    missing: tuple[str, ...]
    problem: str | None


class Account(Answer):
    """A connected marketplace login. `platform` is filled in by the client that asked.

    Depop's says neither whether it keeps the stock nor up to when its orders were read; Shopify's alone tells its health.
    """

    account_id: UUID
    platform: str = ""
    name: str
    state: str
    reason: str | None = None
    stock_master: bool = False
    connected_at: datetime
    orders_read_up_to: datetime | None = None
    address: str | None = None
    health: Health | None = None
    last_error: LastError | None = None
    scopes: Scopes | None = None
    webhooks: Webhooks | None = None
    connected_by: str | None = None
    token_expires_at: datetime | None = None
    sold_out: str | None = None


class Connected(Answer):
    """A shop just connected."""

    account_id: UUID
    name: str


class Sent(Answer):
    """Where to send a seller."""

    url: str


class Step(Answer):
    """What one part of a shop said when it was asked."""

    name: str
    ok: bool
    words: str
    ms: float


class Tested(Answer):
    """A test of a connection, step by step."""

    ok: bool
    steps: tuple[Step, ...]


class DataRequest(Answer):
    """A buyer asked a shop, through Shopify, for what is held of him; `done_at`: the seller has fetched it."""

    request_id: UUID
    account_id: UUID
    received_at: datetime
    due_by: datetime
    done_at: datetime | None


class DataRequests(Answer):
    """The newest of them first."""

    requests: tuple[DataRequest, ...]
