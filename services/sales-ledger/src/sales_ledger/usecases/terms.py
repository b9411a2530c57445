"""Terms: added, listed, and taken by the sales that were recorded before there were any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.errors import Invalid, Refused
from kit.ids import new_id
from kit.paging import cut, decode_cursor, encode_cursor, id_of
from kit.unit_of_work import UnitOfWork

from sales_ledger import store
from sales_ledger.domain import Base, Money, Rate, Terms, Turn, flaw_of
from sales_ledger.store import DueTerms
from sales_ledger.usecases.consignors import named_consignor
from sales_ledger.usecases.decisions import Person
from sales_ledger.usecases.record import record_and_say


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What a person says of new terms; they hold from now on unless another time is given."""

    rate: Rate
    minimum_fee: Money | None
    base: Base
    return_days: int
    effective_from: datetime | None
    from_the_beginning: bool


async def add_terms(uow: UnitOfWork, who: Person, consignor_id: UUID | None, new: NewTerms) -> Terms:
    """Add terms of a consignor, or without one of the house.

    Raises NotFound for the consignor; Invalid for a time that has passed and for a rate that makes no sense; Refused
    for terms from the beginning that are not the first.
    """
    await store.lock_terms(uow, who.tenant_id)
    if consignor_id is not None:
        await named_consignor(uow, who.tenant_id, consignor_id)
    _check(uow, new)
    if new.from_the_beginning and await store.terms_page(uow, who.tenant_id, consignor_id, None, 1):
        raise Refused(
            "not_the_first",
            "There are terms already, and those of a time that has passed do not change; let these hold from now on.",
        )
    terms = Terms(
        terms_id=new_id(),
        tenant_id=who.tenant_id,
        consignor_id=consignor_id,
        effective_from=new.effective_from or uow.now,
        fills_gap=new.from_the_beginning,
        rate=new.rate,
        minimum_fee=new.minimum_fee,
        base=new.base,
        return_days=new.return_days,
        created_at=uow.now,
        created_by=who.name,
        reason=who.reason,
    )
    await store.add_terms(uow, terms)
    return terms


def _check(uow: UnitOfWork, new: NewTerms) -> None:
    flaw = flaw_of(new.rate)
    if flaw is not None:
        raise Invalid("bad_rate", flaw)
    if new.effective_from is not None and new.from_the_beginning:
        raise Invalid("two_times", "Terms hold from the beginning or from a time; choose one.")
    if new.effective_from is not None and new.effective_from < uow.now:
        raise Invalid(
            "in_the_past",
            "Terms can't begin in the past, for sales have taken the ones of then; leave the time out for now.",
        )


async def terms_page(
    uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Terms], str | None]:
    """A page of terms, the last said first, and the cursor of the next. Raises NotFound for the consignor."""
    if consignor_id is not None:
        await named_consignor(uow, tenant_id, consignor_id)
    after = id_of(decode_cursor(cursor, 1)[0]) if cursor is not None else None
    found = await store.terms_page(uow, tenant_id, consignor_id, after, limit)
    shown, last = cut(found, limit)
    return shown, encode_cursor(str(last.terms_id)) if last else None


async def claim_terms(uow: UnitOfWork, limit: int) -> list[DueTerms]:
    """Lease new terms to this process, whose sales recorded before have not all been looked at."""
    return await store.claim_terms(uow, limit)


async def fill_gap(uow: UnitOfWork, due: DueTerms, batch: int) -> None:
    """Let the next sales without terms take those of their time, if there are any now; say what changed."""
    await uow.allow({due.tenant_id})
    sales = await store.lock_unlocked(uow, due, batch)
    await record_and_say(uow, [Turn(sale, sale) for sale in sales])
    await store.terms_looked_at(uow, due, sales[-1].sale_id if len(sales) == batch else None)


__all__ = ["DueTerms", "NewTerms", "add_terms", "claim_terms", "fill_gap", "terms_page"]
