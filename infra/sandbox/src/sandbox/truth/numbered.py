"""Records by their numbers: whoever reads on from one does not pass all before it."""

from bisect import bisect_right
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    """A record with a number of its own."""

    seq: int


Record = TypeVar("Record", bound=Numbered)


class InOrder(Generic[Record]):
    """Records of one kind in the order of their numbers, in which most of them come."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._numbers: list[int] = []

    def put(self, record: Record) -> None:
        """Add a record, or take the place of the one with its number."""
        place = bisect_right(self._numbers, record.seq)
        if place and self._numbers[place - 1] == record.seq:
            self._records[place - 1] = record
            return
        self._numbers.insert(place, record.seq)
        self._records.insert(place, record)

    def after(self, seq: int) -> list[Record]:
        return self._records[bisect_right(self._numbers, seq) :]
