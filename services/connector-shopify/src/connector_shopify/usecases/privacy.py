"""What Shopify asks about buyers' data: on record, carried out a page at a time, handed to the seller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit.sealing import Sealer
from connector_kit.store import Chore, Known, LeasedChore
from kit.errors import NotFound, Refused
from kit.ids import new_id
from kit.paging import cut
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.domain import Held, PrivacyRequest
from connector_shopify.store import Page
from connector_shopify.usecases.leaving import forget_keys
from connector_shopify.wire.compliance import DATA_REQUEST, SHOP_REDACT, Notice, names

PRIVACY = "privacy"
"""The chore that carries a request out; its key is the request's id."""
WITHIN = timedelta(days=30)
PAGE = 200
"""Webhooks of an account looked through in one transaction; dead ones are of all accounts, so more of them."""
_DEAD_PAGE = 2000
_SHOWN = 50
"""The same where what is found is held: a body may have 10 MiB."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a look through what is held has come to: raw webhooks, then dead ones."""

    dead: bool = False
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a page: webhooks that wait to be mapped first, and the place to go on from; None ends."""

    waiting: int
    place: Place | None


async def take_notice(uow: UnitOfWork, known: Known, topic: str, notice: Notice, delivery_id: str) -> bool:
    """Keep a request with the chore that carries it out; False for one that was here before, or whose account is gone.

    A data request has nothing to be carried out: the seller fetches it.
    """
    account = (await shared_store.load_accounts(uow, [known.account_id])).get(known.account_id)
    if account is None:
        return False
    request = PrivacyRequest(
        request_id=new_id(),
        tenant_id=known.tenant_id,
        account_id=known.account_id,
        topic=topic,
        received_at=uow.now,
        due_by=uow.now + WITHIN,
        shopify_id=notice.shopify_id,
        customer_id=notice.customer_id,
        order_ids=notice.order_ids,
    )
    new = await store.insert_request(uow, request, delivery_id)
    if new and topic != DATA_REQUEST:
        chore = Chore(known.tenant_id, known.account_id, PRIVACY, str(request.request_id))
        await shared_store.want_chores(uow, [chore], uow.now)
    return new


async def privacy_request(uow: UnitOfWork, request_id: UUID) -> PrivacyRequest:
    """A request of the transaction's tenant. Raises NotFound."""
    found = await store.load_request(uow, request_id)
    if found is None:
        raise NotFound("no_such_request", "There is no such request.")
    return found


async def data_request(uow: UnitOfWork, request_id: UUID) -> PrivacyRequest:
    """A request for a buyer's data. Raises NotFound, and Refused for one that asks to erase it."""
    found = await privacy_request(uow, request_id)
    if found.topic != DATA_REQUEST:
        raise Refused(
            "not_a_data_request", "This request asks to erase a buyer's data. There is nothing to download."
        )
    return found


async def privacy_requests(
    uow: UnitOfWork,
    tenant_id: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
    topic: str | None = None,
) -> tuple[list[PrivacyRequest], PrivacyRequest | None]:
    """A page of the tenant's requests, of one topic or all, the newest first, and the last of it where more follow."""
    return cut(await store.list_requests(uow, tenant_id, after, limit + 1, topic), limit)


async def forget_page(uow: UnitOfWork, leased: LeasedChore, request: PrivacyRequest, place: Place) -> Step:
    """Forget what a request is about in one page of webhooks. What waits to be mapped is in use and stays for now.

    Of a shop only what came before the request goes: it may be connected again.
    """
    if not await shared_store.hold_chore(uow, leased):
        return Step(0, None)
    page = await _page(uow, request, place, _DEAD_PAGE if place.dead else PAGE)
    found = [held for held in page.held if _about(request)(held)]
    ids = [held.id for held in found if held.mapped]
    gone = await (store.empty_dead if place.dead else store.delete_raw)(uow, ids)
    if gone:
        await store.count_forgotten(uow, request.request_id, gone)
    return Step(sum(not held.mapped for held in found), _next(place, page))


async def end_request(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore, request: PrivacyRequest) -> None:
    """A request is carried out. The keys of a shop that is not connected go with its buyers."""
    if not await shared_store.hold_chore(uow, leased):
        return
    found = await shared_store.load_accounts(
        uow, [request.account_id], lock=True
    )  # it may be just connected again
    account = found.get(request.account_id)
    if request.topic == SHOP_REDACT and account is not None and account.state == "revoked":
        await forget_keys(uow, sealer, account)
    await store.count_forgotten(uow, request.request_id, 0, done=True)


async def data_page(
    uow: UnitOfWork, request: PrivacyRequest, place: Place
) -> tuple[list[Held], Place | None]:
    """Webhooks of one page that name the buyer of a data request, and the place to go on from; None ends."""
    page = await _page(uow, request, place, _SHOWN)
    return [held for held in page.held if _about(request)(held)], _next(place, page)


async def data_handed_over(uow: UnitOfWork, request: PrivacyRequest) -> None:
    """The seller has fetched what a data request asks for."""
    await store.count_forgotten(uow, request.request_id, 0, done=True)


async def _page(uow: UnitOfWork, request: PrivacyRequest, place: Place, most: int) -> Page:
    pages = store.dead_page if place.dead else store.raw_page
    return await pages(uow, request.account_id, request.naming, place.after, most)


def _about(request: PrivacyRequest) -> Callable[[Held], bool]:
    """Whether a request is about a webhook: all of a shop's that came before it, else those that name what it names."""
    if request.topic == SHOP_REDACT:
        return lambda held: held.at <= request.received_at
    return lambda held: names(held.body, request.naming)


def _next(place: Place, page: Page) -> Place | None:
    if page.after is not None:
        return Place(place.dead, page.after)
    return None if place.dead else Place(dead=True)
