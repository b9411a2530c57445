"""Order lines as they are seen, by whatever door: kept, and said when anything of them changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts.ids import sale_id as mint_sale_id

from connector_kit import metrics, store, wire
from connector_kit.domain import Account, Change, FoundBy, OrderLine, change_between, content_hash
from connector_kit.store import HeldLine


@dataclass(frozen=True, slots=True)
class Sighting:
    """One order line as it was seen now. `accepted_at`: when Soldwire first held it (webhook answered, page read)."""

    account: Account
    line: OrderLine
    found_by: FoundBy
    accepted_at: datetime
    traceparent: str | None = None
    sale_id: UUID | None = None
    """Only where the platform's order ids don't make one (Depop); else UUIDv5 of account, order, line."""

    @property
    def id(self) -> UUID:
        """The sale this is."""
        return self.sale_id or mint_sale_id(self.account.account_id, self.line.order_id, self.line.line_id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a batch of sightings; `first` are those of sales not seen before."""

    new: int = 0
    changed: int = 0
    first: tuple[Sighting, ...] = ()

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.new + other.new, self.changed + other.changed, self.first + other.first)


FoundUntold = Callable[[UnitOfWork, Account, Sequence[Sighting]], Awaitable[None]]
"""Called in the transaction that records an account's sales which reading found, though no notification had told them."""


async def nothing_to_do(_: UnitOfWork, __: Account, ___: Sequence[Sighting]) -> None:
    """Where notifications are not expected to tell of sales."""


@dataclass(frozen=True, slots=True)
class _Said:
    sighting: Sighting
    held: HeldLine
    change: Change


async def record_lines(uow: UnitOfWork, sightings: Sequence[Sighting]) -> Recorded:
    """Keep what was seen and emit `sale.*` for what changed. Safe to repeat: the same state says nothing twice.

    Any number of lines of any accounts the transaction may see, in a handful of statements. Rows are locked in id
    order; a line another transaction inserted at the same moment is compared again under its lock.
    """
    listing_ids = await _listing_ids(uow, sightings)
    held = await store.lock_lines(uow, (s.id for s in sightings))
    said, states = _fold(held, sightings, listing_ids)
    new = [h for i, h in states.items() if i not in held]
    missed = {h.sale_id for h in new} - await store.insert_lines(uow, new)
    if missed:
        theirs = await store.lock_lines(uow, missed)
        held |= theirs
        again, states_again = _fold(theirs, [s for s in sightings if s.id in missed], listing_ids)
        said = [x for x in said if x.held.sale_id not in missed] + again
        states = {i: h for i, h in states.items() if i not in missed} | states_again
    await store.update_lines(uow, [h for i, h in states.items() if i in held])
    for each in said:
        _emit(uow, each)
    _count_found(uow, said)
    first = tuple(each.sighting for each in said if each.change is Change.DETECTED)
    return Recorded(len(first), len(said) - len(first), first)


def _count_found(uow: UnitOfWork, said: Sequence[_Said]) -> None:
    """By account and door: where pushes fail, polls find what they should have told."""
    found = Counter(
        (x.sighting.account.platform, str(x.sighting.account.account_id), x.held.found_by)
        for x in said
        if x.change is Change.DETECTED
    )
    for labels, count in found.items():
        uow.after_commit(partial(metrics.sales_found.labels(*labels).inc, count))


async def _listing_ids(uow: UnitOfWork, sightings: Sequence[Sighting]) -> dict[UUID, UUID | None]:
    namings = [
        store.Naming(s.account.tenant_id, s.account.account_id, s.line.listing_aliases) for s in sightings
    ]
    ids = await store.name_listings(uow, namings)
    return {s.id: listing_id for s, listing_id in zip(sightings, ids, strict=True)}


def _fold(
    held: Mapping[UUID, HeldLine], sightings: Sequence[Sighting], listing_ids: Mapping[UUID, UUID | None]
) -> tuple[list[_Said], dict[UUID, HeldLine]]:
    """Apply the sightings in order over what is held: what there is to say, and the rows that change.

    The same content told of a later time says nothing, but is kept: a telling of the time between is then old.
    """
    changed: dict[UUID, HeldLine] = {}
    said = []
    for sighting in sightings:
        before = changed.get(sighting.id, held.get(sighting.id))
        line = sighting.line.with_fees_of(before.line) if before else sighting.line
        change = change_between(before.line if before else None, line)
        if change is not None:
            after = changed[sighting.id] = _next(before, sighting, line, listing_ids[sighting.id])
            said.append(_Said(sighting, after, change))
        elif before is not None and before.line.as_of and line.as_of and before.line.as_of < line.as_of:
            later = replace(before.line, as_of=line.as_of, told_at=line.told_at)
            changed[sighting.id] = replace(before, line=later)
    return said, changed


def _next(before: HeldLine | None, sighting: Sighting, line: OrderLine, listing_id: UUID | None) -> HeldLine:
    digest = content_hash(line)
    if before is None:
        account = sighting.account
        return HeldLine(
            sighting.id,
            account.tenant_id,
            account.account_id,
            listing_id,
            digest,
            1,
            line,
            sighting.found_by,
            sighting.accepted_at,
        )
    return replace(
        before,
        line=line,
        content_hash=digest,
        revision=before.revision + 1,
        listing_id=listing_id or before.listing_id,
    )


def _emit(uow: UnitOfWork, said: _Said) -> None:
    held = said.held
    fact = wire.sale_fact(
        said.change,
        said.sighting.account,
        held.line,
        sale_id=held.sale_id,
        listing_id=held.listing_id,
        revision=held.revision,
        found_by=held.found_by,
        accepted_at=held.accepted_at,
    )
    uow.emit(fact, traceparent=said.sighting.traceparent, test=held.line.test)
