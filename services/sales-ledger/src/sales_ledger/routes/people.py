"""Who decides, as use cases know it."""

from __future__ import annotations

from kit.tokens import Caller

from sales_ledger.usecases import Person


def person(caller: Caller, reason: str | None = None) -> Person:
    """The caller, with the reason given."""
    return Person(caller.tenant_id, str(caller.user_id), reason)
