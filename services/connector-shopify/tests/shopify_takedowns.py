"""A client's memory that lives as long as its test; it runs the suite of the one on record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connector_kit.domain import Account
from connector_shopify.domain import BEING_GIVEN_BACK, UNFOLLOWED, OwnSettings, TakenProduct

SETTLE = timedelta(hours=1)


@dataclass
class Remembered:
    """Implements connector_shopify.client.memory.Takedowns."""

    variants: dict[str, tuple[OwnSettings, datetime]] = field(default_factory=dict)
    taken: dict[str, TakenProduct] = field(default_factory=dict)

    async def variant(self, account: Account, variant_id: str) -> OwnSettings | None:
        return self.variants[variant_id][0] if variant_id in self.variants else None

    async def remember_variant(self, account: Account, variant_id: str, own: OwnSettings) -> None:
        held = await self.variant(account, variant_id) or own
        policy = "CONTINUE" if "CONTINUE" in (own.policy, held.policy) else held.policy
        self.variants[variant_id] = OwnSettings(policy, held.tracked and own.tracked), datetime.now(UTC)

    async def give_back_variant(self, account: Account, variant_id: str) -> None:
        if variant_id in self.variants:
            self.variants[variant_id] = self.variants[variant_id][0], datetime.now(UTC) - SETTLE

    async def forget_variants(self, account: Account, variant_ids: Collection[str], at: datetime) -> None:
        for one in variant_ids:
            if one in self.variants and self.variants[one][1] <= at - SETTLE:
                del self.variants[one]

    async def products(self, account: Account, product_ids: Collection[str]) -> Mapping[str, TakenProduct]:
        return {one: self.taken[one] for one in product_ids if one in self.taken}

    async def give_back_product(self, account: Account, product_id: str) -> None:
        if (held := self.taken.get(product_id)) is not None:
            done = held.done_at or datetime.now(UTC)
            self.taken[product_id] = replace(held, taken_at=BEING_GIVEN_BACK, done_at=done)

    async def account_for(self, account: Account, product_id: str, at: datetime) -> None:
        if (held := self.taken.get(product_id)) is not None:
            self.taken[product_id] = replace(held, known_at=max(held.known_at or at, at))

    async def forget_products(self, account: Account, product_ids: Collection[str], at: datetime) -> None:
        for one in product_ids:
            held = self.taken.get(one)
            taken_by = at - SETTLE if held and held.done_at else at - SETTLE - UNFOLLOWED
            if held and held.taken_at <= taken_by and (held.done_at or at) <= at:
                del self.taken[one]
