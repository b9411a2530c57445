"""Connections: search terms, sort keys, cursors that survive changes, pages of at most 250."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from graphql import GraphQLError
from pydantic_core import from_json, to_json

T = TypeVar("T")

PAGE_MAX = 250
TERM = re.compile(r"""\s*(?:AND\s+)?(\w+):(>=|<=|>|<)?('[^']*'|"[^"]*"|\S+)\s*""")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "": lambda have, want: have == want,
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
}


def refuse(message: str, code: str = "BAD_USER_INPUT") -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of one connection."""

    nodes: list[Any]
    cursors: list[str]
    has_next: bool
    has_previous: bool


def search(items: Iterable[T], query: str | None, terms: Mapping[str, Callable[[T], object]]) -> list[T]:
    """Items that satisfy every term of Shopify's search syntax; a term not known is an error."""
    found = list(items)
    rest = query or ""
    while rest.strip():
        match = TERM.match(rest)
        if match is None or match[1] not in terms:
            raise refuse(f"The sandbox does not understand this search: {rest.strip()}")
        found = _keep(found, terms[match[1]], match[2] or "", match[3].strip("'\""))
        rest = rest[match.end() :]
    return found


def _keep(items: list[T], have: Callable[[T], object], operator: str, text: str) -> list[T]:
    compare = COMPARE[operator]
    wanted: object = text
    if items and isinstance(have(items[0]), datetime):
        wanted = _moment(text)
        return [item for item in items if compare(_second(have(item)), wanted)]
    return [item for item in items if compare(str(have(item)).lower(), text.lower())]


def _second(moment: object) -> datetime:
    assert isinstance(moment, datetime)
    return moment.replace(microsecond=0)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"Invalid timestamp: {text}") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)


def paginate(items: Sequence[Any], args: Mapping[str, Any], key: Callable[[Any], tuple[Any, int]]) -> Page:
    """The page the arguments ask for; a cursor names a place in the sort order, not an offset."""
    first: int | None = args.get("first")
    size: int | None = first if first is not None else args.get("last")
    if size is None:
        raise refuse("you must provide one of first or last", "BAD_REQUEST")
    if not 0 < size <= PAGE_MAX:
        raise refuse(f"first and last must be between 1 and {PAGE_MAX}", "BAD_REQUEST")
    ordered = sorted(((_place(key(item)), item) for item in items), key=lambda pair: pair[0])
    if args.get("reverse"):
        ordered.reverse()
    kept = _between(ordered, args)
    chosen = kept[:size] if first is not None else kept[-size:]
    more = len(kept) > len(chosen)
    ahead, behind = (more, bool(args.get("after"))) if first is not None else (bool(args.get("before")), more)
    return Page([item for _, item in chosen], [_cursor(place) for place, _ in chosen], ahead, behind)


def _place(key: tuple[Any, int]) -> tuple[Any, int]:
    value, number = key
    return (value.isoformat() if isinstance(value, datetime) else value, number)


def _between(ordered: list[tuple[Any, Any]], args: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    back = bool(args.get("reverse"))
    if after := args.get("after"):
        place = _uncursor(after)
        ordered = [pair for pair in ordered if (pair[0] < place if back else pair[0] > place)]
    if before := args.get("before"):
        place = _uncursor(before)
        ordered = [pair for pair in ordered if (pair[0] > place if back else pair[0] < place)]
    return ordered


def _cursor(place: tuple[Any, int]) -> str:
    return urlsafe_b64encode(to_json({"last_id": place[1], "last_value": place[0]})).decode()


def _uncursor(cursor: str) -> tuple[Any, int]:
    try:
        place = from_json(urlsafe_b64decode(cursor))
        return place["last_value"], place["last_id"]
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
