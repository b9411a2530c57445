"""Takes the lines of a file one after the other: which article each is about, and what it would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from inventory.domain.articles import Article
from inventory.domain.consignors import Consignors
from inventory.domain.sheets.cells import LONGEST_SKU, Cell, Line
from inventory.domain.sheets.lines import Action, Fault, PlannedLine
from inventory.domain.sheets.reading import Reading

MERGED = "This article was merged with another one. Write the other one's SKU, or leave this line out."


@dataclass(slots=True)
class Planner:
    """Knows the articles that the lines name; what it found is in `planned`, `same` and `faults`."""

    by_id: Mapping[UUID, Article]
    by_sku: Mapping[str, Article]
    consignors: Consignors
    planned: list[PlannedLine] = field(default_factory=list)
    same: int = 0
    """Lines that show what is there already."""
    faults: list[Fault] = field(default_factory=list)
    _line_of: dict[UUID | str, int] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Plan one more line, or note all that is wrong with it."""
        article = self._article(line)
        if article is not None and not isinstance(article, Fault) and article.merged_into is not None:
            article = Fault(line.number, "sku", MERGED)
        if isinstance(article, Fault):
            self.faults.append(article)
            return
        sku = line.cells.get("sku")
        name = sku if isinstance(sku, str) else None
        twin = self._line_of.setdefault(article.id if article else name or "", line.number)
        if twin != line.number:
            column = "sku" if name else "article_id"
            self.faults.append(Fault(line.number, column, f"Line {twin} is about the same article."))
            return
        reading = Reading(line, article, self.consignors)
        self.faults += reading.faults
        if article is not None and not reading.faults and not reading.changes:
            self.same += 1
        elif not reading.faults:
            action, article_id = (Action.CHANGE, article.id) if article else (Action.CREATE, None)
            self.planned.append(PlannedLine(line.number, action, name, article_id, reading.changes))

    def _article(self, line: Line) -> Article | Fault | None:
        """The article a line is about; None when it makes one."""
        number, sku = line.cells.get("article_id"), line.cells.get("sku")
        if number is not None:
            return self._named(line, number, sku)
        if not isinstance(sku, str):
            return Fault(line.number, "sku", "Write the SKU of the article that this line is about.")
        if sku not in self.by_sku and len(sku) > LONGEST_SKU:
            return Fault(line.number, "sku", f"A SKU has at most {LONGEST_SKU} characters.")
        return self.by_sku.get(sku)

    def _named(self, line: Line, number: Cell, sku: Cell | None) -> Article | Fault:
        named = _uuid_in(number)
        found = self.by_id.get(named) if named else None
        if found is None:
            message = "There is no such article. Leave this cell empty for a new one."
            return Fault(line.number, "article_id", message)
        if sku is not None and sku != (found.sku or "").strip():
            message = f"This article has the SKU {found.sku}: change it on the article's page, not in a file."
            return Fault(line.number, "sku", message if found.sku else "This article has no SKU.")
        return found


def _uuid_in(cell: Cell | None) -> UUID | None:
    try:
        return UUID(cell) if isinstance(cell, str) else None
    except ValueError:
        return None


def skus_in(lines: Iterable[Line]) -> set[str]:
    """The SKUs that lines name."""
    return {sku for line in lines if isinstance(sku := line.cells.get("sku"), str)}


def ids_in(lines: Iterable[Line]) -> set[UUID]:
    """The articles that lines name by their ids."""
    return {found for line in lines if (found := _uuid_in(line.cells.get("article_id"))) is not None}
