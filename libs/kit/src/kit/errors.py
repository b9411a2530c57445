"""Errors a person or another service is told about, and which database errors pass by themselves."""

from __future__ import annotations

import asyncpg
from aiokafka.errors import KafkaError


class Refused(Exception):
    """The request can't be done as things stand. `message` is for the person, `code` for programs."""

    status = 409

    def __init__(self, code: str, message: str, *, status: int | None = None, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        if status is not None:
            self.status = status


class NotFound(Refused):
    """There is no such thing, or not for this tenant."""

    status = 404


class Invalid(Refused):
    """The input is wrong; the message says what and what to do."""

    status = 422


class Unauthorized(Refused):
    """No valid credentials came with the request."""

    status = 401


class Forbidden(Refused):
    """The caller's role does not allow it."""

    status = 403


# Connection (08), resources (53), operator intervention (57), rollback: deadlock and serialization (40), lock time-out
# (55P03), idle too long (25P03). Then what a deployment has wrong and no record can help: sign-in (28), no such database
# (3D000), a server that only reads after a fail-over (25006), a schema behind the code (42P01, 42703, 42883).
_TRANSIENT_SQLSTATES = (
    *("08", "53", "57", "40", "55P03", "25P03"),
    *("28", "3D000", "25006", "42P01", "42703", "42883"),
)


_AWAY = (
    OSError,
    TimeoutError,
    KafkaError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
)
"""asyncpg's internal error is a connection cut in between: the server's farewell was read, the end of the stream not yet."""


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later: PostgreSQL or Kafka is away, busy, behind, or chose us as deadlock victim.

    Anything else is taken for a data error: repeating it would fail again.
    """
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True  # a migration changed the table; asyncpg has dropped what it had prepared
    if isinstance(error, asyncpg.InterfaceError) and "number of query arguments" in str(error):
        return False  # half of the batch may fit into one statement
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return sqlstate.startswith(_TRANSIENT_SQLSTATES)
    return isinstance(error, _AWAY) or _is_wrapped_transient(error)


def is_unstorable(error: BaseException) -> bool:
    """Whether PostgreSQL refused a value for what it is: a zero byte in a text, a figure out of range (class 22), a name
    too long for its index (class 54).
    """
    sqlstate = getattr(error, "sqlstate", None)
    return isinstance(sqlstate, str) and sqlstate.startswith(("22", "54"))


def _is_wrapped_transient(error: BaseException) -> bool:
    cause = error.__cause__
    return cause is not None and cause is not error and is_transient(cause)
