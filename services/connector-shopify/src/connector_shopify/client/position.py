"""Where a long reading is: Shopify pages end after 25,000 objects, so a reading starts anew from its last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

FAR = 20_000


@dataclass(frozen=True, slots=True)
class Position:
    """`anchor` is what the query starts at, `after` Shopify's cursor in it, `count` the objects read since it."""

    anchor: str
    after: str | None = None
    count: int = 0

    def beyond(self, nodes: int, cursor: str | None, last: str | None) -> Position | None:
        """After a page; None at the end. `last` is where a new start would be."""
        if cursor is None:
            return None
        count = self.count + nodes
        if count >= FAR and last is not None and last != self.anchor:
            return Position(last)
        return Position(self.anchor, cursor, count)

    def __str__(self) -> str:
        return f"{self.anchor}|{self.count}|{self.after or ''}"

    @classmethod
    def of(cls, text: str | None, anchor: str) -> Position:
        """What was written down, or a start at `anchor`."""
        if text is None:
            return cls(anchor)
        kept, count, after = text.split("|", 2)
        return cls(kept, after or None, int(count))


def instant(at: datetime) -> str:
    """A time as Shopify's search takes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
