"""One Admin GraphQL call: points, request, every way Shopify says no, and a typed answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from connector_kit import calls, metrics
from connector_kit.budget import Lane
from connector_kit.circuit import CircuitOpen, Circuits
from connector_kit.domain import Account
from connector_kit.errors import AMBIGUOUS, REFUSED, Action, CallFailed, Problem, read_only
from connector_kit.reports import Reports
from pydantic import BaseModel, ValidationError

from connector_shopify.client.documents import API_VERSION, DOCUMENTS
from connector_shopify.client.limits import Limits, scope_of, until_enough
from connector_shopify.client.outcomes import outcome
from connector_shopify.client.problems import OF_THE_SHOP, TABLE
from connector_shopify.wire.graphql import Cost, Payload

M = TypeVar("M", bound=BaseModel)
Variables = Mapping[str, object]
_PLATFORM = "shopify"
# An answer's JSON before it is typed; it does not leave this module.
Json = Mapping[str, Any]


class Admin:
    """Shopify's Admin API of every shop, over one connection pool. `base` holds `{shop}`.

    Both calls send once, never again, and raise CallFailed and nothing else. How they end is told to `reports`.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base: str,
        limits: Limits,
        timeout: float = 10.0,
        *,
        circuits: Circuits | None = None,
        reports: Reports | None = None,
    ) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._circuits = circuits or Circuits()
        self.limits = limits
        self.reports = reports or Reports(OF_THE_SHOP)

    async def read(
        self, account: Account, operation: str, variables: Variables, shape: type[M], lane: Lane
    ) -> M:
        """A query's typed answer; its failures may simply be asked again."""
        with self._told(account, operation):
            data = await self._call(account, operation, variables, lane, changes=False)
            try:
                return shape.model_validate(data)
            except ValidationError as error:
                raise CallFailed(read_only(AMBIGUOUS), f"{operation}: {error}"[:500]) from error

    async def change(
        self, account: Account, operation: str, field: str, variables: Variables, lane: Lane
    ) -> None:
        """Send one mutation. A user error is CallFailed by the table; an answer that is none is ambiguous."""
        with self._told(account, operation):
            data = await self._call(account, operation, variables, lane, changes=True)
            try:
                errors = Payload.model_validate(data.get(field)).user_errors
            except ValidationError as error:
                raise CallFailed(AMBIGUOUS, f"{operation}: {error}"[:500]) from error
            if errors:
                known = next((p for e in errors if (p := TABLE.of_code(e.code or ""))), REFUSED)
                words = "; ".join(f"{e.code or ''} {e.message}".strip() for e in errors)
                raise CallFailed(known, words[:500])

    @contextmanager
    def _told(self, account: Account, operation: str) -> Iterator[None]:
        """Count how a call ends, and tell it of its account; one that was not sent says nothing of it."""
        try:
            yield
        except CallFailed as failed:
            metrics.calls.labels(_PLATFORM, operation, outcome(failed)).inc()
            if not isinstance(failed, CircuitOpen):
                self.reports.ended(account, failed.problem)
            raise
        metrics.calls.labels(_PLATFORM, operation, outcome(None)).inc()
        self.reports.ended(account)

    async def _call(
        self, account: Account, operation: str, variables: Variables, lane: Lane, *, changes: bool
    ) -> Json:
        shop = account.address
        self._circuits.check(scope_of(shop), lane)
        await self.limits.draw(shop, operation, lane)
        with self._circuits.calling(scope_of(shop), lane):
            answer = await self._send(account, operation, variables, changes=changes)
        cost, first = _cost(answer), variables.get("first")
        await self.limits.learn(shop, operation, cost, first if isinstance(first, int) else None)
        self._tell_bucket(account, cost)
        data = answer.get("data")
        if answer.get("errors") or not isinstance(data, dict):
            raise await self._refusal(shop, answer, cost, changes=changes)
        return data

    async def _send(self, account: Account, operation: str, variables: Variables, *, changes: bool) -> Json:
        base = self._base.replace("{shop}", account.address)
        request = self._http.build_request(
            "POST",
            f"{base}/admin/api/{API_VERSION}/graphql.json",
            json={
                "query": DOCUMENTS[operation],
                "variables": dict(variables),
                "operationName": operation,
            },
            headers={"X-Shopify-Access-Token": account.credentials.get("access_token", "")},
        )
        try:
            with metrics.call_seconds.labels(_PLATFORM, operation).time():
                response = await calls.send(
                    self._http, request, TABLE, changes=changes, timeout=self._timeout
                )
        except CallFailed as failed:
            if failed.problem.action is Action.RATE_LIMITED:
                metrics.throttled.labels(_PLATFORM, "status").inc()
                await self.limits.pause(account.address, failed.problem.retry_after or timedelta(seconds=1))
            raise
        answer = calls.json_of(response, changes=changes)
        return answer if isinstance(answer, dict) else {}

    def _tell_bucket(self, account: Account, cost: Cost | None) -> None:
        status = cost.throttle_status if cost else None
        if status is not None:
            self.reports.bucket(
                account,
                maximum=status.maximum_available,
                available=status.currently_available,
                per_second=status.restore_rate,
            )

    async def _refusal(self, shop: str, answer: Json, cost: Cost | None, *, changes: bool) -> CallFailed:
        code, message = _first_error(answer.get("errors"))
        problem = TABLE.of_code(code) or _unknown(answer)
        if code == "THROTTLED":
            metrics.throttled.labels(_PLATFORM, "cost").inc()
            problem = replace(problem, retry_after=until_enough(cost))
            await self.limits.pause(shop, problem.retry_after or timedelta(seconds=1))
        return CallFailed(problem if changes else read_only(problem), f"{code} {message}".strip()[:500])


def _first_error(errors: object) -> tuple[str, str]:
    """Code and message of the first error; Shopify also sends a plain string or an object."""
    if isinstance(errors, Sequence) and not isinstance(errors, str) and errors:
        errors = errors[0]
    if not isinstance(errors, Mapping):
        return "", str(errors)
    extensions = errors.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return str(code or ""), str(errors.get("message", errors))


def _unknown(answer: Json) -> Problem:
    """A code the table does not know: without `data` nothing was carried out; with it, who knows."""
    return AMBIGUOUS if "data" in answer or not answer.get("errors") else REFUSED


def _cost(answer: Json) -> Cost | None:
    extensions = answer.get("extensions")
    try:
        return Cost.model_validate(extensions["cost"]) if isinstance(extensions, Mapping) else None
    except (KeyError, ValidationError):
        return None
