"""Where a reading in bulk is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_MARK = "bulk"


@dataclass(frozen=True, slots=True)
class BulkPlace:
    """Where a reading in bulk is. Nothing its file shows is older than `asked_at`, which also names its operation.

    `in_pages` is what pages brought before, where they were tried. `odd` counts variants that are not told exactly as the
    shop tells them.
    """

    asked_at: datetime
    operation: str = ""
    lines: int = 0
    roots: int = 0
    in_pages: int | None = None
    odd: int = 0

    @property
    def name(self) -> str:
        """Of the query, so that an operation that was begun is found again before its id is on record."""
        return f"Articles{self.asked_at:%Y%m%d%H%M%S%f}"

    @property
    def gid(self) -> str:
        """Of the operation."""
        return f"gid://shopify/BulkOperation/{self.operation}"

    def __str__(self) -> str:
        in_pages = "" if self.in_pages is None else self.in_pages
        read = f"{self.operation}|{self.lines}|{self.roots}|{in_pages}|{self.odd}"
        return f"{_MARK}|{self.asked_at.isoformat()}|{read}"

    @classmethod
    def of(cls, text: str | None) -> BulkPlace | None:
        """What was written down, perhaps before it counted as much; None for any other place."""
        if text is None or not text.startswith(f"{_MARK}|"):
            return None
        _, asked_at, operation, lines, roots, *more = text.split("|")
        in_pages, odd = more or ("", "0")
        pages = int(in_pages) if in_pages else None
        return cls(datetime.fromisoformat(asked_at), operation, int(lines), int(roots), pages, int(odd))
