"""Articles as files: an import is checked whole and kept until it is applied (`applying`); an export has the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, ArticleFilter
from inventory.domain.sheets import Action, Fault, Line, PlannedLine, Planner, cells_of, ids_in, skus_in
from inventory.store import Import, Place
from inventory.usecases.common import breathe

MOST_FAULTS = 1_000
"""Errors that are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An import with a page of what it would do, and the line the next page begins after."""

    made: Import
    lines: Sequence[PlannedLine]
    following: int | None


async def check_import(
    uow: UnitOfWork, caller: Caller, lines: Sequence[Line], faults: Sequence[Fault]
) -> Import:
    """See what a file would do and what is wrong with it, and keep that; nothing is changed.

    `faults`: what was wrong with it before any line could be read.
    """
    planner = await _planner(uow, caller, lines)
    for number, line in enumerate(lines, start=1):
        planner.take(line)
        await breathe(number)
    wrong = sorted([*faults, *planner.faults], key=lambda fault: fault.line)
    creates = sum(line.action is Action.CREATE for line in planner.planned)
    made = Import(
        id=new_id(),
        tenant_id=caller.tenant_id,
        creates=creates,
        changes=len(planner.planned) - creates,
        same=planner.same,
        errors=len(wrong),
        faults=wrong[:MOST_FAULTS],
        made_by=caller.user_id,
        made_at=uow.now,
    )
    await store.keep_import(uow, made, planner.planned)
    return made


async def _planner(uow: UnitOfWork, caller: Caller, lines: Sequence[Line]) -> Planner:
    found = await store.find_articles(uow, caller.tenant_id, skus=skus_in(lines), ids=ids_in(lines))
    codes = {code for line in lines if isinstance(code := line.cells.get("consignor"), str)}
    consignors = await store.consignors_of(uow, caller.tenant_id, ids=consignors_of(found), codes=codes)
    by_sku = {article.sku: article for article in found if article.sku}
    return Planner({article.id: article for article in found}, by_sku, consignors)


def consignors_of(articles: Sequence[Article]) -> set[UUID]:
    """Whose the consigned ones are."""
    return {article.owner.consignor_id for article in articles if article.owner.consignor_id}


async def shown_import(uow: UnitOfWork, import_id: UUID, *, after: int | None, limit: int) -> Planned:
    """An import with a page of what it would do. Raises NotFound."""
    made = await store.import_of(uow, import_id)
    if made is None:
        raise _no_such_import()
    lines = await store.import_page(uow, import_id, after=after, limit=limit)
    return Planned(made, lines, lines[-1].number if len(lines) == limit else None)


def _no_such_import() -> NotFound:
    return NotFound("no_such_import", "There is no such import: check the file again.")


async def waiting_import(uow: UnitOfWork, import_id: UUID) -> Import:
    """An import in hand that nobody has applied. Raises NotFound or Refused."""
    made = await store.lock_import(uow, import_id)
    if made is None:
        raise _no_such_import()
    if made.applied_at is not None:
        when = f"{made.applied_at:%d %b %Y, %H:%M} UTC"
        raise Refused(
            "already_applied",
            f"This import was applied on {when}. Check the file again to see what is left of it.",
            applied_by=str(made.applied_by),
            applied_at=made.applied_at.isoformat(),
        )
    return made


async def discard_import(uow: UnitOfWork, import_id: UUID) -> None:
    """Forget an import that was not applied. Raises NotFound or Refused."""
    await waiting_import(uow, import_id)
    await store.discard_import(uow, import_id)


async def export_page(
    uow: UnitOfWork, caller: Caller, *, after: Place | None, limit: int
) -> tuple[list[dict[str, str]], Place | None]:
    """The cells of articles, newest first, and where the next page begins."""
    found, following = await store.articles_page(
        uow, caller.tenant_id, ArticleFilter(), after=after, limit=limit
    )
    consignors = await store.consignors_of(uow, caller.tenant_id, ids=consignors_of(found))
    return [cells_of(article, consignors) for article in found], following
