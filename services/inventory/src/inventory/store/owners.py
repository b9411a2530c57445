"""Consignors, owner rules, and the articles that follow the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import ColumnElement, delete, select, text

from inventory.domain import Article, Consignor, Consignors, Owner, OwnerKind, OwnerRule, OwnerRules, RuleKind
from inventory.store.rows import article_of
from inventory.tables import articles, consignors, listings, owner_rules, owner_sweeps

_RULES = text(
    "select w.tenant, s.default_owner, r.kind, r.value, r.owner_kind, r.consignor_id "
    "from unnest(cast(:tenants as uuid[])) as w(tenant) "
    "left join settings s on s.tenant_id = w.tenant left join owner_rules r on r.tenant_id = w.tenant"
)


async def rules_of(uow: UnitOfWork, tenants: Collection[UUID]) -> dict[UUID, OwnerRules]:
    """Each tenant's rules, its default owner with them."""
    found: dict[UUID, list[OwnerRule]] = {tenant: [] for tenant in tenants}
    default = dict.fromkeys(tenants, Owner())
    for row in await uow.conn.execute(_RULES, {"tenants": sorted(tenants)}):
        if row.default_owner is not None:
            default[row.tenant] = Owner(OwnerKind(row.default_owner))
        if row.kind is not None:
            found[row.tenant].append(_rule_of(row))
    return {tenant: OwnerRules(rules, default[tenant]) for tenant, rules in found.items()}


async def bring_rules(uow: UnitOfWork, stock: Iterable[Article]) -> None:
    """Give the articles without a given owner the rules they follow; nothing is asked when all have one, or have them."""
    following = [article for article in stock if not article.owner_given and article.rules is None]
    if following:
        rules = await rules_of(uow, {article.tenant_id for article in following})
        for article in following:
            article.rules = rules[article.tenant_id]


def _rule_of(row: Row) -> OwnerRule:
    owner = Owner(OwnerKind(row["owner_kind"]), row["consignor_id"])
    return OwnerRule(RuleKind(row["kind"]), row["value"], owner)


async def rules(uow: UnitOfWork, tenant_id: UUID) -> list[OwnerRule]:
    """A tenant's rules by kind and value."""
    query = select(owner_rules).where(owner_rules.c.tenant_id == tenant_id)
    query = query.order_by(owner_rules.c.kind, owner_rules.c.value.collate("C"))
    return [_rule_of(row) for row in await uow.conn.execute(query)]


async def replace_rules(uow: UnitOfWork, tenant_id: UUID, rules: Iterable[OwnerRule]) -> None:
    """Let these be a tenant's rules."""
    await uow.conn.execute(delete(owner_rules).where(owner_rules.c.tenant_id == tenant_id))
    rows: list[dict[str, object]] = [
        {
            "tenant_id": tenant_id,
            "kind": rule.kind,
            "value": rule.value,
            "owner_kind": rule.owner.kind,
            "consignor_id": rule.owner.consignor_id,
        }
        for rule in rules
    ]
    await bulk.upsert(uow.conn, owner_rules, rows)


async def consignors_of(
    uow: UnitOfWork, tenant_id: UUID, *, ids: Iterable[UUID] = (), codes: Iterable[str] = ()
) -> Consignors:
    """Those with one of the ids or codes."""
    by_id = select(consignors).where(consignors.c.id == among(ids), consignors.c.tenant_id == tenant_id)
    found = {row.id: _consignor_of(row) for row in await uow.conn.execute(by_id)}
    wanted = {"tenant": tenant_id, "codes": sorted(set(codes))}
    if wanted["codes"]:
        found |= {row.id: _consignor_of(row) for row in await uow.conn.execute(_BY_CODE, wanted)}
    return Consignors(found.values())


_BY_CODE = text("select * from consignors where tenant_id = :tenant and code = any(cast(:codes as text[]))")


def _consignor_of(row: Row) -> Consignor:
    return Consignor(row["id"], row["tenant_id"], row["code"], row["active"], row["revision"])


async def note_consignors(uow: UnitOfWork, said: Mapping[UUID, Consignor]) -> None:
    """Keep the ledger's newest word on each consignor."""
    query = select(consignors.c.id, consignors.c.revision).where(consignors.c.id == among(said))
    known = await uow.conn.execute(query.order_by(consignors.c.id).with_for_update())
    revisions = {row.id: row.revision for row in known}
    rows: list[dict[str, object]] = [
        {
            "id": one.id,
            "tenant_id": one.tenant_id,
            "code": one.code,
            "active": one.active,
            "revision": one.revision,
        }
        for one in said.values()
        if one.revision > revisions.get(one.id, 0)
    ]
    await bulk.upsert(uow.conn, consignors, rows)


@dataclass(frozen=True, slots=True)
class Following:
    """What owner rules look at of an article, and whose it is now."""

    id: UUID
    sku: str | None
    owner: Owner


async def newest_following(uow: UnitOfWork, tenant_id: UUID, limit: int) -> list[Following]:
    """The newest articles without a given owner."""
    columns = (articles.c.id, articles.c.sku, articles.c.owner_kind, articles.c.consignor_id)
    query = select(*columns).where(*_following(tenant_id)).order_by(articles.c.id.desc()).limit(limit)
    return [
        Following(article_id, sku, Owner(OwnerKind(kind), consignor_id))
        for article_id, sku, kind, consignor_id in await uow.conn.execute(query)
    ]


def _following(tenant_id: UUID) -> list[ColumnElement[bool]]:
    """Articles that follow the rules: what was merged has no owner any more."""
    return [articles.c.tenant_id == tenant_id, ~articles.c.owner_given, articles.c.merged_into.is_(None)]


async def lock_following(uow: UnitOfWork, tenant_id: UUID, after: UUID | None, limit: int) -> list[Article]:
    """Lock the next articles without a given owner in id order, without their listings."""
    query = select(articles).where(*_following(tenant_id))
    if after is not None:
        query = query.where(articles.c.id > after)
    query = query.order_by(articles.c.id).limit(limit).with_for_update()
    return [article_of(row) for row in await uow.conn.execute(query)]


async def vendors_of(uow: UnitOfWork, article_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The vendors of the listings that show articles, in the order of the listings' ids."""
    shown = select(listings.c.article_id, listings.c.vendor).where(
        listings.c.article_id == among(article_ids), listings.c.vendor.is_not(None)
    )
    found: dict[UUID, list[str]] = {}
    for row in await uow.conn.execute(shown.order_by(listings.c.id)):
        found.setdefault(row.article_id, []).append(row.vendor)
    return found


_SAVE_OWNERS = text(
    "update articles a set owner_kind = w.kind, consignor_id = w.consignor "
    "from unnest(cast(:ids as uuid[]), cast(:kinds as text[]), cast(:consignors as uuid[])) "
    "as w(id, kind, consignor) where a.id = w.id"
)


async def save_owners(uow: UnitOfWork, changed: Sequence[tuple[UUID, Owner]]) -> None:
    """Write whose articles are that are locked already."""
    if changed:
        columns = {
            "ids": [article_id for article_id, _ in changed],
            "kinds": [owner.kind for _, owner in changed],
            "consignors": [owner.consignor_id for _, owner in changed],
        }
        await uow.conn.execute(_SAVE_OWNERS, columns)


async def ask_sweep(uow: UnitOfWork, tenant_id: UUID) -> None:
    """Have every article that follows the rules told of them, from the first on (bus role)."""
    await bulk.upsert(uow.conn, owner_sweeps, [{"tenant_id": tenant_id, "after": None, "asked_at": uow.now}])


_TAKE_SWEEP = text(
    "select tenant_id, after from owner_sweeps order by asked_at limit 1 for update skip locked"
)


async def take_sweep(uow: UnitOfWork) -> tuple[UUID, UUID | None] | None:
    """A tenant to go on with and how far it is, locked until the end of the transaction; None when all is done."""
    row = (await uow.conn.execute(_TAKE_SWEEP)).first()
    return (row.tenant_id, row.after) if row else None


_MOVE_SWEEP = text("update owner_sweeps set after = :after where tenant_id = :tenant")


async def move_sweep(uow: UnitOfWork, tenant_id: UUID, after: UUID) -> None:
    """Articles up to this one have been told."""
    await uow.conn.execute(_MOVE_SWEEP, {"tenant": tenant_id, "after": after})


async def end_sweep(uow: UnitOfWork, tenant_id: UUID) -> None:
    """All have been told."""
    await uow.conn.execute(delete(owner_sweeps).where(owner_sweeps.c.tenant_id == tenant_id))


async def is_sweeping(uow: UnitOfWork, tenant_id: UUID) -> bool:
    """Whether some have yet to be told (bus role)."""
    query = select(owner_sweeps.c.tenant_id).where(owner_sweeps.c.tenant_id == tenant_id)
    return (await uow.conn.execute(query)).first() is not None
