"""Shopify's search syntax: terms of a field, an operator and a value, all of which must hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sandbox.shopify.refusals import refuse

T = TypeVar("T")

TERM = re.compile(r"""\s*(?:AND\s+)?(\w+):(>=|<=|>|<)?('[^']*'|"[^"]*"|\S+)\s*""")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "": lambda have, want: have == want,
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a search."""

    name: str
    operator: str
    text: str

    def span(self, kind: object) -> tuple[Any, Any] | None:
        """The half-open range of values it allows, when these are of an ordered kind (a number or a time)."""
        if isinstance(kind, datetime):
            wanted, step = moment(self.text), SECOND
        elif isinstance(kind, int) and self.text.isdecimal():
            wanted, step = int(self.text), 1  # type: ignore[assignment]
        else:
            return None
        return {
            "": (wanted, wanted + step),
            ">=": (wanted, None),
            ">": (wanted + step, None),
            "<": (None, wanted),
            "<=": (None, wanted + step),
        }[self.operator]

    def holds(self, have: object) -> bool:
        compare = COMPARE[self.operator]
        if isinstance(have, datetime):
            return compare(have.replace(microsecond=0), moment(self.text))
        if isinstance(have, int) and not isinstance(have, bool) and self.text.isdecimal():
            return compare(have, int(self.text))
        return compare(str(have).lower(), self.text.lower())


def moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"Invalid timestamp: {text}") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).replace(microsecond=0)


class Search(Generic[T]):
    """A query's terms over things of one kind; a term not known is an error."""

    def __init__(self, query: str | None, fields: Mapping[str, Callable[[T], object]]) -> None:
        self.terms = read(query, fields)
        self._fields = fields

    def keeps(self, thing: T) -> bool:
        return all(term.holds(self._fields[term.name](thing)) for term in self.terms)


def read(query: str | None, known: Mapping[str, object]) -> list[Term]:
    terms: list[Term] = []
    rest = query or ""
    while rest.strip():
        match = TERM.match(rest)
        if match is None or match[1] not in known:
            raise refuse(f"The sandbox does not understand this search: {rest.strip()}")
        terms.append(Term(match[1], match[2] or "", match[3].strip("'\"")))
        rest = rest[match.end() :]
    return terms
