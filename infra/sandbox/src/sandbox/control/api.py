"""The control API as one FastAPI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import fields

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from sandbox.control.accounts import account_routes
from sandbox.control.applications import application_routes
from sandbox.control.desk import Desk, NotThere, Row
from sandbox.control.listings import listing_routes
from sandbox.control.load import Load, Loads
from sandbox.control.models import NewFault, NewLoad, SettingsEdit
from sandbox.control.payments import payment_routes
from sandbox.control.sales import sale_routes, sold_out_answer
from sandbox.control.truth import truth_routes
from sandbox.control.webhooks import webhook_routes
from sandbox.ebay.site import Ebay
from sandbox.faults import MODES, Rule
from sandbox.marketplace import BadRequest
from sandbox.shopify.shop import Shopify
from sandbox.truth import NotPossible, SoldOut, UnknownLine

RULE_FIELDS = [f.name for f in fields(Rule) if f.name != "dice"]
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    NotThere: (404, "not_found"),
    BadRequest: (400, "bad_request"),
    UnknownLine: (400, "unknown_line"),
    NotPossible: (400, "not_possible"),
    RequestValidationError: (422, "invalid"),
}


def build_control(desk: Desk, shopify: Shopify, ebay: Ebay) -> FastAPI:
    loads = Loads(desk)
    api = FastAPI(
        title="sandbox control",
        docs_url="/control/docs",
        openapi_url="/control/openapi.json",
        lifespan=_lifespan(desk, loads, shopify),
    )
    api.add_exception_handler(SoldOut, sold_out_answer)
    for refusal, (status, code) in REFUSALS.items():
        api.add_exception_handler(refusal, _refuser(status, code))
    for router in (
        sale_routes(desk),  # first: looked through in this order, and asked most
        housekeeping_routes(desk, loads, shopify),
        load_routes(loads),
        fault_routes(desk),
        truth_routes(desk),
        webhook_routes(desk, shopify, ebay),
        application_routes(desk, shopify),
        payment_routes(desk, shopify),
        account_routes(desk, shopify),
        listing_routes(desk),
    ):
        api.include_router(router)
    return api


def _lifespan(
    desk: Desk, loads: Loads, shopify: Shopify
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        desk.deliveries.resume()
        shopify.bulk.resume()
        yield
        loads.stop_all()
        await shopify.bulk.stop()
        await desk.deliveries.stop()
        desk.world.close()

    return lifespan


def _refuser(status: int, code: str) -> Callable[[Request, Exception], JSONResponse]:
    return lambda _request, error: JSONResponse({"error": code, "detail": str(error)}, status)


def housekeeping_routes(desk: Desk, loads: Loads, shopify: Shopify) -> APIRouter:
    router = APIRouter(prefix="/control")

    @router.get("/health")
    async def health() -> Row:
        return {"status": "ok"}

    @router.post("/reset")
    async def reset() -> Row:
        loads.stop_all()
        desk.faults.rules.clear()
        await shopify.bulk.stop()
        await desk.deliveries.stop()
        desk.world.reset()
        return {"status": "empty"}

    @router.get("/settings")
    async def settings() -> Row:
        return {"time_factor": desk.deliveries.time_factor}

    @router.patch("/settings")
    async def change_settings(given: SettingsEdit) -> Row:
        desk.deliveries.time_factor = given.time_factor
        return {"time_factor": given.time_factor}

    return router


def load_routes(loads: Loads) -> APIRouter:
    router = APIRouter(prefix="/control/load")

    @router.post("", status_code=201)
    async def start_load(plan: NewLoad) -> Row:
        return {"id": loads.start(plan)}

    @router.get("/{run_id}")
    async def load(run_id: str) -> Row:
        return _known(loads, run_id).report()

    @router.delete("/{run_id}")
    async def stop_load(run_id: str) -> Row:
        run = _known(loads, run_id)
        loads.stop(run_id)
        return run.report()

    return router


def _known(loads: Loads, run_id: str) -> Load:
    if run_id not in loads.runs:
        raise NotThere(f"no load {run_id}")
    return loads.runs[run_id]


def fault_routes(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/control/faults")
    rules = desk.faults.rules

    @router.post("", status_code=201)
    async def add(given: NewFault) -> Row:
        if given.mode not in MODES:
            raise BadRequest(f"mode is one of {', '.join(MODES)}")
        rule = Rule(id=str(desk.world.next()), **given.model_dump())
        rules[rule.id] = rule
        return {"id": rule.id}

    @router.get("")
    async def every() -> Row:
        return {"faults": [{name: getattr(rule, name) for name in RULE_FIELDS} for rule in rules.values()]}

    @router.delete("/{rule_id}")
    async def remove(rule_id: str) -> Row:
        if rules.pop(rule_id, None) is None:
            raise NotThere(f"no fault {rule_id}")
        return {"removed": rule_id}

    @router.delete("")
    async def remove_all() -> Row:
        rules.clear()
        return {"removed": "all"}

    return router
