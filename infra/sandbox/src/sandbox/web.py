"""A request and a reply as the stand-ins see them: bytes in, bytes out, nothing of a framework between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from pydantic_core import from_json, to_json

Json = object


@dataclass
class Request:
    """One request below a marketplace's prefix; header names are lower case."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str = ""
    findings: dict[str, object] = field(default_factory=dict)

    @cached_property
    def parts(self) -> list[str]:
        return [part for part in self.path.split("/") if part]

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def json(self) -> dict[str, object] | None:
        """The body when it is a JSON object, else None."""
        try:
            value = from_json(self.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    @property
    def bearer(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @cached_property
    def cookies(self) -> dict[str, str]:
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}


@dataclass(slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    """Bytes of the body that go out before the connection is cut; None: all, and it isn't."""

    @classmethod
    def json(cls, value: Json, status: int = 200, **headers: str) -> "Reply":
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, to_json(value), {"content-type": "application/json", **named})

    @classmethod
    def html(cls, text: str, status: int = 200) -> "Reply":
        return cls(status, text.encode(), {"content-type": "text/html; charset=utf-8"})

    @classmethod
    def redirect(cls, location: str, status: int = 302) -> "Reply":
        return cls(status, b"", {"location": location})
