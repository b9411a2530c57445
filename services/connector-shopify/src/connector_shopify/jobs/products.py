"""Takes products off show none of whose variants can be bought, as their seller wants it, and never anything he changed."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedChore
from kit.clock import Clock
from kit.database import Database

from connector_shopify import usecases
from connector_shopify.client import Products
from connector_shopify.usecases import Tidying
from connector_shopify.wire.takedowns import ShownProduct, SoldOut, TakenProduct

_SOON, _SIGNED_OUT = timedelta(seconds=1), timedelta(minutes=5)


class TidyProducts:
    """One product is one chore. `settle`: how long a call whose answer was lost may still take effect."""

    def __init__(
        self, database: Database, sealer: Sealer, products: Products, settle: timedelta, clock: Clock
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._products = products
        self._settle = settle
        self._clock = clock

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """Bring one product as far as it goes now. Raises CallFailed."""
        async with self._database.bus() as uow:
            tidying = await usecases.take_in_hand(uow, self._sealer, leased)
        if tidying is None:
            return None
        if tidying.account.state != "connected":
            return _SIGNED_OUT
        taken = tidying.taken
        if taken is None:
            return await self._begin(leased, tidying)
        if taken.done_at is None:
            return await self._look(leased, tidying.account, taken)
        return await self._again(leased, tidying.account, taken)

    async def _begin(self, leased: LeasedChore, tidying: Tidying) -> timedelta | None:
        """Nothing was done to it. It is, if nothing of it can be bought or is about to be."""
        if tidying.way is SoldOut.KEEP or tidying.raising:
            return None
        account = tidying.account
        shown = await self._read(leased, account, tidying.way)
        if shown is None or shown.for_sale or not shown.takes(tidying.way):
            return None
        async with self._database.bus() as uow:
            taken = await usecases.begin_taking(uow, leased, tidying.way, shown)
        if taken is None:
            return None
        try:
            await self._products.take_off_show(account, taken)
        except CallFailed as failed:
            if failed.problem.action is not Action.AMBIGUOUS:
                await self._forget(leased)
                raise
        return await self._look(leased, account, taken)

    async def _look(self, leased: LeasedChore, account: Account, taken: TakenProduct) -> timedelta | None:
        """It was told to come off show. It is looked at until it has, or can't any more; then what is for sale comes back."""
        shown = await self._read(leased, account, taken.way)
        if shown is not None and taken.holds(shown.status, shown.publications):
            async with self._database.bus() as uow:
                back = await usecases.finish_taking(uow, leased, taken, for_sale=shown.for_sale)
            if back:
                await self._put_back(leased, account, taken)
            return None
        if shown is not None and self._clock() < taken.taken_at + self._settle:
            return _SOON
        return timedelta(0) if await self._forget(leased) and shown is not None else None

    async def _again(self, leased: LeasedChore, account: Account, taken: TakenProduct) -> timedelta | None:
        """It came off show before. Where it is on show again, its seller or a raise put it there: it begins anew."""
        shown = await self._read(leased, account, taken.way)
        if shown is not None and taken.holds(shown.status, shown.publications):
            if taken.is_given_back and shown.for_sale:
                await self._put_back(leased, account, taken)
            return None
        return timedelta(0) if await self._forget(leased) and shown is not None else None

    async def _put_back(self, leased: LeasedChore, account: Account, taken: TakenProduct) -> None:
        """A variant came to be for sale while its product was coming off show."""
        await self._products.put_on_show(account, taken)
        shown = await self._read(leased, account, taken.way)
        if shown is not None and not taken.holds(shown.status, shown.publications):
            await self._forget(leased)

    async def _read(self, leased: LeasedChore, account: Account, way: SoldOut) -> ShownProduct | None:
        asks = way is SoldOut.UNPUBLISH
        return await self._products.read(account, leased.chore.key, publications=asks)

    async def _forget(self, leased: LeasedChore) -> bool:
        async with self._database.bus() as uow:
            return await usecases.forget_taking(uow, leased)
