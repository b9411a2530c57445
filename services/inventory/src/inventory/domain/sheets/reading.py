"""One line of a file beside its article: the changes it asks for, and all that is wrong with it."""

from __future__ import annotations

from decimal import Decimal

from inventory.domain.articles import Article
from inventory.domain.consignors import Consignors, NoSuchConsignor, OwnerWish
from inventory.domain.money import Money
from inventory.domain.owners import Owner
from inventory.domain.sheets.cells import CLEAR, RULES, Cell, Line, cells_of, fields_of, owner_text
from inventory.domain.sheets.lines import Change, Fault
from inventory.domain.words import OwnerKind

_TEXTS = ("title", "location", "brand", "thumbnail_url")
_AMOUNTS = ("price", "cost")


class Reading:
    """A cell that is empty, or shows what is there already, asks for nothing."""

    def __init__(self, line: Line, article: Article | None, consignors: Consignors) -> None:
        self._line, self._article, self._consignors = line, article, consignors
        self._shown = cells_of(article, consignors) if article else {}
        self._now = fields_of(article, consignors) if article else {}
        self.changes: dict[str, Change] = {}
        self.faults: list[Fault] = []
        self._read()

    def _read(self) -> None:
        sound = {name for name in RULES if self._is_sound(name)}
        for name in _TEXTS:
            if name in sound and (cell := self._asked(name)) is not None:
                self._change(name, cell if isinstance(cell, str) else None)
        if "quantity" in sound and isinstance(units := self._asked("quantity"), str):
            self._change("quantity", str(int(units)))
        if sound.issuperset({*_AMOUNTS, "currency"}):
            self._read_money()
        if sound.issuperset({"owner", "consignor"}):
            self._read_owner()
        if self._article is None and "title" not in self._line.cells:
            self._fault("title", "Write a title: no article has this SKU yet.")

    def _asked(self, column: str) -> Cell | None:
        cell = self._line.cells.get(column)
        shown = self._shown.get(column, "").strip()
        return None if cell is None or cell == (shown or CLEAR) else cell

    def _is_sound(self, column: str) -> bool:
        """Whether the cell may stand in its column; if not, that is told."""
        cell, rule = self._asked(column), RULES[column]
        good = rule.may_clear if cell is CLEAR else cell is None or rule.pattern.fullmatch(cell)
        if not good:
            self._fault(column, rule.message)
        return bool(good)

    def _fault(self, column: str, message: str) -> None:
        self.faults.append(Fault(self._line.number, column, message))

    def _change(self, name: str, becomes: str | None) -> None:
        if self._now.get(name) != becomes:
            self.changes[name] = Change(self._now.get(name), becomes)

    def _read_money(self) -> None:
        """Price and cost are in one currency: another one is taken over where the line says every amount anew."""
        had = {"price": self._article.price, "cost": self._article.cost} if self._article else {}
        before = next((amount.currency for amount in had.values() if amount), None)
        asked = self._asked("currency")
        currency = asked if isinstance(asked, str) else before
        for name in _AMOUNTS:
            cell, old = self._line.cells.get(name), had.get(name)
            if cell is None and old is not None and asked is not None:
                self._fault("currency", f"The {name} is in {old.currency}: write it in {currency} too.")
            elif isinstance(cell, str) and currency is None:
                self._fault("currency", "Write the currency of price and cost, such as GBP.")
            elif cell is not None and (asked is not None or self._asked(name) is not None):
                amount = Money(Decimal(cell), currency or "") if isinstance(cell, str) else None
                if amount != old:
                    self.changes[name] = Change(str(old) if old else None, str(amount) if amount else None)

    def _read_owner(self) -> None:
        """A consignor goes with `consigned`; whoever clears the owner leaves it to the owner rules."""
        owner, consignor = self._asked("owner"), self._asked("consignor")
        kept = self._article.owner if self._article and self._article.owner_given else None
        if owner is CLEAR:
            if kept is not None:
                self._change("owner", None)
        elif owner is not None or consignor is not None:
            meant = self._meant(owner, consignor, kept)
            if meant is not None:
                self._change("owner", owner_text(meant, self._consignors))

    def _meant(self, owner: Cell | None, consignor: Cell | None, kept: Owner | None) -> Owner | None:
        """Whom owner and consignor name together; None when that can't be."""
        now = self._article.owner if self._article else Owner(OwnerKind.UNKNOWN)
        kind = OwnerKind(owner) if isinstance(owner, str) else now.kind
        code = consignor if isinstance(consignor, str) else None
        if kind is not OwnerKind.CONSIGNED and code is not None:
            self._fault("consignor", "Write consigned as the owner: only then it has a consignor.")
            return None
        if kind is OwnerKind.CONSIGNED and code is None:
            code = None if consignor is CLEAR else self._consignors.code_of(now.consignor_id)
            if not code:
                self._fault("consignor", "Write the code of the consignor whose article it is.")
                return None
        try:
            return self._consignors.owner(OwnerWish(kind, code=code), kept)
        except NoSuchConsignor as error:
            self._fault("consignor", str(error))
            return None
