"""SQL of listings and their aliases: the platform's ids lead to ours, whatever the platform renames."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.ids import listing_id as mint_listing_id
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from connector_kit.domain import Listing, SeenListing
from connector_kit.store.codec import as_rows, seen_from_json, seen_to_json
from connector_kit.tables import listing_aliases, listings

_ALIASES = (
    select(func.array_agg(aggregate_order_by(listing_aliases.c.alias, listing_aliases.c.alias)))
    .where(listing_aliases.c.listing_id == listings.c.listing_id)
    .scalar_subquery()
    .label("aliases")
)


@dataclass(frozen=True, slots=True)
class HeldListing:
    """A listing with what was said of it last."""

    listing: Listing
    seen: SeenListing | None
    content_hash: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class Naming:
    """A listing's names on one account, the one its id is minted from first."""

    tenant_id: UUID
    account_id: UUID
    aliases: tuple[str, ...]


_FIND = text(
    "select a.account_id, a.alias, a.listing_id from listing_aliases a join "
    "unnest(cast(:accounts as uuid[]), cast(:aliases as text[])) as n(account_id, alias) "
    "on a.account_id = n.account_id and a.alias = n.alias"
)
_SETTLED = text(
    "select listing_id, applied_version, applied_at from intents where listing_id = any(cast(:ids as uuid[]))"
)
_ENTER = text(
    "insert into listing_aliases (account_id, alias, tenant_id, listing_id) "
    "select account_id, alias, tenant_id, listing_id from "
    "jsonb_populate_recordset(null\\:\\:listing_aliases, cast(:rows as jsonb)) order by account_id, alias "
    "on conflict do nothing"
)
_HEARD_OF = text(
    "insert into listings (listing_id, tenant_id, account_id) select listing_id, tenant_id, account_id from "
    "jsonb_populate_recordset(null\\:\\:listings, cast(:rows as jsonb)) order by listing_id on conflict do nothing"
)
_SAVE = text(
    "update listings l set sku = r.sku, title = r.title, quantity = r.quantity, buyable = r.buyable, "
    "state = r.state, refs = r.refs, seen = r.seen, content_hash = r.content_hash, revision = r.revision, "
    "seen_at = r.seen_at from jsonb_populate_recordset(null\\:\\:listings, cast(:rows as jsonb)) r "
    "where l.listing_id = r.listing_id"
)
_SHOWN = text(
    "update listings l set quantity = r.quantity, buyable = r.buyable, state = r.state, refs = l.refs || r.refs, "
    "seen_at = r.seen_at from jsonb_populate_recordset(null\\:\\:listings, cast(:rows as jsonb)) r "
    "where l.listing_id = r.listing_id and (l.seen_at is null or l.seen_at < r.seen_at)"
)
_MARK = text(
    "update listings l set refs = l.refs || cast(:marks as jsonb) from ("
    "select listing_id from listings where account_id = :account "
    "and refs ->> cast(:of as text) = any(cast(:values as text[])) order by listing_id for update"
    ") m where l.listing_id = m.listing_id"
)

_THERE = text(
    "update listings l set seen_at = :at from (select listing_id from listings where listing_id in ("
    "select listing_id from listing_aliases where account_id = :account and alias = any(cast(:aliases as text[]))"
    ") and state <> 'gone' and seen_at < :at order by listing_id for update) t where l.listing_id = t.listing_id"
)


async def name_listings(uow: UnitOfWork, namings: Sequence[Naming]) -> list[UUID | None]:
    """Our ids for listings by their names, in order; new ones are minted from the first name and entered.

    Any known name leads to its listing, and its other names are entered beside it. No names: None.
    """
    pairs = sorted({(n.account_id, alias) for n in namings for alias in n.aliases})
    if not pairs:
        return [None] * len(namings)
    found = await uow.conn.execute(
        _FIND, {"accounts": [p[0] for p in pairs], "aliases": [p[1] for p in pairs]}
    )
    held: dict[tuple[UUID, str], UUID] = {(r.account_id, r.alias): r.listing_id for r in found}
    known = dict(held)
    ids = [_identify(naming, known) for naming in namings]
    tenant_of = {n.account_id: n.tenant_id for n in namings}
    new = [
        {"account_id": a, "alias": alias, "tenant_id": tenant_of[a], "listing_id": known[(a, alias)]}
        for a, alias in pairs
        if (a, alias) not in held
    ]
    if new:
        await uow.conn.execute(_HEARD_OF, {"rows": as_rows(list({r["listing_id"]: r for r in new}.values()))})
        await uow.conn.execute(_ENTER, {"rows": as_rows(new)})
    return ids


def _identify(naming: Naming, known: dict[tuple[UUID, str], UUID]) -> UUID | None:
    if not naming.aliases:
        return None
    names = [(naming.account_id, alias) for alias in naming.aliases]
    minted = mint_listing_id(naming.account_id, naming.aliases[0])
    listing_id = next((known[name] for name in names if name in known), minted)
    for name in names:
        known.setdefault(name, listing_id)
    return listing_id


async def lock_listings(uow: UnitOfWork, listing_ids: Iterable[UUID]) -> dict[UUID, HeldListing]:
    """Lock listings in id order."""
    ids = set(listing_ids)
    if not ids:
        return {}
    wanted = listings.c.listing_id == among(ids)
    query = select(listings).where(wanted).order_by(listings.c.listing_id).with_for_update()
    return {row.listing_id: _held(row, ()) for row in await uow.conn.execute(query)}


async def load_listings(uow: UnitOfWork, listing_ids: Iterable[UUID]) -> dict[UUID, Listing]:
    """Listings with their aliases, without locks."""
    ids = set(listing_ids)
    if not ids:
        return {}
    rows = await uow.conn.execute(select(listings, _ALIASES).where(listings.c.listing_id == among(ids)))
    return {row.listing_id: _held(row, tuple(row.aliases or ())).listing for row in rows}


def _held(r: Row, aliases: tuple[str, ...]) -> HeldListing:
    listing = Listing(
        listing_id=r["listing_id"],
        tenant_id=r["tenant_id"],
        account_id=r["account_id"],
        aliases=aliases,
        quantity=r["quantity"],
        buyable=r["buyable"],
        state=r["state"],
        refs=r["refs"],
        seen_at=r["seen_at"],
    )
    seen = seen_from_json(r["seen"]) if r["seen"] else None
    return HeldListing(listing, seen, r["content_hash"], r["revision"])


async def save_listings(uow: UnitOfWork, held: Sequence[HeldListing]) -> None:
    """Write locked listings: what was seen, and what was said of it."""
    rows = [
        {
            "listing_id": h.listing.listing_id,
            "sku": h.seen.sku if h.seen else None,
            "title": h.seen.title if h.seen else "",
            "quantity": h.listing.quantity,
            "buyable": h.listing.buyable,
            "state": h.listing.state,
            "refs": dict(h.listing.refs),
            "seen": seen_to_json(h.seen) if h.seen else None,
            "content_hash": h.content_hash,
            "revision": h.revision,
            "seen_at": h.listing.seen_at,
        }
        for h in sorted(held, key=lambda h: h.listing.listing_id)
    ]
    if rows:
        await uow.conn.execute(_SAVE, {"rows": as_rows(rows)})


async def save_shown(uow: UnitOfWork, shown: Mapping[UUID, SeenListing]) -> None:
    """Keep what was read back, for the next comparison; it is not said as an observation."""
    rows = [
        {
            "listing_id": listing_id,
            "quantity": seen.quantity,
            "buyable": seen.buyable,
            "state": seen.state,
            "refs": dict(seen.refs),
            "seen_at": seen.seen_at,
        }
        for listing_id, seen in sorted(shown.items())
    ]
    if rows:
        await uow.conn.execute(_SHOWN, {"rows": as_rows(rows)})


async def settled_versions(uow: UnitOfWork, listing_ids: Iterable[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """The last reached target of listings, and when it was applied."""
    ids = sorted(set(listing_ids))
    if not ids:
        return {}
    rows = await uow.conn.execute(_SETTLED, {"ids": ids})
    return {row.listing_id: (row.applied_version, row.applied_at) for row in rows if row.applied_at}


async def unseen_since(uow: UnitOfWork, account_id: UUID, since: datetime, limit: int) -> list[UUID]:
    """Listings of an account seen before `since` but not after, and not known to be gone: a whole read missed them.

    Of one that was never said whole, only read for a call, nothing can be said.
    """
    query = select(listings.c.listing_id).where(
        listings.c.account_id == account_id,
        listings.c.seen_at < since,
        listings.c.state != "gone",
        listings.c.content_hash.is_not(None),
    )
    return list((await uow.conn.execute(query.order_by(listings.c.listing_id).limit(limit))).scalars())


async def still_there(uow: UnitOfWork, account_id: UUID, aliases: Sequence[str], at: datetime) -> None:
    """These listings were there at that time, though nothing else is known of them: no whole read misses them."""
    if aliases:
        named = {"account": account_id, "aliases": sorted(aliases), "at": at}
        await uow.conn.execute(_THERE, named)


async def resolve_aliases(uow: UnitOfWork, names: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """Which of the names (account, alias) lead to listings; unknown ones are left out."""
    if not names:
        return {}
    asked = {"accounts": [account for account, _ in names], "aliases": [alias for _, alias in names]}
    found = await uow.conn.execute(_FIND, asked)
    return {(row.account_id, row.alias): row.listing_id for row in found}


async def mark_listings(
    uow: UnitOfWork, account_id: UUID, of: tuple[str, Sequence[str]], marks: Mapping[str, str]
) -> None:
    """Set refs of all listings of an account whose ref `of` has one of the values."""
    marked = {"account": account_id, "of": of[0], "values": list(of[1]), "marks": json.dumps(dict(marks))}
    await uow.conn.execute(_MARK, marked)


async def listings_with_ref(uow: UnitOfWork, account_id: UUID, name: str, value: str) -> list[UUID]:
    """Listings of an account whose ref has a value."""
    query = select(listings.c.listing_id).where(
        listings.c.account_id == account_id, listings.c.refs[name].astext == value
    )
    return list((await uow.conn.execute(query)).scalars())
