"""What the brake counts of a batch, and what it is to count no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from delist_orchestrator.domain.board import Board, Demand, Key, Wanted


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A counted lowering of one listing: units of a drop behind which no order is known so far."""

    listing_id: UUID
    version: int
    tenant_id: UUID
    account_id: UUID
    article_id: UUID
    dropped_at: datetime
    units: int
    counted_at: datetime

    @property
    def key(self) -> Key:
        """The listing's version that lowered it."""
        return self.listing_id, self.version


@dataclass(slots=True)
class Lowerings:
    """The targets of a batch that lower a listing, and those of earlier drops that orders of the batch explain.

    A marketplace that counts the stock may tell that a quantity fell before it tells of the order. A lowering all of
    whose units orders explain is counted no more.
    """

    board: Board
    known: dict[Key, Unexplained]
    """As they are on record."""
    new: list[tuple[Demand, Wanted]] = field(default_factory=list)
    left: dict[Key, Unexplained] = field(default_factory=dict)
    """What has changed of the unexplained ones, with the units that are left."""
    explained: list[Unexplained] = field(default_factory=list)
    _newest: dict[UUID, int] = field(default_factory=dict)
    _of_drop: dict[tuple[UUID, datetime], set[Key]] = field(default_factory=dict)

    @classmethod
    def of(cls, board: Board, demands: Iterable[Demand], known: Iterable[Unexplained]) -> Lowerings:
        """Those of a batch that is not on the board yet, beside what earlier ones left unexplained."""
        found = cls(board, {one.key: one for one in known})
        for one in found.known.values():
            found._file(one)
        for demand in demands:
            if not demand.history:
                found._take(demand)
        return found

    def _take(self, demand: Demand) -> None:
        for drop in demand.explains if demand.order_backed else ():
            self._explain(demand.article_id, drop.at, drop.units)
        for wanted in demand.wanted:
            step = demand.step(wanted, self.board.now)
            if self._is_newest(wanted) and step.lowers:
                self.new.append((demand, wanted))
                self._note_drop(demand, wanted)

    def _note_drop(self, demand: Demand, wanted: Wanted) -> None:
        if demand.drop is not None and not demand.order_backed:
            noted = Unexplained(
                listing_id=wanted.listing_id,
                version=wanted.version,
                tenant_id=demand.tenant_id,
                account_id=wanted.account_id,
                article_id=demand.article_id,
                dropped_at=demand.drop.at,
                units=demand.drop.units,
                counted_at=self.board.now,
            )
            self.left[noted.key] = noted
            self._file(noted)

    def _file(self, one: Unexplained) -> None:
        self._of_drop.setdefault((one.article_id, one.dropped_at), set()).add(one.key)

    def _is_newest(self, wanted: Wanted) -> bool:
        """Whether it is to be sent; one overtaken by a newer version is not, and never counts."""
        last = self.board.newest(wanted.listing_id)
        newest = self._newest.get(wanted.listing_id, last.version if last else 0)
        self._newest[wanted.listing_id] = max(newest, wanted.version)
        return wanted.version > newest

    def _explain(self, article_id: UUID, dropped_at: datetime, units: int) -> None:
        """Take an order's units out of every listing that its drop has lowered."""
        waiting: dict[UUID, int] = {}
        for key in sorted(self._of_drop.get((article_id, dropped_at), ())):
            one = self.left.get(key) or self.known[key]
            of_it = min(one.units, waiting.get(one.listing_id, units))
            waiting[one.listing_id] = waiting.get(one.listing_id, units) - of_it
            if of_it:
                self.left[key] = replace(one, units=one.units - of_it)
                if of_it == one.units:
                    self.explained.append(one)
