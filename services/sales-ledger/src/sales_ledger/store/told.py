"""What a marketplace told of a sale, as its row keeps it: figures that the next revision repeats are written once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from sales_ledger.domain import Figures, Line, Told, figures_of


@dataclass(frozen=True, slots=True)
class _Kept:
    """A revision told; no figures where they are those of the next, and of the last the line's."""

    revision: int
    at: datetime
    figures: Figures | None


_KEPT: TypeAdapter[tuple[_Kept, ...]] = TypeAdapter(tuple[_Kept, ...])


def dumped(told: tuple[Told, ...], line: Line | None) -> object:
    """The column of what was told; None before anything was."""
    if line is None or not told:
        return None
    following = (*(one.figures for one in told[1:]), figures_of(line))
    kept = tuple(
        _Kept(one.revision, one.at, None if one.figures == after else one.figures)
        for one, after in zip(told, following, strict=True)
    )
    return _KEPT.dump_python(kept, mode="json")


def loaded(column: object, line: Line | None) -> tuple[Told, ...]:
    """What was told. A row of before knows the line it has, and no revision before."""
    if line is None:
        return ()
    figures = figures_of(line)
    if column is None:
        return (Told(line.revision, figures, line.accepted_at),)
    told: list[Told] = []
    for kept in reversed(_KEPT.validate_python(column)):
        figures = kept.figures or figures
        told.append(Told(kept.revision, figures, kept.at))
    return tuple(reversed(told))
