"""Takes products off show none of whose variants can be bought, as their seller wants it, and never anything he changed."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed, Nature
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedChore
from kit.clock import Clock
from kit.database import Database
from kit.logs import logger

from connector_shopify import usecases
from connector_shopify.client import Products
from connector_shopify.client.problems import FROZEN, NO_SHOP
from connector_shopify.usecases import Tidying
from connector_shopify.wire.takedowns import ShownProduct, SoldOut, TakenProduct

log = logger(__name__)

REFUSED_EVERY = timedelta(days=1)
"""For what a person must settle first."""
PATIENCE = 5
"""Refusals in a row before they are believed."""
_SOON, _SIGNED_OUT = timedelta(seconds=1), timedelta(minutes=5)
_OF_THE_SHOP = frozenset({FROZEN.code, NO_SHOP.code})
"""Refusals that say nothing of a product, are told of the shop, and end with it."""


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
        """Bring one product as far as it goes now. Raises CallFailed where a later try may help.

        What a person must settle first is told of the account, and tried once a day.
        """
        async with self._database.bus() as uow:
            tidying = await usecases.take_in_hand(uow, self._sealer, leased)
        if tidying is None:
            return None
        if tidying.account.state != "connected":
            return _SIGNED_OUT
        try:
            pause = await self._bring(leased, tidying)
        except CallFailed as failed:
            return await self._failed(leased, tidying, failed)
        if tidying.refused:
            async with self._database.bus() as uow:
                await usecases.forget_refusal(uow, leased)
        return pause

    async def _bring(self, leased: LeasedChore, tidying: Tidying) -> timedelta | None:
        taken = tidying.taken
        if taken is None:
            return await self._begin(leased, tidying)
        if taken.done_at is None:
            return await self._look(leased, tidying.account, taken)
        return await self._again(leased, tidying, taken)

    async def _failed(self, leased: LeasedChore, tidying: Tidying, failed: CallFailed) -> timedelta | None:
        """A product that is gone is nobody's work; one that is refused again and again waits for a person."""
        problem = failed.problem
        if problem.nature is Nature.GONE:
            await self._forget(leased)
            return None
        heals = problem.action is not Action.FAIL or problem.login or problem.code in _OF_THE_SHOP
        if heals or not (tidying.refused or leased.failures + 1 >= PATIENCE):
            raise failed
        log.warning("a product is refused", product=leased.chore.key, error=str(failed))
        async with self._database.bus() as uow:
            await usecases.refuse_product(uow, leased, problem)
        return REFUSED_EVERY

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
                back = await usecases.finish_taking(uow, leased, taken, shown, self._settle)
            if back:
                await self._put_back(leased, account, taken)
            return None
        if shown is not None and self._clock() < taken.taken_at + self._settle:
            return _SOON
        return timedelta(0) if await self._forget(leased) and shown is not None else None

    async def _again(self, leased: LeasedChore, tidying: Tidying, taken: TakenProduct) -> timedelta | None:
        """It came off show before. Where it is on show again, its seller or a raise put it there: it begins anew.

        What its seller changed since is his, and left alone, though it may look like what was set.
        """
        account = tidying.account
        if tidying.over:
            await self._forget(leased)
            return None
        shown = await self._read(leased, account, taken.way)
        if shown is None or not taken.holds(shown.status, shown.publications):
            return timedelta(0) if await self._forget(leased) and shown is not None else None
        if not taken.accounts_for(shown.changed):
            await self._forget(leased)
        elif taken.is_given_back and shown.for_sale:
            await self._put_back(leased, account, taken)
        elif shown.changed is not None:
            async with self._database.bus() as uow:
                await usecases.account_for(uow, leased, shown.changed)
        return None

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
