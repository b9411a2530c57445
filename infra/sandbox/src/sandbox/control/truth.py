"""Control routes that tell the truth."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TypeVar

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic_core import to_json

from sandbox.control.describing import describe_order
from sandbox.control.desk import Desk
from sandbox.truth import Attempt, Call, Order, Refusal, World

Record = TypeVar("Record", Attempt, Call, Order, Refusal)
CALL_FIELDS = tuple(field.name for field in fields(Call))


def _chosen(records: Iterable[Record], platform: str | None, account: str | None) -> list[Record]:
    return [
        record
        for record in records
        if platform in (None, record.platform) and account in (None, record.account)
    ]


def _answer(**rows: object) -> Response:
    return Response(to_json(rows), media_type="application/json")


def call_row(call: Call) -> dict[str, object]:
    row = {name: getattr(call, name) for name in CALL_FIELDS}
    effect = call.effects[0] if call.effects else None
    more = {"before": effect.before, "after": effect.after} if effect else {"before": None, "after": None}
    if effect and row["listing"] is None:
        row["listing"], row["requested"] = effect.listing, effect.requested
    return {**row, **more, "took_effect": call.took_effect}


def _touches(call: Call, listing: str) -> bool:
    return listing == call.listing or any(effect.listing == listing for effect in call.effects)


def truth_routes(desk: Desk) -> APIRouter:
    """Sales, refusals, calls, webhooks and listings as they are, whatever anybody was told."""
    router = APIRouter(prefix="/control/truth")
    _add_sales(router, desk.world)
    _add_calls(router, desk.world)
    _add_standing(router, desk)
    return router


def _add_sales(router: APIRouter, world: World) -> None:
    @router.get("/sales")
    async def sales(platform: str | None = None, account: str | None = None, after: int = 0) -> Response:
        return _answer(
            sales=[describe_order(x) for x in _chosen(world.orders_in_order.after(after), platform, account)]
        )

    @router.get("/refusals")
    async def refusals(platform: str | None = None, account: str | None = None, after: int = 0) -> Response:
        return _answer(refusals=_chosen(world.refusals_in_order.after(after), platform, account))


def _add_calls(router: APIRouter, world: World) -> None:
    @router.get("/calls")
    async def calls(
        platform: str | None = None,
        account: str | None = None,
        operation: str | None = None,
        listing: str | None = None,
        after: int = 0,
        limit: int = 1_000_000,
        changed: bool = False,
    ) -> Response:
        found = [
            call
            for call in _chosen(world.calls_in_order.after(after), platform, account)
            if operation in (None, call.operation)
            and (listing is None or _touches(call, listing))
            and (call.took_effect or not changed)
        ]
        return _answer(calls=[call_row(call) for call in found[:limit]])

    @router.get("/webhooks")
    async def webhooks(
        platform: str | None = None, account: str | None = None, topic: str | None = None, after: int = 0
    ) -> Response:
        found = [
            x
            for x in _chosen(world.attempts_in_order.after(after), platform, account)
            if topic in (None, x.topic)
        ]
        return _answer(webhooks=found)


def _add_standing(router: APIRouter, desk: Desk) -> None:
    world = desk.world

    @router.get("/listings")
    async def listings(
        platform: str | None = None, account: str | None = None, sku: str | None = None
    ) -> Response:
        found = [
            desk.describe(x)
            for x in world.listings.values()
            if platform in (None, x.platform) and account in (None, x.account) and sku in (None, x.sku)
        ]
        return _answer(listings=found)

    @router.get("/summary")
    async def summary() -> Response:
        return _answer(
            accounts=len(world.accounts),
            listings=len(world.listings),
            buyable=sum(1 for x in world.listings.values() if x.buyable),
            sales=len(world.orders),
            refusals=len(world.refusals),
            calls=len(world.calls),
            calls_with_effect=sum(1 for x in world.calls.values() if x.took_effect),
            webhook_attempts=len(world.attempts),
            deliveries_pending=desk.deliveries.pending,
            seq=world.sequence,
        )
