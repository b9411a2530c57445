"""What follows a complete run at Shopify."""

from __future__ import annotations

from connector_kit.domain import Account
from connector_kit.store import Run
from kit.unit_of_work import UnitOfWork

from connector_shopify.usecases.payouts import want_payouts_after_run
from connector_shopify.usecases.products import forget_gone_after_run


async def after_run(uow: UnitOfWork, run: Run, account: Account) -> None:
    """Payouts may have been read before their sales; what was taken down of articles that are gone is forgotten."""
    await want_payouts_after_run(uow, run, account)
    await forget_gone_after_run(uow, run, account)
