"""Connections: sort keys, cursors that survive changes, pages of at most 250 up to 25,000 things."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from pydantic_core import from_json, to_json

from sandbox.shopify.refusals import refuse
from sandbox.shopify.search import Search
from sandbox.truth import Ordered, Place

T = TypeVar("T")
R = TypeVar("R")

PAGE_MAX = 250
PAGES_END = 25_000
FEW = 8
"""An index that a term narrows to this part of all things is taken instead of the one that is in order already."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of one connection."""

    nodes: list[Any]
    cursors: list[str]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a connection is wanted; `seen` things came on the pages before."""

    size: int
    forward: bool
    reverse: bool
    after: Place | None
    before: Place | None
    seen: int

    @property
    def down(self) -> bool:
        """Whether to walk from the end of the order."""
        return self.reverse if self.forward else not self.reverse


def paginate(items: Iterable[Any], args: Mapping[str, Any], key: Callable[[Any], Place]) -> Page:
    """The page the arguments ask for of a few things, put in order here."""
    return page_of(Ordered.of(items, key), args)


def page_of(
    ordered: Ordered[T],
    args: Mapping[str, Any],
    keeps: Callable[[T], bool] = lambda _: True,
    span: tuple[Any, Any] = (None, None),
    end: int = PAGES_END,
) -> Page:
    """The page the arguments ask for; a cursor names a place in the order, not an offset."""
    asked = _asked(args, isinstance(ordered.sample, datetime), end)
    above, below = (asked.before, asked.after) if asked.reverse else (asked.after, asked.before)
    walk = ordered.walk(above, below, *span, down=asked.down)
    kept = list(islice(((place, x) for place, x in walk if keeps(x)), asked.size + 1))
    more, chosen = len(kept) > asked.size, kept[: asked.size]
    if not asked.forward:
        chosen.reverse()
    behind, ahead = asked.after is not None, asked.before is not None
    cursors = [_cursor(place, asked.seen + number) for number, (place, _) in enumerate(chosen, 1)]
    return Page(
        [x for _, x in chosen],
        cursors,
        more if asked.forward else ahead,
        behind if asked.forward else more,
    )


def _asked(args: Mapping[str, Any], timed: bool, end: int) -> Asked:
    first: int | None = args.get("first")
    size: int | None = first if first is not None else args.get("last")
    if size is None:
        raise refuse("you must provide one of first or last", "BAD_REQUEST")
    if not 0 < size <= PAGE_MAX:
        raise refuse(f"first and last must be between 1 and {PAGE_MAX}", "BAD_REQUEST")
    after, seen = _uncursor(args.get("after"), timed)
    if seen >= end:
        raise refuse(f"Pagination beyond {end:,} objects is not allowed; narrow the query.", "BAD_REQUEST")
    before, _ = _uncursor(args.get("before"), timed)
    return Asked(size, first is not None, bool(args.get("reverse")), after, before, seen)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where things of one kind are kept in order: indexes by the name of the field they sort by."""

    indexes: Mapping[str, Ordered[Any]]
    lift: Callable[[Any], Any] = lambda record: record
    """From what an index holds to the thing that is answered."""
    end: int = PAGES_END

    def page(
        self, search: Search[Any], args: Mapping[str, Any], sort: str, key: Callable[[Any], Any]
    ) -> Page:
        """One page of what the search keeps, by the index of that sort if there is one, else by `key`."""

        def keeps(record: Any) -> bool:
            return not search.terms or search.keeps(self.lift(record))

        index, span = self.indexes.get(sort), (None, None)
        narrow = self._narrow(search)
        if index is None or (narrow is not None and narrow[0] * FEW < len(index)):
            found = narrow[1] if narrow else self.indexes["id"].between()
            index = Ordered.of((x for x in found if keeps(x)), lambda x: key(self.lift(x)))
            made = page_of(index, args, end=self.end)
        else:
            span = _span(search, sort, index)
            made = page_of(index, args, keeps, span, self.end)
        return Page([self.lift(x) for x in made.nodes], made.cursors, made.has_next, made.has_previous)

    def count(self, search: Search[Any], limit: int | None) -> dict[str, object]:
        """How many the search keeps, counted no further than the limit."""
        if search.terms:
            narrow = self._narrow(search)
            found = narrow[1] if narrow else self.indexes["id"].between()
            kept = (x for x in found if search.keeps(self.lift(x)))
            total = sum(1 for _ in islice(kept, None if limit is None else limit + 1))
        else:
            total = len(self.indexes["id"])
        if limit is None or total <= limit:
            return {"count": total, "precision": "EXACT"}
        return {"count": limit, "precision": "AT_LEAST"}

    def _narrow(self, search: Search[Any]) -> tuple[int, Iterator[Any]] | None:
        """The smallest part of an index in which everything that is sought must be, with its size."""
        spans = [
            (index.count(*span), index, span)
            for name, index in self.indexes.items()
            if (span := _span(search, name, index)) != (None, None)
        ]
        if not spans:
            return None
        size, index, span = min(spans, key=lambda each: each[0])
        return size, index.between(*span)


def _span(search: Search[Any], name: str, index: Ordered[Any]) -> tuple[Any, Any]:
    """What the terms of that name leave of its index."""
    spans = [span for term in search.terms if term.name == name and (span := term.span(index.sample))]
    lows = [low for low, _ in spans if low is not None]
    highs = [high for _, high in spans if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _cursor(place: Place, seen: int) -> str:
    return urlsafe_b64encode(to_json({"last_id": place[1], "last_value": place[0], "seen": seen})).decode()


def _uncursor(cursor: str | None, timed: bool) -> tuple[Place | None, int]:
    if not cursor:
        return None, 0
    try:
        told = from_json(urlsafe_b64decode(cursor))
        value = told["last_value"]
        return (datetime.fromisoformat(value) if timed else value, told["last_id"]), told.get("seen", 0)
    except (ValueError, KeyError, TypeError) as error:
        raise refuse("Invalid cursor for current pagination sort.", "BAD_REQUEST") from error


def page_info(page: Page, _info: object) -> dict[str, object]:
    return {
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "startCursor": page.cursors[0] if page.cursors else None,
        "endCursor": page.cursors[-1] if page.cursors else None,
    }


def edges(page: Page, _info: object) -> list[dict[str, object]]:
    return [{"cursor": cursor, "node": node} for cursor, node in zip(page.cursors, page.nodes, strict=True)]
