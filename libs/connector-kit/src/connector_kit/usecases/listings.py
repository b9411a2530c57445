"""Listings as they are seen: kept, and said when anything of them changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from connector_kit import store, wire
from connector_kit.domain import Account, SeenListing, SeenQuantity, listing_hash
from connector_kit.store import HeldListing


@dataclass(frozen=True, slots=True)
class Observation:
    """One listing as it was seen on an account."""

    account: Account
    seen: SeenListing
    traceparent: str | None = None


async def record_listings(uow: UnitOfWork, observations: Sequence[Observation]) -> int:
    """Keep what was seen and emit `listing.observed` for what changed; returns how many were said.

    An observation older than the one held is dropped. Safe to repeat.
    """
    namings = [store.Naming(o.account.tenant_id, o.account.account_id, o.seen.aliases) for o in observations]
    named: dict[UUID, Observation] = {}
    for listing_id, observation in zip(await store.name_listings(uow, namings), observations, strict=True):
        other = named.get(listing_id) if listing_id else None
        if listing_id and (other is None or other.seen.seen_at <= observation.seen.seen_at):
            named[listing_id] = observation
    return await _observe(uow, named)


async def _observe(uow: UnitOfWork, observations: Mapping[UUID, Observation]) -> int:
    held = await store.lock_listings(uow, observations)
    settled = await store.settled_versions(uow, held)
    saved = []
    said = 0
    for listing_id, before in sorted(held.items()):
        observation = observations[listing_id]
        if before.listing.seen_at is not None and observation.seen.seen_at < before.listing.seen_at:
            continue
        version = _settled(settled.get(listing_id), observation.seen.seen_at)
        after = _next(before, observation, version)
        saved.append(after)
        if after.revision > before.revision:
            fact = wire.listing_observed(
                observation.account,
                listing_id,
                observation.seen,
                revision=after.revision,
                settled_version=version,
            )
            uow.emit(fact, traceparent=observation.traceparent)
            said += 1
    await store.save_listings(uow, saved)
    return said


def _settled(applied: tuple[int, datetime] | None, seen_at: datetime) -> int:
    """The highest target version whose effect an observation of that time can show."""
    return applied[0] if applied is not None and applied[1] <= seen_at else 0


def _next(before: HeldListing, observation: Observation, version: int) -> HeldListing:
    seen = observation.seen
    digest = listing_hash(seen, version, observation.account.stock_master)
    changed = digest != before.content_hash
    listing = replace(
        before.listing,
        quantity=seen.quantity,
        buyable=seen.buyable,
        state=seen.state,
        refs={**before.listing.refs, **seen.refs},
        seen_at=seen.seen_at,
    )
    revision = before.revision + 1 if changed else before.revision
    return HeldListing(listing, seen, digest, revision)


@dataclass(frozen=True, slots=True)
class QuantityNews:
    """News of one listing's quantity on an account."""

    account: Account
    item: SeenQuantity
    traceparent: str | None = None


async def record_quantities(uow: UnitOfWork, news: Sequence[QuantityNews]) -> list[QuantityNews]:
    """Apply quantity news to listings known whole; returns those whose listing must be read instead.

    What is to be looked at because of them is wanted.
    """
    ids = await store.resolve_aliases(uow, [(n.account.account_id, n.item.alias) for n in news])
    held = await store.lock_listings(uow, ids.values())
    observations: dict[UUID, Observation] = {}
    unread = []
    chores = []
    for each in sorted(news, key=lambda n: n.item.seen_at):
        listing_id = ids.get((each.account.account_id, each.item.alias))
        before = held.get(listing_id) if listing_id else None
        if listing_id is None or before is None or before.seen is None or not _concerns(each.item, before):
            unread.append(each)
        else:
            if before.listing.seen_at is not None and each.item.seen_at < before.listing.seen_at:
                continue
            earlier = observations.get(listing_id)
            # What calls need may have been read, or marked, since it was last said whole.
            last = earlier.seen if earlier else replace(before.seen, refs=before.listing.refs)
            seen = _with_quantity(last, each.item)
            observations[listing_id] = Observation(each.account, seen, each.traceparent)
            if each.item.chore is not None and each.item.ends_mark(last.refs):
                chores.append(store.Chore(each.account.tenant_id, each.account.account_id, *each.item.chore))
    await _observe(uow, observations)
    await store.want_chores(uow, chores, uow.now)
    return unread


def _concerns(item: SeenQuantity, held: HeldListing) -> bool:
    return item.ref is None or held.listing.refs.get(item.ref[0]) == item.ref[1]


def _with_quantity(seen: SeenListing, item: SeenQuantity) -> SeenListing:
    known = seen.buyable and seen.quantity <= 0
    sells_anyway = known if item.sells_anyway is None else item.sells_anyway
    ours = item.unless is not None and seen.refs.get(item.unless[0]) == item.unless[1]
    state = seen.state if ours or item.state is None else item.state
    buyable = state == "live" and (item.quantity > 0 or sells_anyway)
    refs = seen.refs
    if item.unless is not None and item.ends_mark(refs):
        name = item.unless[0]
        refs = {**refs, name: "", f"{name}_over": item.seen_at.isoformat()}
    return replace(
        seen, quantity=item.quantity, buyable=buyable, state=state, seen_at=item.seen_at, refs=refs
    )


@dataclass(frozen=True, slots=True)
class Gone:
    """Listings their marketplace no longer has: the one of a name, or all with a ref such as a product's id."""

    account: Account
    at: datetime
    alias: str | None = None
    ref: tuple[str, str] | None = None
    traceparent: str | None = None


async def record_gone(uow: UnitOfWork, gone: Sequence[Gone]) -> int:
    """Say that listings are gone; names unknown to us are nothing. Returns how many were said."""
    names = [(g.account.account_id, g.alias) for g in gone if g.alias]
    ids = await store.resolve_aliases(uow, names)
    by_id = {ids[key]: g for g in gone if g.alias and (key := (g.account.account_id, g.alias)) in ids}
    for each in gone:
        if each.ref is not None:
            found = await store.listings_with_ref(uow, each.account.account_id, *each.ref)
            by_id |= dict.fromkeys(found, each)
    return await _end(uow, by_id)


async def end_listings(uow: UnitOfWork, account: Account, listing_ids: Sequence[UUID], at: datetime) -> int:
    """Say that these listings of one account are gone."""
    return await _end(uow, {i: Gone(account, at) for i in listing_ids})


async def _end(uow: UnitOfWork, gone: Mapping[UUID, Gone]) -> int:
    held = await store.lock_listings(uow, gone)
    observations = {}
    for listing_id, before in held.items():
        if before.seen is not None:
            end = gone[listing_id]
            seen = replace(before.seen, state="gone", buyable=False, quantity=0, seen_at=end.at)
            observations[listing_id] = Observation(end.account, seen, end.traceparent)
    return await _observe(uow, observations)
