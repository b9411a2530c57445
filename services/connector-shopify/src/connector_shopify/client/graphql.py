"""One Admin GraphQL call: budget, request, every way Shopify says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from connector_kit import calls
from connector_kit.budget import Budgets, Lane, Limit
from connector_kit.domain import Account
from connector_kit.errors import REFUSED, CallFailed, Problem, read_only
from pydantic import ValidationError

from connector_shopify.client.documents import API_VERSION, DOCUMENTS, POINTS
from connector_shopify.client.errors import TABLE
from connector_shopify.config import Settings
from connector_shopify.wire import Cost, UserError

_LOW = 0.25
Data = Mapping[str, Any]


class Admin:
    """Shopify's Admin API. One HTTP connection pool for all shops; one budget for each."""

    def __init__(self, settings: Settings, budgets: Budgets) -> None:
        self._settings = settings
        self._budgets = budgets
        self._limits: dict[str, Limit] = {}
        pool = httpx.Limits(max_connections=200, max_keepalive_connections=100)
        self._http = httpx.AsyncClient(timeout=settings.call_timeout_seconds, limits=pool, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(
        self, account: Account, name: str, variables: Data, *, lane: Lane, changes: bool = False
    ) -> Data:
        """Send a named operation; its `data`. Raises CallFailed, read-only calls never as ambiguous."""
        limit = self._limit(account.address)
        await self._budgets.draw([(limit, POINTS[name])], lane)
        response = await calls.send(
            self._http,
            self._request(account, name, variables),
            TABLE,
            changes=changes,
            timeout=self._settings.call_timeout_seconds,
        )
        answer = calls.json_of(response, changes=changes)
        if not isinstance(answer, dict):
            answer = {}
        cost = _cost(answer)
        await self._learn(limit, cost)
        if answer.get("errors") or not isinstance(answer.get("data"), dict):
            await self._refuse(limit, answer, cost, changes)
        data: Data = answer["data"]
        return data

    def _limit(self, shop: str) -> Limit:
        if shop not in self._limits:
            s = self._settings
            self._limits[shop] = Limit(f"shopify:{shop}", s.shopify_bucket, s.shopify_points_per_second)
        return self._limits[shop]

    def _request(self, account: Account, name: str, variables: Data) -> httpx.Request:
        base = self._settings.shopify_base.format(shop=account.address).rstrip("/")
        return self._http.build_request(
            "POST",
            f"{base}/admin/api/{API_VERSION}/graphql.json",
            json={"query": DOCUMENTS[name], "variables": dict(variables), "operationName": name},
            headers={"X-Shopify-Access-Token": account.credentials.get("access_token", "")},
        )

    async def _learn(self, limit: Limit, cost: Cost | None) -> None:
        """Take over the shop's true bucket when it differs, or when it runs low."""
        status = cost.throttle_status if cost else None
        if status is None:
            return
        differs = (status.maximum_available, status.restore_rate) != (limit.capacity, limit.per_second)
        if differs or status.currently_available < _LOW * status.maximum_available:
            true = Limit(limit.scope, status.maximum_available, status.restore_rate)
            self._limits[limit.scope.removeprefix("shopify:")] = true
            await self._budgets.observed(true, status.currently_available)

    async def _refuse(
        self, limit: Limit, answer: Mapping[str, Any], cost: Cost | None, changes: bool
    ) -> None:
        errors = answer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        extensions = first.get("extensions")
        code = str(extensions.get("code", "")) if isinstance(extensions, dict) else ""
        problem = TABLE.of_code(code) or (REFUSED if first else TABLE.of_status(500))
        if code == "THROTTLED":
            problem = replace(problem, retry_after=_until_enough(cost))
            await self._budgets.block(limit.scope, problem.retry_after or timedelta(seconds=1))
        raise CallFailed(problem if changes else read_only(problem), str(first.get("message", answer))[:500])


def _cost(answer: Mapping[str, Any]) -> Cost | None:
    extensions = answer.get("extensions")
    try:
        return Cost.model_validate(extensions["cost"]) if isinstance(extensions, dict) else None
    except (KeyError, ValidationError):
        return None


def _until_enough(cost: Cost | None) -> timedelta:
    if cost is None or cost.throttle_status is None or cost.requested_query_cost is None:
        return timedelta(seconds=1)
    missing = cost.requested_query_cost - cost.throttle_status.currently_available
    return timedelta(seconds=max(missing / max(cost.throttle_status.restore_rate, 1.0), 0.5))


def user_problem(data: Data, field: str) -> tuple[Problem, str] | None:
    """The first user error of a mutation, classified; None when it did what was asked."""
    payload = data.get(field)
    if not isinstance(payload, dict):
        return TABLE.of_status(500), "the mutation's payload is missing"
    errors = payload.get("userErrors")
    if not errors:
        return None
    error = UserError.model_validate(errors[0])
    return TABLE.of_code(error.code or "") or REFUSED, f"{error.code}: {error.message}"
