"""Connected accounts: one card each, of every marketplace that answers, and what their buyers asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kit.errors import Refused

from gateway.client import OwnerAwayError
from gateway.routes.panels.base import Ask, Values
from gateway.wire.accounts import DataRequest


async def cards(ask: Ask) -> Values:
    """Accounts with their health, the platforms that do not answer, and data requests a seller has to answer."""
    found, asked = await asyncio.gather(ask.context.owners.accounts.listed(ask.visitor), _asked(ask))
    names = {account.account_id: account.name for account in found.accounts}
    return {"accounts": found.accounts, "missing": found.missing, "asked": asked, "names": names}


async def _asked(ask: Ask) -> Sequence[DataRequest]:
    """None while Shopify's connector is away: its missing card says so."""
    try:
        return await ask.context.owners.shops.data_requests(ask.visitor)
    except (OwnerAwayError, Refused):
        return ()
