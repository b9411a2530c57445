"""HTTP: couriers by name, and whom a tracking number may be of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from kit.http import CallerDep

from sales_ledger import wire


def build() -> APIRouter:
    """The same for everybody: data that is shipped."""
    router = APIRouter(prefix="/v1/couriers", tags=["couriers"])

    @router.get("")
    async def listed(_: CallerDep) -> list[wire.CourierView]:
        """Every courier we know, by name."""
        return wire.courier_views()

    @router.get("/recognise")
    async def recognised(
        _: CallerDep, number: Annotated[str, Query(min_length=1, max_length=200)]
    ) -> wire.RecognisedView:
        """Whom a bare tracking number may be of; several where nothing tells them apart."""
        return wire.recognised_view(number)

    return router
