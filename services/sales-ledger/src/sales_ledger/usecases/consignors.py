"""Consignors: made, changed, put out of use and back, found; what the shop owes each and what is due."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.paging import cut, decode_cursor, encode_cursor
from kit.unit_of_work import UnitOfWork

from sales_ledger import store, wire
from sales_ledger.domain import Change, Consignor, DueSum, Profile
from sales_ledger.usecases.decisions import Person

_CHANGES = 50


@dataclass(frozen=True, slots=True)
class ConsignorFound:
    """A consignor with what the shop owes by the books, what is due by currency, and the latest changes."""

    consignor: Consignor
    balances: list[tuple[str, Decimal]]
    due: list[DueSum]
    changes: list[Change]


async def create_consignor(uow: UnitOfWork, who: Person, profile: Profile) -> Consignor:
    """Add a consignor. Raises Refused where another has the code."""
    await store.lock_codes(uow, who.tenant_id)
    await _refuse_taken(uow, who.tenant_id, profile.code)
    consignor = Consignor(new_id(), who.tenant_id, profile, created_at=uow.now, changed_at=uow.now)
    await _save(uow, who, consignor, "create")
    return consignor


async def edit_consignor(
    uow: UnitOfWork, who: Person, consignor_id: UUID, profile: Profile, expected: int | None
) -> Consignor:
    """Change what is kept of a consignor. Raises NotFound, and Refused where the code is taken or the revision another."""
    await store.lock_codes(uow, who.tenant_id)
    before = await _locked(uow, who.tenant_id, consignor_id)
    if expected is not None and expected != before.revision:
        raise Refused(
            "changed_meanwhile",
            "Somebody changed this consignor meanwhile; look again.",
            revision=before.revision,
        )
    if profile.code != before.profile.code:
        await _refuse_taken(uow, who.tenant_id, profile.code)
    return await _change(uow, who, before, before.changed(uow.now, profile=profile), "edit")


async def set_active(uow: UnitOfWork, who: Person, consignor_id: UUID, *, active: bool) -> Consignor:
    """Put a consignor out of use, or back: what was given stays, and is paid. Raises NotFound."""
    before = await _locked(uow, who.tenant_id, consignor_id)
    what = "reactivate" if active else "deactivate"
    return await _change(uow, who, before, before.changed(uow.now, active=active), what)


async def _locked(uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID) -> Consignor:
    found = await store.consignors_of(uow, tenant_id, [consignor_id], lock=True)
    if consignor_id not in found:
        raise _no_such_consignor()
    return found[consignor_id]


def _no_such_consignor() -> NotFound:
    return NotFound("no_such_consignor", "There is no such consignor.")


async def _refuse_taken(uow: UnitOfWork, tenant_id: UUID, code: str) -> None:
    other = await store.consignor_by_code(uow, tenant_id, code)
    if other is not None:
        raise Refused(
            "code_taken",
            f"Another consignor has the code {code}; choose another one.",
            consignor_id=str(other.consignor_id),
        )


async def _change(uow: UnitOfWork, who: Person, before: Consignor, after: Consignor, what: str) -> Consignor:
    if after != before:
        await _save(uow, who, after, what)
    return after


async def _save(uow: UnitOfWork, who: Person, consignor: Consignor, what: str) -> None:
    await store.save_consignor(uow, consignor)
    await store.save_consignor_change(uow, consignor, what, who.name, who.reason)
    uow.emit(wire.consignor_changed(consignor))


async def named_consignor(uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID) -> Consignor:
    """One consignor. Raises NotFound."""
    found = await store.consignors_of(uow, tenant_id, [consignor_id])
    if consignor_id not in found:
        raise _no_such_consignor()
    return found[consignor_id]


async def consignor(uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID) -> ConsignorFound:
    """One consignor with balances, what is due, and who changed what. Raises NotFound."""
    return ConsignorFound(
        consignor=await named_consignor(uow, tenant_id, consignor_id),
        balances=await store.consignor_balances(uow, tenant_id, consignor_id),
        due=await store.due_sums(uow, tenant_id, uow.now, limit=_CHANGES, consignors=[consignor_id]),
        changes=await store.consignor_changes(uow, tenant_id, consignor_id, _CHANGES),
    )


async def consignors_page(
    uow: UnitOfWork, tenant_id: UUID, *, search: str, active: bool | None, cursor: str | None, limit: int
) -> tuple[list[Consignor], str | None]:
    """A page of consignors by code, and the cursor of the next."""
    after = str(decode_cursor(cursor, 1)[0]) if cursor is not None else None
    found = await store.consignors_page(
        uow, tenant_id, search=search, active=active, after=after, limit=limit
    )
    shown, last = cut(found, limit)
    return shown, encode_cursor(last.profile.code) if last else None
