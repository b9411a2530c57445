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
from connector_shopify.client.files import Files
from connector_shopify.client.limits import Limits, limited_as, scope_of, until_enough
from connector_shopify.client.outcomes import outcome
from connector_shopify.client.problems import OF_THE_SHOP, PARTLY, TABLE
from connector_shopify.client.tokens import NO_ACCOUNTS, Tokens
from connector_shopify.wire.graphql import Cost, Payload

M = TypeVar("M", bound=BaseModel)
Variables = Mapping[str, object]
_PLATFORM = "shopify"
# An answer's JSON before it is typed; it does not leave this module.
Json = Mapping[str, Any]


class Admin:
    """Shopify's Admin API of every shop, over one connection pool. `base` holds `{shop}`.

    Both calls send once, and again only after a 401, with a newer token; they raise CallFailed and nothing else. How they
    end is told to `reports`.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base: str,
        limits: Limits,
        timeout: float = 10.0,
        tokens: Tokens | None = None,
        *,
        circuits: Circuits | None = None,
        reports: Reports | None = None,
    ) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._tokens = tokens or Tokens()
        self._circuits = circuits or Circuits()
        self.limits = limits
        self.files = Files(http, base)
        self.reports = reports or Reports(OF_THE_SHOP)

    async def read(
        self, account: Account, operation: str, variables: Variables, shape: type[M], lane: Lane
    ) -> M:
        """A query's typed answer; its failures may simply be asked again."""
        with self._secretly(account), self._told(account, operation):
            data = await self._call(account, operation, variables, lane, changes=False)
            try:
                return shape.model_validate(data)
            except ValidationError as error:
                raise CallFailed(read_only(AMBIGUOUS), f"{operation}: {error}"[:500]) from error

    async def change(
        self,
        account: Account,
        operation: str,
        fields: str | Sequence[str],
        variables: Variables,
        lane: Lane,
    ) -> None:
        """Send one mutation of one or more root fields. A user error is CallFailed by the table; an answer that is none is
        ambiguous, and so are errors of some fields only: the others were carried out.
        """
        with self._secretly(account), self._told(account, operation):
            data = await self._call(account, operation, variables, lane, changes=True)
            _no_errors(operation, data, (fields,) if isinstance(fields, str) else fields)

    @contextmanager
    def _secretly(self, account: Account) -> Iterator[None]:
        """Whatever comes back, no failure tells what we called with."""
        try:
            yield
        except CallFailed as failed:
            raise CallFailed(failed.problem, self._tokens.hide(account, failed.detail)) from None

    @contextmanager
    def _told(self, account: Account, operation: str) -> Iterator[None]:
        """Count how a call ends, and tell it of its account; one that was not sent says nothing of it."""
        try:
            yield
        except CallFailed as failed:
            metrics.calls.labels(_PLATFORM, operation, outcome(failed)).inc()
            if not isinstance(failed, CircuitOpen):
                self._report(account, failed.problem)
            raise
        metrics.calls.labels(_PLATFORM, operation, outcome(None)).inc()
        self._report(account)

    def _report(self, account: Account, problem: Problem | None = None) -> None:
        if account.account_id not in NO_ACCOUNTS:
            self.reports.ended(account, problem)

    async def _call(
        self, account: Account, operation: str, variables: Variables, lane: Lane, *, changes: bool
    ) -> Json:
        shop = limited_as(account)
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
        """Send with the account's token. A 401 did nothing: once more with a newer one, if there is one."""
        token = await self._tokens.of(account)
        try:
            return await self._send_with(token, account, operation, variables, changes=changes)
        except CallFailed as failed:
            if not failed.problem.login:
                raise
        newer = await self._tokens.instead_of(account, token)
        return await self._send_with(newer, account, operation, variables, changes=changes)

    async def _send_with(
        self, token: str, account: Account, operation: str, variables: Variables, *, changes: bool
    ) -> Json:
        base = self._base.replace("{shop}", account.address)
        request = self._http.build_request(
            "POST",
            f"{base}/admin/api/{API_VERSION}/graphql.json",
            json={
                "query": DOCUMENTS[operation],
                "variables": dict(variables),
                "operationName": operation,
            },
            headers={"X-Shopify-Access-Token": token},
        )
        try:
            with metrics.call_seconds.labels(_PLATFORM, operation).time():
                response = await calls.send(
                    self._http, request, TABLE, changes=changes, timeout=self._timeout
                )
        except CallFailed as failed:
            if failed.problem.action is Action.RATE_LIMITED:
                metrics.throttled.labels(_PLATFORM, "status").inc()
                await self.limits.pause(
                    limited_as(account), failed.problem.retry_after or timedelta(seconds=1)
                )
            raise
        answer = calls.json_of(response, changes=changes)
        return answer if isinstance(answer, dict) else {}

    def _tell_bucket(self, account: Account, cost: Cost | None) -> None:
        status = cost.throttle_status if cost else None
        if status is not None and account.account_id not in NO_ACCOUNTS:
            self.reports.bucket(
                account,
                maximum=status.maximum_available,
                available=status.currently_available,
                per_second=status.restore_rate,
            )

    async def _refusal(self, shop: str, answer: Json, cost: Cost | None, *, changes: bool) -> CallFailed:
        code, message = _first_error(answer.get("errors"))
        problem = TABLE.of_code(code) or _unknown(answer)
        if changes and _some_was_done(answer.get("data")):
            problem = PARTLY
        if code == "THROTTLED":
            metrics.throttled.labels(_PLATFORM, "cost").inc()
            problem = replace(problem, retry_after=until_enough(cost))
            await self.limits.pause(shop, problem.retry_after or timedelta(seconds=1))
        return CallFailed(problem if changes else read_only(problem), f"{code} {message}".strip()[:500])


def _no_errors(operation: str, data: Json, fields: Sequence[str]) -> None:
    """Raises CallFailed for what a mutation's root fields refuse."""
    try:
        payloads = [Payload.model_validate(data.get(field)) for field in fields]
    except ValidationError as error:
        raise CallFailed(AMBIGUOUS, f"{operation}: {error}"[:500]) from error
    errors = [error for payload in payloads for error in payload.user_errors]
    if errors:
        known = next((p for e in errors if (p := TABLE.of_code(e.code or ""))), REFUSED)
        refused = known if all(payload.user_errors for payload in payloads) else PARTLY
        raise CallFailed(refused, "; ".join(f"{e.code or ''} {e.message}".strip() for e in errors)[:500])


def _first_error(errors: object) -> tuple[str, str]:
    """Code and message of the first error; Shopify also sends a plain string or an object."""
    if isinstance(errors, Sequence) and not isinstance(errors, str) and errors:
        errors = errors[0]
    if not isinstance(errors, Mapping):
        return "", str(errors)
    extensions = errors.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return str(code or ""), str(errors.get("message", errors))


def _some_was_done(data: object) -> bool:
    """Whether a root field was answered beside the error of another."""
    return isinstance(data, Mapping) and any(value is not None for value in data.values())


def _unknown(answer: Json) -> Problem:
    """A code the table does not know: without `data` nothing was carried out; with it, who knows."""
    return AMBIGUOUS if "data" in answer or not answer.get("errors") else REFUSED


def _cost(answer: Json) -> Cost | None:
    extensions = answer.get("extensions")
    try:
        return Cost.model_validate(extensions["cost"]) if isinstance(extensions, Mapping) else None
    except (KeyError, ValidationError):
        return None
