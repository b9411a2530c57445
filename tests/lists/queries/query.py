"""One question to a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Query:
    """One request. `deep`: follows the pages' cursors so many times, and measures that page.

    `asked` are its parameters, `at` the parts of its path. One with a `body` is posted. Of one that `streams`, what is measured
    is the time until its first part is there. `finds`: how many rows at least there must be, for one that finds nothing shows
    nothing.
    """

    service: str
    route: str
    what: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    at: Mapping[str, Any] = field(default_factory=dict)
    deep: int = 0
    body: Any = None
    streams: bool = False
    finds: int = 1

    @property
    def method(self) -> str:
        """GET, or POST for what is asked with a body."""
        return "GET" if self.body is None else "POST"

    @property
    def path(self) -> str:
        """Without its parameters."""
        return self.route.format(**self.at)
