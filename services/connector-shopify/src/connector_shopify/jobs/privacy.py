"""Carries out what Shopify asks about buyers' data, until nothing of it is left."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from connector_kit.sealing import Sealer
from connector_kit.store import LeasedChore
from kit.database import Database
from kit.logs import logger

from connector_shopify import usecases
from connector_shopify.usecases import Place, PrivacyRequest
from connector_shopify.wire.compliance import CUSTOMER_REDACT

log = logger(__name__)

AGAIN = timedelta(minutes=1)
"""When webhooks of a buyer still wait to be mapped."""


class CarryOutPrivacy:
    """Does the chores `privacy`, each a request of Shopify's. May be broken off anywhere and begun again."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """Forget all that may be forgotten; again in a minute while something waits, never again after."""
        async with self._database.bus([leased.chore.tenant_id]) as uow:
            request = await usecases.privacy_request(uow, UUID(leased.chore.key))
        waiting = await self._forget(leased, request)
        if waiting:
            log.info("a buyer's webhooks wait to be mapped", request=leased.chore.key, waiting=waiting)
            return AGAIN
        async with self._database.bus([request.tenant_id]) as uow:
            await usecases.end_request(uow, self._sealer, leased, request)
        log.info("a privacy request is carried out", request=leased.chore.key, topic=request.topic)
        return None

    async def _forget(self, leased: LeasedChore, request: PrivacyRequest) -> int:
        if request.topic == CUSTOMER_REDACT and not request.naming:
            return 0
        waiting = 0
        place: Place | None = Place()
        while place is not None:
            async with self._database.bus([request.tenant_id]) as uow:
                step = await usecases.forget_page(uow, leased, request, place)
            waiting += step.waiting
            place = step.place
        return waiting
