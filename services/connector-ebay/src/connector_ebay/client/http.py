"""One call to eBay: the request, its deadline, and an answer that is either typed or an error with a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from connector_ebay.wire.offers import ErrorBody, ErrorDetail

W = TypeVar("W", bound=BaseModel)


@dataclass(frozen=True)
class Seller:
    """A connected account as calls need it."""

    account_id: UUID
    refresh_token: str = field(repr=False)


class EbayRefusedError(Exception):
    """eBay answered with an error. `retry_after` is in seconds, when eBay said so."""

    def __init__(
        self, operation: str, status: int, errors: tuple[ErrorDetail, ...], retry_after: float | None = None
    ) -> None:
        first = errors[0] if errors else None
        super().__init__(
            f"{operation}: {status}"
            + (f" {first.error_id} {first.long_message or first.message}" if first else "")
        )
        self.operation = operation
        self.status = status
        self.error_ids = frozenset(error.error_id for error in errors)
        self.retry_after = retry_after


class LoginNeededError(Exception):
    """eBay no longer takes the account's refresh token; only the seller can help, by signing in again."""


class TokenUnavailableError(Exception):
    """No access token came, so the call that needed it never went out. `status` 0: no answer at all."""

    def __init__(self, detail: str, status: int = 0) -> None:
        super().__init__(f"token: {detail}")
        self.status = status


class UnreadableAnswerError(Exception):
    """eBay said success with a body that is none: whether the call took effect is unknown."""


def read(operation: str, response: httpx.Response, model: type[W]) -> W:
    """The typed body of a successful answer. Raises EbayRefusedError or UnreadableAnswerError."""
    accepted(operation, response)
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise UnreadableAnswerError(
            f"{operation}: {response.status_code} with a body that is no answer"
        ) from error


def accepted(operation: str, response: httpx.Response) -> None:
    """Nothing for a successful answer. Raises EbayRefusedError."""
    if not response.is_success:
        raise _refusal(operation, response)


def _refusal(operation: str, response: httpx.Response) -> EbayRefusedError:
    try:
        errors = ErrorBody.model_validate_json(response.content).errors
    except ValidationError:
        errors = ()
    return EbayRefusedError(operation, response.status_code, errors, _retry_after(response.headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(float(headers["retry-after"]), 0.0)
    except (KeyError, ValueError):
        return None
