"""Whose a SKU is: no two articles have one, and what was merged gives its up to the article it turned out to be."""

from __future__ import annotations

from uuid import UUID

from kit.errors import Refused
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store


async def refuse_taken(uow: UnitOfWork, caller: Caller, sku: str | None) -> None:
    """Refused when an article has the SKU, or had it when it was merged. The settings' lock is held, as for all here."""
    taken = await _article_with(uow, caller, sku)
    if taken is not None:
        raise _sku_taken(sku, taken)


async def sku_giver(
    uow: UnitOfWork, caller: Caller, article_id: UUID, sku: str | None, *, for_itself: bool
) -> UUID | None:
    """The article that has to give a SKU up (`store.give_up_sku`) so that this one, or what is split off it, gets it: one
    that was merged into this one. Raises Refused when another has it; this one's own is free only for itself.
    """
    taken = await _article_with(uow, caller, sku)
    if sku is None or taken is None:
        return None
    owner = await store.row_with_sku(uow, caller.tenant_id, sku)
    if taken != article_id or (owner == article_id and not for_itself):
        raise _sku_taken(sku, taken)
    return owner if owner != article_id else None


async def _article_with(uow: UnitOfWork, caller: Caller, sku: str | None) -> UUID | None:
    taken = await store.articles_by_sku(uow, {(caller.tenant_id, sku)} if sku else set())
    return next(iter(taken.values()), None)


def _sku_taken(sku: str | None, article_id: UUID) -> Refused:
    return Refused("sku_taken", f"Another article has the SKU {sku}.", article_id=str(article_id))
