"""Records in the order of a key that may change: a page of very many is found without passing the others."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Place = tuple[Any, int]
"""Where a record stands: the key's value, and the record's number where that is equal."""


class Ordered(Generic[T]):
    """Records by place; each has one number, and stands once."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._place_of: dict[int, Place] = {}
        self._records: dict[int, T] = {}

    @classmethod
    def of(cls, records: Iterable[T], place: Callable[[T], Place]) -> "Ordered[T]":
        made = cls()
        for record in records:
            where = place(record)
            made._records[where[1]] = record
            made._place_of[where[1]] = where
        made._places = sorted(made._place_of.values())
        return made

    def put(self, place: Place, record: T) -> None:
        """Add a record, or move the one of that number to where it stands now."""
        number = place[1]
        self._records[number] = record
        known = self._place_of.get(number)
        if known == place:
            return
        if known is not None:
            del self._places[bisect_left(self._places, known)]
        self._place_of[number] = place
        if not self._places or self._places[-1] < place:
            self._places.append(place)
        else:
            insort(self._places, place)

    def drop(self, number: int) -> None:
        place = self._place_of.pop(number, None)
        if place is not None:
            del self._places[bisect_left(self._places, place)]
            del self._records[number]

    def place_of(self, number: int) -> Place | None:
        return self._place_of.get(number)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def sample(self) -> Any:
        """Some record's key, which tells what kind of value it is; None when there is no record."""
        return self._places[0][0] if self._places else None

    def count(self, low: Any = None, high: Any = None) -> int:
        """How many have low <= key < high."""
        start, end = self._span(low, high)
        return max(0, end - start)

    def between(self, low: Any = None, high: Any = None) -> Iterator[T]:
        """Those with low <= key < high, in order."""
        start, end = self._span(low, high)
        return (self._records[number] for _, number in self._places[start:end])

    def _span(self, low: Any, high: Any) -> tuple[int, int]:
        start = 0 if low is None else bisect_left(self._places, (low,))
        return start, len(self._places) if high is None else bisect_left(self._places, (high,))

    def walk(
        self, above: Place | None, below: Place | None, low: Any, high: Any, *, down: bool
    ) -> Iterator[tuple[Place, T]]:
        """From one end to the other, strictly between two places and within low <= key < high."""
        start, end = self._span(low, high)
        if above is not None:
            start = max(start, bisect_right(self._places, above))
        if below is not None:
            end = min(end, bisect_left(self._places, below))
        steps = range(end - 1, start - 1, -1) if down else range(start, end)
        for step in steps:
            place = self._places[step]
            yield place, self._records[place[1]]
