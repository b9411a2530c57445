"""eBay's error envelope, amounts and times."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeGuard

from sandbox.truth import CENT
from sandbox.web import Reply

Body = dict[str, object]


class EbayError(Exception):
    """An answer that is an error: HTTP status, eBay's number, and its words."""

    def __init__(
        self, status: int, error_id: int, message: str, domain: str = "API_INVENTORY", **parameters: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(error_id, message, domain, status, **parameters)

    @property
    def reply(self) -> Reply:
        return Reply.json({"errors": [self.body]}, self.status)


def error_body(error_id: int, message: str, domain: str, status: int = 400, **parameters: str) -> Body:
    body: Body = {
        "errorId": error_id,
        "domain": domain,
        "category": "APPLICATION" if status >= 500 else "REQUEST",
        "message": message,
        "longMessage": message,
    }
    if parameters:
        body["parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
    return body


def money(value: Decimal, currency: str) -> Body:
    text = str(value.quantize(CENT))
    return {"value": text[:-1] if text.endswith("0") else text, "currency": currency}


def time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def whole(value: str | None, default: int, least: int, most: int) -> int | None:
    """A query parameter that is a number within bounds, else None."""
    if value is None:
        return default
    return int(value) if value.isdecimal() and least <= int(value) <= most else None


def is_whole(value: object) -> TypeGuard[int]:
    """A JSON number without a fraction; `true` is none."""
    return isinstance(value, int) and not isinstance(value, bool)
