"""SQL of take-downs whose variants or products their shop deleted, and of what was told of those that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

_VARIANTS = text(
    """
delete from takedowns t using listing_aliases a, listings l
where t.account_id = :account and a.account_id = t.account_id and a.alias = 'variant:' || t.variant_id
  and l.listing_id = a.listing_id and l.state = 'gone'
"""
)
# One look at the account's listings for all its products; none where none is taken down.
_PRODUCTS = text(
    """
with taken as materialized (select product_id from product_takedowns where account_id = :account
  union select product_id from product_refusals where account_id = :account),
gone as materialized (
  select l.refs ->> 'product' as product_id from listings l
  where exists (select from taken) and l.account_id = :account
    and l.refs ->> 'product' in (select product_id from taken)
  group by 1 having bool_and(l.state = 'gone')
), refused as (
  delete from product_refusals p using gone where p.account_id = :account and p.product_id = gone.product_id
)
delete from product_takedowns p using gone where p.account_id = :account and p.product_id = gone.product_id
"""
)
_OF_PRODUCT = text(
    """
select listing_id, state, cast(refs ->> 'off_show_over' as timestamptz) as told_at from listings
where account_id = :account and refs ->> 'product' = :product
"""
)


@dataclass(frozen=True, slots=True)
class HeldProduct:
    """Listings of one product, as they are held."""

    listings: Sequence[UUID]
    gone: bool
    """Whether it has some, and the shop knows none of them any more."""
    told_at: datetime | None
    """When one of them was last told as something else than what Soldwire had set."""


async def forget_gone(uow: UnitOfWork, account_id: UUID) -> None:
    """Forget take-downs of variants the shop does not know any more, and of products none of whose variants it does."""
    await forget_gone_variants(uow, account_id)
    await uow.conn.execute(_PRODUCTS, {"account": account_id})


async def forget_gone_variants(uow: UnitOfWork, account_id: UUID) -> None:
    """Forget take-downs of variants the shop does not know any more."""
    await uow.conn.execute(_VARIANTS, {"account": account_id})


async def held_product(uow: UnitOfWork, account_id: UUID, product_id: str) -> HeldProduct:
    """What is held of a product's listings, in one look at the account's."""
    rows = (await uow.conn.execute(_OF_PRODUCT, {"account": account_id, "product": product_id})).all()
    return HeldProduct(
        [row.listing_id for row in rows],
        bool(rows) and all(row.state == "gone" for row in rows),
        max((row.told_at for row in rows if row.told_at is not None), default=None),
    )
