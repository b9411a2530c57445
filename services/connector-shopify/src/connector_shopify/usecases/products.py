"""Sold-out products: what their seller wants of them, when one is due, and what is on record of taking it off show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account, IntentState, VerdictKind
from connector_kit.errors import Problem
from connector_kit.sealing import Sealer
from connector_kit.store import Chore, LeasedChore, Run
from connector_kit.usecases import Ended, OnReached
from kit.errors import Invalid, NotFound
from kit.jobs import Wake
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.domain import Changed, ShownProduct, SoldOut, TakenProduct
from connector_shopify.usecases.takedowns import note_off_show
from connector_shopify.wire.webhooks import PRODUCT

_NEEDED: Mapping[SoldOut, frozenset[str]] = {
    SoldOut.UNPUBLISH: frozenset({"read_publications", "write_publications"}),
    SoldOut.DRAFT: frozenset({"write_products"}),
    SoldOut.ARCHIVE: frozenset({"write_products"}),
}


@dataclass(frozen=True, slots=True)
class Tidying:
    """One product in hand: its account, what its seller wants now, and what was done to it before."""

    account: Account
    way: SoldOut
    taken: TakenProduct | None
    raising: bool
    """Whether one of its variants is about to be for sale."""
    over: bool = False
    """Whether a webhook told it as something else than what was set, after it had come off show."""
    refused: bool = False
    """Whether Shopify refused to change it when it was last tried."""


async def sold_out_of(uow: UnitOfWork, account_ids: Collection[UUID]) -> dict[UUID, SoldOut]:
    """What is to become of sold-out products of these accounts."""
    said = await store.sold_out_of(uow, account_ids)
    return {account_id: said.get(account_id, SoldOut.KEEP) for account_id in account_ids}


async def set_sold_out(uow: UnitOfWork, account_id: UUID, way: SoldOut | str) -> SoldOut:
    """Say what is to become of sold-out products. What was taken off show before stays so until it is relisted.

    Products that are refused are tried again now: it may be what their seller was told to do about them. Raises NotFound, and Invalid `scope_missing` when the shop has not granted what it needs.
    """
    account = (await shared_store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such account.")
    wanted, granted = SoldOut(way), await store.scopes_of(uow, account_id)
    missing = sorted(_lacking(_NEEDED.get(wanted, frozenset()), granted)) if granted is not None else []
    if missing:
        raise Invalid(
            "scope_missing",
            f"Soldwire may not do this in {account.name}: it lacks {' and '.join(missing)}. "
            "Connect the shop again and accept all permissions.",
            missing=missing,
        )
    await store.save_sold_out(uow, account.tenant_id, account_id, wanted)
    await try_refused_again(uow, account)
    return wanted


async def try_refused_again(uow: UnitOfWork, account: Account) -> None:
    """Products Shopify refused to change are due now: what stood in the way may be mended."""
    refused = await store.refused_products(uow, account.account_id)
    again = [Chore(account.tenant_id, account.account_id, PRODUCT, product) for product in refused]
    await shared_store.want_chores(uow, again, uow.now)


def _lacking(needed: frozenset[str], granted: frozenset[str]) -> set[str]:
    """Leave to write is leave to read."""
    held = granted | {scope.replace("write_", "read_", 1) for scope in granted}
    return set(needed - held)


def want_tidying(wake: Wake) -> OnReached:
    """The hook of reached targets: the products of listings that have just come to 0 are due, where that is wanted."""

    async def on_reached(uow: UnitOfWork, ended: Sequence[Ended]) -> None:
        sold_out = [e for e in ended if _has_sold_out(e)]
        if not sold_out:
            return
        ways = await store.sold_out_of(uow, {e.intent.account_id for e in sold_out})
        chores = [
            Chore(e.intent.tenant_id, e.intent.account_id, PRODUCT, product)
            for e in sold_out
            if ways.get(e.intent.account_id, SoldOut.KEEP) is not SoldOut.KEEP and (product := _product_of(e))
        ]
        if chores:
            await shared_store.want_chores(uow, chores, uow.now)
            uow.after_commit(wake.wake)

    return on_reached


def _has_sold_out(ended: Ended) -> bool:
    """Whether it came to 0 now: of one that was there before, the product may be as its seller has put it since."""
    intent, before = ended.intent, ended.work.intent.applied_quantity
    delisted = ended.verdict is not None and ended.verdict.kind is VerdictKind.DELISTED
    return delisted and (before != 0 or intent.sold_here or intent.called_version == intent.version)


def _product_of(ended: Ended) -> str | None:
    shown = ended.shown.refs if ended.shown else {}
    return shown.get("product")


async def take_in_hand(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore) -> Tidying | None:
    """What is known of a product that is due; None when its account was disconnected.

    Of a deleted one nothing is wanted any more, and what is on record of it is forgotten.
    """
    chore = leased.chore
    await uow.allow([chore.tenant_id])
    account = (await shared_store.load_accounts(uow, [chore.account_id], sealer)).get(chore.account_id)
    if account is None or account.state == "revoked":
        return None
    ways = await sold_out_of(uow, [chore.account_id])
    held = await store.held_product(uow, chore.account_id, chore.key)
    if held.gone:
        await store.forget_gone_variants(uow, chore.account_id)
        await store.forget_products(uow, chore.account_id, [chore.key], None)
    taken = (await store.taken_products(uow, chore.account_id, [chore.key])).get(chore.key)
    return Tidying(
        account,
        ways[chore.account_id] if not held.gone else SoldOut.KEEP,
        taken,
        await _are_raising(uow, held.listings),
        over=taken is not None and taken.was_over(held.told_at),
        refused=await store.is_refused(uow, chore.account_id, chore.key),
    )


_ON_THE_WAY = (IntentState.DUE, IntentState.CALLING, IntentState.VERIFYING)


async def _is_raising(uow: UnitOfWork, account_id: UUID, product_id: str) -> bool:
    listings = await shared_store.listings_with_ref(uow, account_id, "product", product_id)
    return await _are_raising(uow, listings)


async def _are_raising(uow: UnitOfWork, listings: Sequence[UUID]) -> bool:
    intents = await shared_store.load_intents(uow, listings)
    return any(intent.quantity and intent.state in _ON_THE_WAY for intent in intents.values())


async def begin_taking(
    uow: UnitOfWork, leased: LeasedChore, way: SoldOut, shown: ShownProduct
) -> TakenProduct | None:
    """Keep what the product is before it is taken off show; None when somebody else has it in hand."""
    chore = leased.chore
    await uow.allow([chore.tenant_id])
    if not await shared_store.hold_chore(uow, leased):
        return None
    taken = TakenProduct(chore.key, way, shown.status, tuple(sorted(shown.publications)), uow.now)
    await store.take_product(uow, chore.tenant_id, chore.account_id, taken)
    await note_off_show(uow, chore.account_id, [chore.key], taken.shows_as)
    return taken


async def finish_taking(
    uow: UnitOfWork, leased: LeasedChore, taken: TakenProduct, shown: ShownProduct, settle: timedelta
) -> bool | None:
    """It was seen off show: whether it must be put back at once, as a variant is for sale or about to be.

    None when somebody else has it in hand. What changes of it for as long as `settle` may be the call's own doing.
    """
    chore = leased.chore
    await uow.allow([chore.tenant_id])
    if not await shared_store.hold_chore(uow, leased):
        return None
    changed_at = shown.changed.product_at if shown.changed else uow.now
    known_at = max(uow.now, changed_at) + settle
    await store.finish_product(uow, chore.account_id, taken, known_at)
    # a reading under way may have undone it
    await note_off_show(uow, chore.account_id, [chore.key], taken.shows_as, known_at)
    if not shown.for_sale and not await _is_raising(uow, chore.account_id, chore.key):
        return False
    await store.release_product(uow, chore.account_id, chore.key)
    return True


async def forget_taking(uow: UnitOfWork, leased: LeasedChore) -> bool:
    """It did not come off show, or is its seller's again. False when somebody else has it in hand."""
    await uow.allow([leased.chore.tenant_id])
    if not await shared_store.hold_chore(uow, leased):
        return False
    await store.forget_products(uow, leased.chore.account_id, [leased.chore.key], None)
    await note_off_show(uow, leased.chore.account_id, [leased.chore.key], "")
    return True


async def account_for(uow: UnitOfWork, leased: LeasedChore, changed: Changed) -> None:
    """What changed of a product off show up to now was nothing of its seller's."""
    await uow.allow([leased.chore.tenant_id])
    if await shared_store.hold_chore(uow, leased):
        chore = leased.chore
        await store.account_for_product(uow, chore.account_id, chore.key, changed.product_at)


async def refuse_product(uow: UnitOfWork, leased: LeasedChore, problem: Problem) -> None:
    """Shopify refuses to change it, and time does not heal that: its seller is told."""
    chore = leased.chore
    await uow.allow([chore.tenant_id])
    if await shared_store.hold_chore(uow, leased):
        await store.refuse_product(
            uow, chore.tenant_id, chore.account_id, chore.key, problem.code, problem.reason
        )


async def forget_refusal(uow: UnitOfWork, leased: LeasedChore) -> None:
    """Nothing stands in its way any more."""
    await uow.allow([leased.chore.tenant_id])
    if await shared_store.hold_chore(uow, leased):
        await store.forget_refusals(uow, leased.chore.account_id, leased.chore.key)


async def forget_gone_after_run(uow: UnitOfWork, run: Run, account: Account) -> None:
    """After a whole reading: what it did not show is gone, and with it what was taken down of it."""
    if "articles" in shared.PHASES[run.scope] and run.articles_since is None:
        await store.forget_gone(uow, account.account_id)
