"""Connected accounts: one card each, of every marketplace that answers."""

from __future__ import annotations

from gateway.routes.panels.base import Ask, Values


async def cards(ask: Ask) -> Values:
    """Accounts with their health, and the platforms that do not answer."""
    found = await ask.context.owners.accounts.listed(ask.visitor)
    return {"accounts": found.accounts, "missing": found.missing}
