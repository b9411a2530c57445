"""Stand-ins for the gateway's owners: real routes, tokens checked as kit checks them, state in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx
from kit import tokens
from kit.errors import NotFound, Refused, Unauthorized
from kit.settings import ServiceSettings
from soldwire_contracts.topics import CONNECTED
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway_fixtures import answers
from gateway_fixtures.shop import Json, Shop

SERVICES = ("sales-ledger", "delist-orchestrator", "scheduler", "inventory", *CONNECTED.values())
ADDRESSES = {f"SOLDWIRE_URL_{name.upper().replace('-', '_')}": f"http://{name}.test" for name in SERVICES}

Endpoint = Callable[[Request], Awaitable[Response]]


class Owners:
    """Every owner behind one transport; `away` ones refuse connections, `slow` ones take that many seconds."""

    def __init__(self, settings: ServiceSettings, shop: Shop) -> None:
        self._settings = settings
        self.shop = shop
        self.away: set[str] = set()
        self.slow: dict[str, float] = {}
        self.commands: list[tuple[str, Json]] = []
        self.tenants: list[UUID] = []
        """Whose token each call carried."""
        self.refusal: Refused | None = None
        """What the next command is refused with."""
        self.answered: list[httpx.Response] = []
        """Every answer with its request, newest last."""
        self._apps = {
            "sales-ledger": Starlette(routes=self._ledger()),
            "delist-orchestrator": Starlette(routes=self._orchestrator()),
            "scheduler": Starlette(routes=self._scheduler()),
            **{name: Starlette(routes=self._connector(platform)) for platform, name in CONNECTED.items()},
        }

    def client(self) -> httpx.AsyncClient:
        """What the gateway calls owners with."""
        return httpx.AsyncClient(
            transport=_Switch(self), timeout=4, event_hooks={"response": [self._remember]}
        )

    async def _remember(self, response: httpx.Response) -> None:
        await response.aread()
        self.answered.append(response)

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Every address that is stood in for, with its service."""
        for service, app in self._apps.items():
            yield from ((service, route) for route in app.routes if isinstance(route, Route))

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """One call: refuse the unknown, the away and the wrongly signed."""
        service = request.url.host.removesuffix(".test")
        if service in self.away or service not in self._apps:
            raise httpx.ConnectError("connection refused", request=request)
        await asyncio.sleep(self.slow.get(service, 0))
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            caller = tokens.verify(self._settings, token, audience=service)
        except Unauthorized as error:
            return httpx.Response(error.status, json=problem(error))
        self.tenants.append(caller.tenant_id)
        if caller.tenant_id != self.shop.tenant_id:
            return httpx.Response(404, json=problem(NotFound("not_found", "There is no such thing.")))
        inner = httpx.ASGITransport(app=self._apps[service])
        return await inner.handle_async_request(request)

    def _get(self, path: str, answer: Callable[[Request], Any]) -> Route:
        async def endpoint(request: Request) -> Response:
            found = answer(request)
            if found is None:
                return JSONResponse(problem(NotFound("no_such_sale", "There is no such sale.")), 404)
            return JSONResponse(found)

        return Route(path, endpoint)

    def _post(
        self, path: str, act: Callable[[Request, Json], Any], status: int = 200, method: str = "POST"
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            body: Json = json.loads(await request.body() or b"{}")
            self.commands.append((request.url.path, body))
            refused, self.refusal = self.refusal, None
            if refused is not None:
                return JSONResponse(problem(refused), refused.status)
            done = act(request, body)
            if done is None:
                return JSONResponse(problem(NotFound("no_such_account", "There is no such account.")), 404)
            return Response(status_code=204) if status == 204 else JSONResponse(done, status)

        return Route(path, endpoint, methods=[method])

    def _ledger(self) -> list[Route]:
        shop = self.shop
        return [
            self._get("/v1/sales", self._sales),
            self._get("/v1/sales/totals", lambda _: answers.totals(shop)),
            self._get("/v1/sales/by-day", lambda _: shop.history),
            self._get("/v1/books/balances", lambda _: answers.balances(shop)),
            self._get("/v1/sales/{sale}", lambda r: answers.one_sale(shop, r.path_params["sale"])),
            self._post(
                "/v1/sales/fees",
                lambda _, body: shop.give_fees([str(one) for one in body["sale_ids"]], body.get("fees")),
            ),
            self._get("/v1/sales/{sale}/timeline", lambda r: answers.timeline(shop, r.path_params["sale"])),
        ]

    def _sales(self, request: Request) -> Json:
        asked = request.query_params
        found = [
            answers.sale(self.shop, sale)
            for sale in self.shop.sales
            if asked.get("status") in (None, sale["status"])
            and (not asked.getlist("delist") or self.shop.group(sale) in asked.getlist("delist"))
            and asked.get("platform") in (None, sale["platform"])
            and asked.get("waits_for_fees") in (None, str(sale["waits_for_fees"]).lower())
            and asked.get("search", "").lower()
            in f"{sale['title']} {sale['sku']} {sale['order_number']}".lower()
        ]
        return _page(found, asked)

    def _orchestrator(self) -> list[Route]:
        shop = self.shop
        return [
            self._get(
                "/v1/delists",
                lambda r: _page(answers.delists(shop, r.query_params.get("group")), r.query_params),
            ),
            self._get("/v1/delists/groups", lambda _: answers.groups(shop)),
            self._get("/v1/delists/exposure", lambda _: answers.exposure(shop)),
            self._get("/v1/delists/{sale}", lambda r: answers.delist(shop, r.path_params["sale"])),
            self._get("/v1/pauses", lambda _: shop.pauses),
            self._post("/v1/delists/{command}", self._command),
            self._post("/v1/pauses/{pause}/resume", lambda r, _: shop.resume(r.path_params["pause"])),
        ]

    def _command(self, request: Request, body: Json) -> Json:
        command = request.path_params["command"]
        keys = [(step["listing_id"], step["version"]) for step in body.get("steps", [])]
        return {"results": self.shop.command(command, keys, body.get("sale_ids", []))}

    def _scheduler(self) -> list[Route]:
        shop = self.shop
        return [
            self._get("/v1/runs", lambda _: {"items": shop.runs, "next": None}),
            self._get("/v1/plans", lambda _: {"items": shop.plans}),
            self._post("/v1/refresh", lambda _, body: _page(shop.refresh(str(body["scope"])), {}), 202),
            self._post("/v1/runs/{run}/cancel", lambda r, _: shop.cancel(r.path_params["run"]), 202),
        ]

    def _connector(self, platform: str) -> list[Route]:
        one = "/v1/accounts/{account}"
        shared = [
            self._get("/v1/accounts", self._accounts(platform)),
            self._post(one, lambda r, _: self._disconnected(r), 204, "DELETE"),
        ]
        if platform != "shopify":
            return shared
        shop = self.shop
        return [
            *shared,
            self._post(one, self._changed, method="PATCH"),
            self._post(f"{one}/test", lambda _, __: answers.tested(well=False)),
            self._post("/v1/accounts", lambda _, body: answers.connected(shop, str(body["shop"])), 201),
            self._post("/v1/oauth/start", lambda _, body: {"url": _authorize(str(body["shop"]))}),
            self._post("/v1/oauth/open", lambda _, body: {"url": _authorize(_shop_of(body))}),
            self._get("/v1/privacy-requests", lambda _: {"requests": shop.asked, "next": None}),
            self._get("/v1/privacy-requests/{request}/data", lambda r: self._data(r.path_params["request"])),
            self._post("/v1/oauth/complete", lambda _, body: self._completed(str(body["query"])), 201),
        ]

    def _data(self, request: str) -> Json | None:
        found = next((one for one in self.shop.asked if one["request_id"] == request), None)
        return {"request_id": found["request_id"], "webhooks": []} if found else None

    def _completed(self, query: str) -> Json:
        return answers.connected(self.shop, parse_qs(query)["shop"][0])

    def _changed(self, request: Request, body: Json) -> Json | None:
        found = self._account(request)
        if found is not None:
            found |= body
        return answers.account(self.shop, request.path_params["account"])

    def _disconnected(self, request: Request) -> Json | None:
        found = self._account(request)
        if found is not None:
            found |= {"state": "revoked", "reason": "The seller disconnected this account in Soldwire."}
        return found

    def _account(self, request: Request) -> Json | None:
        wanted = request.path_params["account"]
        return next((one for one in self.shop.accounts if one["account_id"] == wanted), None)

    def _accounts(self, platform: str) -> Callable[[Request], list[Json]]:
        return lambda _: answers.accounts(self.shop, platform)


class _Switch(httpx.AsyncBaseTransport):
    def __init__(self, owners: Owners) -> None:
        self._owners = owners

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._owners.answer(request)


def _shop_of(body: Json) -> str:
    return parse_qs(str(body["query"]))["shop"][0]


def _authorize(shop: str) -> str:
    return f"https://{shop}/admin/oauth/authorize?state=of-a-test"


def _page(found: list[Json], asked: Mapping[str, str]) -> Json:
    limit, start = int(asked.get("limit", 50)), int(asked.get("cursor", 0))
    following = str(start + limit) if len(found) > start + limit else None
    return {"items": found[start : start + limit], "next": following}


def problem(refused: Refused) -> Json:
    """A refusal as kit answers it."""
    return {
        "type": "about:blank",
        "status": refused.status,
        "code": refused.code,
        "title": refused.message,
        "message": refused.message,
        "details": refused.details,
    }
