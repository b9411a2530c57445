"""Who holds how much of what there is: contention by rule 4 of design.md, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory.domain.facts import Contender, JournalRow, Oversold
from inventory.domain.sales import Hold
from inventory.domain.words import Entry, Outcome

OVERSOLD = (
    "{sold} units are sold and {held} can be sent; the sale that was paid first keeps what there is. "
    "Find another unit and correct the quantity, or cancel the sale that holds too little."
)


@dataclass(frozen=True, slots=True)
class Standings:
    """The free stock, and what every sale held and claimed, before a change."""

    free: int
    of: Mapping[UUID, tuple[int, int, Outcome | None]]

    def held(self, hold: Hold) -> int:
        """Units the sale held."""
        return self._of(hold)[0]

    def short(self, hold: Hold) -> int:
        """Units the sale claimed and didn't hold."""
        held, claim, _ = self._of(hold)
        return claim - held

    def differs(self, hold: Hold) -> bool:
        """Whether the change touched it."""
        return self._of(hold) != hold.standing()

    def is_news(self, hold: Hold) -> bool:
        """Whether the sale has to be said: it is new, or holds another amount than by its own cancelling."""
        held, claim, outcome = self._of(hold)
        if outcome is None:
            return True
        if hold.claim == 0:
            return False
        lost = hold.held < held and hold.claim >= claim
        return hold.outcome is not outcome or hold.held > held or lost

    def _of(self, hold: Hold) -> tuple[int, int, Outcome | None]:
        return self.of.get(hold.line.sale_id, (0, 0, None))


def standings(holds: Iterable[Hold], free: int) -> Standings:
    """How things stand now."""
    return Standings(free, {hold.line.sale_id: hold.standing() for hold in holds})


def share_out(ranked: Sequence[Hold], free: int) -> tuple[int, list[JournalRow]]:
    """Serve the claims in order from what is free or held; returns what stays free and the journal rows.

    The result follows from the claims and the total alone, so late and re-ordered events end the same.
    """
    pool = free + sum(hold.held for hold in ranked)
    rows = []
    for hold in ranked:
        units = min(hold.claim, pool)
        pool -= units
        if units != hold.held:
            entry = Entry.HELD if units > hold.held else Entry.RELEASED
            line = hold.line
            rows.append(JournalRow(entry, hold.held - units, line.sale_id, line.listing_id))
        hold.held = units
        hold.judge()
    return pool, rows


def oversold(ranked: Sequence[Hold]) -> Oversold:
    """Every contending sale with what it holds, first served first."""
    contending = [hold for hold in ranked if hold.short or (hold.held and not hold.line.shipped)]
    contenders = tuple(Contender(hold.line.sale_id, hold.claim, hold.held) for hold in contending)
    sold = sum(contender.units_sold for contender in contenders)
    held = sum(contender.units_held for contender in contenders)
    return Oversold(contenders, OVERSOLD.format(sold=sold, held=held))
