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


@dataclass(frozen=True, slots=True)
class WholePlace:
    """Where a reading of all variants in pages is: what it has brought, and of how many.

    `in_bulk` is what a bulk operation brought before, where one was tried; -1 of one that brought nothing to count. `odd`
    counts variants that are not told exactly as the shop tells them.
    """

    position: Position = Position("0")
    counted: int | None = None
    brought: int = 0
    in_bulk: int | None = None
    odd: int = 0

    @property
    def query(self) -> str | None:
        """What finds the variants from here on."""
        return None if self.position.anchor == "0" else f"id:>{self.position.anchor}"

    def __str__(self) -> str:
        counts = (_told(self.counted), str(self.brought), _told(self.in_bulk), str(self.odd))
        return "|".join((_WHOLE, *counts, str(self.position)))

    @classmethod
    def of(cls, text: str) -> WholePlace:
        """What was written down; of one written before it counted, nothing is known but the position."""
        if not text.startswith(f"{_WHOLE}|"):
            return cls(Position.of(text, "0"))
        _, counted, brought, in_bulk, odd, position = text.split("|", 5)
        at = Position.of(position, "0")
        return cls(at, _number(counted), int(brought), _number(in_bulk), int(odd))


_WHOLE = "whole"


def _told(number: int | None) -> str:
    return "" if number is None else str(number)


def _number(text: str) -> int | None:
    return int(text) if text else None
