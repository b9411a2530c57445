"""Whose articles are: consignors as the ledger says them, the owner rules, and the articles that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kit.errors import Invalid
from kit.tokens import Caller
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.ledger import ConsignorChanged

from inventory import store, wire
from inventory.domain import Article, Owner, OwnerRule, OwnerRules, OwnerWish, RuleKind
from inventory.usecases.describing import consignors_meant, owner_meant

MOST_PREVIEWED = 20_000
_SWEPT = 500


async def note_consignors(uow: UnitOfWork, events: Sequence[Event[ConsignorChanged]]) -> None:
    """Take over what the ledger says of consignors; an older word changes nothing."""
    said = sorted((wire.consignor(event.data) for event in events), key=lambda one: one.revision)
    await store.note_consignors(uow, {one.id: one for one in said})


@dataclass(frozen=True, slots=True)
class RuleWish:
    """A rule as a person writes it."""

    kind: RuleKind
    value: str
    owner: OwnerWish


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """A tenant's rules, and whether every article that follows them has been told."""

    rules: Sequence[OwnerRule]
    default: Owner
    told: bool


@dataclass(slots=True)
class RulesPreview:
    """How many articles each rule would take, of those looked at: the newest without a given owner."""

    rules: Sequence[OwnerRule]
    looked_at: int = 0
    all_looked_at: bool = True
    takes: dict[OwnerRule | None, int] = field(default_factory=dict)
    """By rule; None is the default owner."""
    changes: int = 0
    """Articles whose owner would be another than now."""


async def owner_rules(uow: UnitOfWork, caller: Caller) -> RulesInForce:
    """The rules as they are (bus role)."""
    rules = await store.rules(uow, caller.tenant_id)
    default = (await store.rules_of(uow, {caller.tenant_id}))[caller.tenant_id].default
    return RulesInForce(rules, default, not await store.is_sweeping(uow, caller.tenant_id))


async def set_owner_rules(uow: UnitOfWork, caller: Caller, wishes: Sequence[RuleWish]) -> RulesInForce:
    """Let these be the rules, and have the articles told that follow them (bus role). Sales made keep their owner.

    Raises Invalid for two rules of one prefix or vendor, and for a consignor nobody knows or who takes no new articles,
    unless the rule named that one before.
    """
    await store.lock_policies(uow, {caller.tenant_id})
    kept = {rule.key: rule.owner for rule in await store.rules(uow, caller.tenant_id)}
    rules = await _rules_meant(uow, caller, wishes, kept)
    await store.replace_rules(uow, caller.tenant_id, rules)
    await store.ask_sweep(uow, caller.tenant_id)
    return await owner_rules(uow, caller)


async def _rules_meant(
    uow: UnitOfWork, caller: Caller, wishes: Sequence[RuleWish], kept: dict[tuple[RuleKind, str], Owner]
) -> list[OwnerRule]:
    consignors = await consignors_meant(uow, caller.tenant_id, [wish.owner for wish in wishes])
    found: dict[tuple[RuleKind, str], OwnerRule] = {}
    for wish in wishes:
        key = OwnerRule(wish.kind, wish.value, Owner()).key
        if key in found:
            named = wish.kind.value.replace("_", " ")
            raise Invalid(
                "rule_twice", f"There are two rules for the {named} {wish.value}: keep one of them."
            )
        owner = owner_meant(wish.owner, consignors, kept.get(key))
        found[key] = OwnerRule(wish.kind, wish.value, owner)
    return list(found.values())


async def preview_owner_rules(uow: UnitOfWork, caller: Caller, wishes: Sequence[RuleWish]) -> RulesPreview:
    """What these rules would do, without doing it. Raises Invalid as setting them does."""
    kept = {rule.key: rule.owner for rule in await store.rules(uow, caller.tenant_id)}
    rules = await _rules_meant(uow, caller, wishes, kept)
    default = (await store.rules_of(uow, {caller.tenant_id}))[caller.tenant_id].default
    found = await store.newest_following(uow, caller.tenant_id, MOST_PREVIEWED + 1)
    looked_at = found[:MOST_PREVIEWED]
    by_vendor = any(rule.kind is RuleKind.VENDOR for rule in rules)
    vendors = await store.vendors_of(uow, [article.id for article in looked_at if by_vendor])
    preview = RulesPreview(rules, len(looked_at), len(found) == len(looked_at))
    told = OwnerRules(rules, default)
    for article in looked_at:
        rule = told.rule_for(article.sku, vendors.get(article.id, ()))
        preview.takes[rule] = preview.takes.get(rule, 0) + 1
        preview.changes += (rule.owner if rule else default) != article.owner
    return preview


async def sweep_owners(uow: UnitOfWork) -> bool:
    """Tell the next articles of a tenant whose rules have changed (bus role); False when there are none to tell."""
    taken = await store.take_sweep(uow)
    if taken is None:
        return False
    tenant_id, after = taken
    await uow.allow([tenant_id])
    told = (await store.rules_of(uow, {tenant_id}))[tenant_id]
    found = await store.lock_following(uow, tenant_id, after, _SWEPT)
    vendors = await store.vendors_of(uow, [article.id for article in found])
    await store.save_owners(
        uow, [(a.id, owner) for a in found if (owner := _told(a, told, vendors)) != a.owner]
    )
    if len(found) < _SWEPT:
        await store.end_sweep(uow, tenant_id)
    else:
        await store.move_sweep(uow, tenant_id, found[-1].id)
    return True


def _told(article: Article, rules: OwnerRules, vendors: dict[UUID, list[str]]) -> Owner:
    return rules.owner_of(article.sku, vendors.get(article.id, ()))
