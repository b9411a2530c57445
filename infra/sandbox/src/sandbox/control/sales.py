"""Control routes of sales and of what becomes of them."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_json

from sandbox.control.describing import describe_order
from sandbox.control.desk import Desk, NotThere, Row, errand_of
from sandbox.control.models import (
    CallBack,
    Cancel,
    Edit,
    GiveBack,
    LineUnits,
    NewSale,
    NewSales,
    Notify,
    Platform,
    Ship,
    Track,
    Travel,
)
from sandbox.marketplace import Happening
from sandbox.truth import LineQuantity, Order, SoldOut

ORDER = "/{platform}/orders/{order_id}"


def sale_routes(desk: Desk) -> APIRouter:
    """Sell, then pay, ship, cancel, refund, and tell again."""
    router = APIRouter(prefix="/control")
    _add_selling(router, desk)
    _add_sending(router, desk)
    _add_undoing(router, desk)
    return router


def sold_row(order: Order) -> Row:
    return {"accepted": True, **describe_order(order)}


def refused_row(error: SoldOut) -> Row:
    return {"error": "sold_out", "detail": str(error), "listing": error.listing}


def sold_out_answer(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SoldOut)
    return JSONResponse(refused_row(error), 409)


def units(rows: Sequence[LineUnits]) -> list[LineQuantity]:
    return [LineQuantity(row.line_id, row.quantity) for row in rows]


def _add_selling(router: APIRouter, desk: Desk) -> None:
    @router.post("/{platform}/sales", status_code=201)
    async def sell(platform: Platform, sale: NewSale) -> Response:
        # Bytes, for a load is a sale at each tick: FastAPI would go over each row twice more.
        row = sold_row(desk.sell(platform, sale))
        return Response(to_json(row), status_code=201, media_type="application/json")

    @router.post("/{platform}/sales/bulk")
    async def sell_many(platform: Platform, given: NewSales) -> Row:
        results: list[Row] = []
        for sale in given.sales:
            try:
                results.append({"status": 201, **sold_row(desk.sell(platform, sale))})
            except SoldOut as error:
                results.append({"status": 409, **refused_row(error)})
            except NotThere as error:
                results.append({"status": 404, "error": "not_found", "detail": str(error)})
        return {"results": results}


def _add_sending(router: APIRouter, desk: Desk) -> None:
    @router.post(ORDER + "/pay")
    async def pay(platform: Platform, order_id: str, given: Travel) -> Row:
        order = desk.order(platform, order_id)
        desk.pay(order, errand_of(given))
        return describe_order(order)

    @router.post(ORDER + "/ship")
    async def ship(platform: Platform, order_id: str, given: Ship) -> Row:
        order = desk.order(platform, order_id)
        desk.ship(order, given.courier, given.tracking, units(given.lines), errand_of(given))
        return describe_order(order)

    @router.post(ORDER + "/track")
    async def track(platform: Platform, order_id: str, given: Track) -> Row:
        order = desk.order(platform, order_id)
        desk.track(order, given.shipment, given.courier, given.tracking, errand_of(given))
        return describe_order(order)

    @router.post(ORDER + "/call-back")
    async def call_back(platform: Platform, order_id: str, given: CallBack) -> Row:
        order = desk.order(platform, order_id)
        desk.call_back(order, given.shipment, errand_of(given))
        return describe_order(order)

    @router.post(ORDER + "/capture")
    async def capture(platform: Platform, order_id: str, given: Travel) -> Row:
        order = desk.order(platform, order_id)
        desk.capture(order, errand_of(given))
        return describe_order(order)

    @router.post(ORDER + "/edit")
    async def edit(platform: Platform, order_id: str, given: Edit) -> Row:
        order = desk.order(platform, order_id)
        desk.edit_order(order, given)
        return describe_order(order)

    @router.post(ORDER + "/notify")
    async def notify(platform: Platform, order_id: str, given: Notify) -> Row:
        order = desk.order(platform, order_id)
        topic = "ORDER_CONFIRMATION" if platform == "ebay" else given.topic
        desk.marketplaces[platform].announce(order, Happening(topic), errand_of(given))
        return describe_order(order)


def _add_undoing(router: APIRouter, desk: Desk) -> None:
    @router.post(ORDER + "/cancel")
    async def cancel(platform: Platform, order_id: str, given: Cancel) -> Row:
        order = desk.order(platform, order_id)
        desk.cancel(order, given.reason, given.restock, errand_of(given))
        return describe_order(order)

    @router.post(ORDER + "/refund")
    async def refund(platform: Platform, order_id: str, given: GiveBack) -> Row:
        order = desk.order(platform, order_id)
        desk.refund(order, given.amount, units(given.lines), given.restock, given.note, errand_of(given))
        return describe_order(order)
