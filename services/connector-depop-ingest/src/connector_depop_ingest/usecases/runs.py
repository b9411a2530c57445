"""Runs of Depop: only a browser can read a shop, so a run waits until one has."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedRun, Run
from kit.unit_of_work import UnitOfWork

from connector_depop_ingest import store

LOOK_AGAIN = timedelta(seconds=5)
_NOBODY_CAME = (
    "No paired browser has read the shop. Open the browser with the Soldwire extension and sign in to Depop."
)


async def turn_run(uow: UnitOfWork, sealer: Sealer, leased: LeasedRun, patience: timedelta) -> None:
    """Take a leased run as far as browsers have read since it began; then leave it to wait."""
    begun = await shared.begin_run(uow, sealer, leased)
    while begun is not None:
        run, account = begun
        read_at = await _read_since(uow, run, account)
        if read_at is None:
            await _wait(uow, leased, run, account, patience)
            return
        following = await shared.next_phase(uow, leased, account, begun_at=read_at)
        begun = (following, account) if following is not None else None


async def _read_since(uow: UnitOfWork, run: Run, account: Account) -> datetime | None:
    shop = await store.load_shop(uow, account.account_id)
    if shop is None or run.started_at is None:
        return None
    read_at = shop.listings_read_at if run.phase == "articles" else shop.sold_read_at
    return read_at if read_at is not None and read_at >= run.started_at else None


async def _wait(uow: UnitOfWork, leased: LeasedRun, run: Run, account: Account, patience: timedelta) -> None:
    if run.started_at is not None and uow.now - run.started_at > patience:
        await shared.fail_run(uow, leased, account, reason=_NOBODY_CAME, pause=None, login=False)
        return
    await shared_store.postpone_run(uow, leased, uow.now + LOOK_AGAIN)
