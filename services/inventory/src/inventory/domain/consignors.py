"""Who gave articles to be sold, as the sales ledger says it: no names, people know the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from inventory.domain.owners import Owner
from inventory.domain.words import OwnerKind


@dataclass(frozen=True, slots=True)
class Consignor:
    """One of a tenant's consignors."""

    id: UUID
    tenant_id: UUID
    code: str
    active: bool
    """Whether new articles may be given to the consignor; what was given stays."""
    revision: int


@dataclass(frozen=True, slots=True)
class OwnerWish:
    """Whose something is to be, as a person says it: a consignor by id or by code."""

    kind: OwnerKind
    consignor_id: UUID | None = None
    code: str | None = None


class NoSuchConsignor(Exception):
    """Nobody, or nobody who takes new articles, is named so. The text is for the person."""


class Consignors:
    """Those at hand, by id and by code."""

    def __init__(self, known: Iterable[Consignor] = ()) -> None:
        self._by_id = {one.id: one for one in known}

    def code_of(self, consignor_id: UUID | None) -> str:
        """The code; nothing for one that was never said."""
        found = self._by_id.get(consignor_id) if consignor_id else None
        return found.code if found else ""

    def owner(self, wish: OwnerWish, kept: Owner | None = None) -> Owner:
        """The owner that is meant; `kept`, who has it already, may be inactive or unknown by now.

        Raises NoSuchConsignor.
        """
        if wish.kind is not OwnerKind.CONSIGNED:
            return Owner(wish.kind)
        found = self._named(wish)
        meant = found.id if found else wish.consignor_id
        if kept is not None and kept.consignor_id is not None and kept.consignor_id == meant:
            return kept
        if found is None:
            named = wish.code or wish.consignor_id
            raise NoSuchConsignor(f"There is no consignor {named}: add the consignor first, then try again.")
        if not found.active:
            raise NoSuchConsignor(f"{found.code} takes no new articles: make the consignor active first.")
        return Owner(OwnerKind.CONSIGNED, found.id)

    def _named(self, wish: OwnerWish) -> Consignor | None:
        """Codes may change hands, and the ledger's words on two consignors come in any order."""
        if wish.consignor_id is not None:
            return self._by_id.get(wish.consignor_id)
        found = [one for one in self._by_id.values() if one.code == wish.code]
        if len(found) > 1:
            raise NoSuchConsignor(
                f"Two consignors have the code {wish.code} just now: try again in a minute."
            )
        return found[0] if found else None
