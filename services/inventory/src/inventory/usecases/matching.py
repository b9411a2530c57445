"""Which article a listing without one gets: by SKU, or one made of it where the tenant wants that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kit.ids import new_id
from kit.unit_of_work import UnitOfWork

from inventory import store
from inventory.domain import Article, Observation, Owner, Policy, SaleLine
from inventory.store import Sku


@dataclass(slots=True)
class Matches:
    """For listings without an article: which one they get, which are made for them, which sales wait for them."""

    article_of: dict[UUID, UUID] = field(default_factory=dict)
    made: dict[UUID, Article] = field(default_factory=dict)
    waiting: list[SaleLine] = field(default_factory=list)

    def placed(self, articles: Mapping[UUID, Article]) -> list[tuple[Article, SaleLine]]:
        """The waiting sales with their articles."""
        homes = [(listing_id, articles[article_id]) for listing_id, article_id in self.article_of.items()]
        return [
            (article, line)
            for line in self.waiting
            for listing_id, article in homes
            if _belongs(line, article, listing_id)
        ]

    def claim(self, article: Article, listing_id: UUID) -> list[SaleLine]:
        """The waiting sales of a listing, or of its article's SKU; each is handed out once."""
        mine = [line for line in self.waiting if _belongs(line, article, listing_id)]
        self.waiting = [line for line in self.waiting if line not in mine] if mine else self.waiting
        return mine


def _belongs(line: SaleLine, article: Article, listing_id: UUID) -> bool:
    same_sku = line.sku is not None and (line.tenant_id, line.sku) == (article.tenant_id, article.sku)
    return line.listing_id == listing_id or same_sku


async def match(uow: UnitOfWork, alone: Sequence[Observation]) -> Matches:
    """Look again while nobody else can link or create; then by SKU, making articles where the tenant wants that."""
    matches = Matches()
    if not alone:
        return matches
    policies = await store.lock_policies(uow, {one.tenant_id for one in alone})
    known = await store.listings_of(uow, {one.listing_id for one in alone})
    matches.article_of = {one.id: one.article_id for one in known.values() if one.article_id}
    apart = {one.id for one in known.values() if one.kept_apart}
    fit = [one for one in alone if one.is_live and one.listing_id not in apart]
    await _match_fitting(
        uow, matches, [one for one in fit if one.listing_id not in matches.article_of], policies
    )
    matched = {one.listing_id for one in alone if one.listing_id in matches.article_of}
    skus = {(one.tenant_id, one.sku) for one in fit if one.sku and one.listing_id in matched}
    matches.waiting = await store.waiting_sales(uow, matched, skus)
    return matches


async def _match_fitting(
    uow: UnitOfWork, matches: Matches, fit: Sequence[Observation], policies: Mapping[UUID, Policy]
) -> None:
    """By SKU, those that have one first; what matches nothing may become an article (`Policy.create_from`)."""
    by_sku = await store.articles_by_sku(uow, {(one.tenant_id, one.sku) for one in fit if one.sku})
    wary = [one for one in fit if _key(one) not in by_sku and policies[one.tenant_id].creates_without_sku]
    twins = Twins(await store.alike(uow, wary))
    for one in sorted(fit, key=lambda seen: seen.sku is None):
        policy = policies[one.tenant_id]
        if _key(one) not in by_sku and _becomes_an_article(one, policy, twins):
            article = _made_of(one, policy, uow.now)
            matches.made[article.id] = article
            by_sku[_key(one)] = article.id
            twins.note(one)
        if _key(one) in by_sku:
            matches.article_of.setdefault(one.listing_id, by_sku[_key(one)])
    await store.bring_rules(uow, matches.made.values())


def _key(seen: Observation) -> Sku:
    """What its article is found by; a listing without SKU shares it with no other."""
    return (seen.tenant_id, seen.sku or f"\0{seen.listing_id}")


def _becomes_an_article(seen: Observation, policy: Policy, twins: Twins) -> bool:
    if policy.creates_without_sku:
        return not twins.has(seen)
    return policy.create_articles and seen.sku is not None


def _made_of(seen: Observation, policy: Policy, now: datetime) -> Article:
    """An article that begins with what its first listing says of it."""
    owner = Owner(policy.default_owner)
    made = Article.make(new_id(), seen.tenant_id, now, sku=seen.sku, title=seen.title, owner=owner)
    made.price, made.brand = seen.price, seen.brand
    return made


@dataclass(slots=True)
class Twins:
    """Listings for which an article of the same title is there that their account does not show: they wait for a person."""

    known: set[UUID]
    _made: dict[tuple[UUID, str], set[tuple[UUID, bool]]] = field(default_factory=dict)
    """By tenant and title, the account and whether there is a SKU, of articles made just now."""

    def note(self, seen: Observation) -> None:
        """An article is made of this one."""
        title = (seen.tenant_id, seen.title.casefold())
        self._made.setdefault(title, set()).add((seen.account_id, seen.sku is not None))

    def has(self, seen: Observation) -> bool:
        """Whether this one may be an article that is there already."""
        made = self._made.get((seen.tenant_id, seen.title.casefold()), set())
        others = {has_sku for account, has_sku in made if account != seen.account_id}
        return seen.listing_id in self.known or (others != set() if seen.sku is None else False in others)
