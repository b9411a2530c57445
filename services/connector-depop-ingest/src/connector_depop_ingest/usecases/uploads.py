"""Uploads: kept raw and answered at once, mapped after, each part by itself so that one bad one leaves its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account, OrderLine
from connector_kit.marketplace import UnmappableError, Webhook
from connector_kit.store import ReceivedWebhook
from connector_kit.usecases import Observation
from kit import dead_letters
from kit.dead_letters import DeadLetter
from kit.unit_of_work import UnitOfWork
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from soldwire_contracts.ids import sale_id as mint_sale_id

from connector_depop_ingest import store
from connector_depop_ingest.domain import (
    Door,
    fitting_orders,
)
from connector_depop_ingest.usecases.csv_sales import map_sales_csv
from connector_depop_ingest.usecases.pairings import Session
from connector_depop_ingest.usecases.shops import signed_in_again
from connector_depop_ingest.usecases.sightings import record_told
from connector_depop_ingest.wire import sales_csv
from connector_depop_ingest.wire.receipts import (
    UnknownStatusError,
    receipt_lines,
    seen_listing,
)
from connector_depop_ingest.wire.uploads import Listings, Receipt, SoldItems

SOLD_ITEMS, LISTINGS, SALES_CSV = "sold-items", "listings", "sales-csv"
RECEIPT = "receipt"
SUBSCRIBER = "uploads"
M = TypeVar("M", bound=BaseModel)
_FUTURE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Upload:
    """One upload in hand."""

    webhook: Webhook
    account: Account
    every: timedelta


async def accept_upload(
    uow: UnitOfWork, session: Session, topic: str, batch: str, body: bytes, traceparent: str | None
) -> bool:
    """Keep an upload; the same batch again leaves nothing. Answers whether it is new."""
    received = ReceivedWebhook(
        tenant_id=session.tenant_id,
        account_id=session.account.account_id,
        topic=topic,
        delivery_id=batch,
        body=body,
        headers={"pairing": str(session.pairing_id)},
        traceparent=traceparent,
    )
    return await shared_store.insert_webhooks(uow, [received]) == 1


async def take_uploads(uow: UnitOfWork, *, after: UUID, most: int, each: int) -> list[Webhook]:
    """Lock uploads that wait to be mapped, shops in turn."""
    return await shared_store.take_webhooks(uow, after=after, most=most, each=each, load={})


async def map_upload(uow: UnitOfWork, webhook: Webhook, every: timedelta) -> None:
    """Say what an upload brings; what is none of it goes to the dead letters with its reason.

    The shop's account is locked: two uploads of one shop are mapped one after the other, or both would mint the sale.
    """
    await uow.allow([webhook.tenant_id])
    accounts = await shared_store.load_accounts(uow, [webhook.account_id], lock=True)
    account = accounts.get(webhook.account_id)
    if account is None:
        await shared_store.finish_webhooks(uow, {webhook.id: "the shop is no longer there"})
        return
    try:
        await _MAPPERS[webhook.topic](uow, _Upload(webhook, account, every))
    except (UnmappableError, sales_csv.NotASalesCsvError) as error:
        await bury(uow, webhook, webhook.topic, webhook.body, str(error))
        await shared_store.finish_webhooks(uow, {webhook.id: "dead letter"})
        return
    await signed_in_again(uow, account)
    await shared_store.finish_webhooks(uow, {webhook.id: "mapped"})


async def bury(uow: UnitOfWork, webhook: Webhook, source: str, payload: bytes, error: str) -> None:
    """Keep an upload, or one receipt of it, until a person decides."""
    await dead_letters.set_aside(
        uow,
        subscriber=SUBSCRIBER,
        source=f"upload:{source}",
        key=webhook.account_id.bytes,
        headers={"accepted_at": webhook.accepted_at.isoformat(), "upload": str(webhook.id)},
        payload=payload,
        reason="unmappable",
        error=error,
        tenant_id=webhook.tenant_id,
    )


async def map_upload_again(uow: UnitOfWork, letter: DeadLetter) -> None:
    """Redrive a dead upload or receipt. Raises UnmappableError when it still can't be read."""
    if letter.tenant_id is None or letter.key is None:
        raise UnmappableError("the dead letter names no shop")
    await uow.allow([letter.tenant_id])
    account_id = UUID(bytes=letter.key)
    account = (await shared_store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None:
        raise UnmappableError("the shop is no longer there")
    topic = letter.source.removeprefix("upload:")
    webhook = Webhook(letter.id, letter.tenant_id, account_id, topic, letter.payload, {}, letter.created_at)
    if topic == RECEIPT:
        await _record(uow, account, webhook, [_receipt(letter.payload, webhook)])
    else:
        await _MAPPERS[topic](uow, _Upload(webhook, account, timedelta(minutes=10)))


# Sold items


async def _map_sold_items(uow: UnitOfWork, upload: _Upload) -> None:
    webhook = upload.webhook
    batch = _parsed(SoldItems, webhook.body)
    read_at = min(batch.read_at, webhook.accepted_at + _FUTURE)
    receipts: list[tuple[Receipt, tuple[OrderLine, ...]]] = []
    for value in batch.receipts:
        try:
            receipt = Receipt.model_validate(value)
            receipts.append((receipt, receipt_lines(receipt, read_at)))
        except (ValidationError, UnknownStatusError) as error:
            await bury(uow, webhook, RECEIPT, to_json(value), _words(error))
    await _record(uow, upload.account, webhook, receipts)
    await store.mark_read(uow, upload.account.account_id, "sold", read_at, upload.every)


def _receipt(payload: bytes, webhook: Webhook) -> tuple[Receipt, tuple[OrderLine, ...]]:
    try:
        receipt = Receipt.model_validate_json(payload)
        return receipt, receipt_lines(receipt, webhook.accepted_at)
    except (ValidationError, UnknownStatusError) as error:
        raise UnmappableError(_words(error)) from error


async def _record(
    uow: UnitOfWork,
    account: Account,
    webhook: Webhook,
    receipts: Sequence[tuple[Receipt, tuple[OrderLine, ...]]],
) -> None:
    """Each receipt's lines under the sales they are: known by this door, met from the CSV, or new."""
    keys = {f"{line.order_id}:{line.line_id}" for _, lines in receipts for line in lines}
    known = await store.find_aliases(uow, account.account_id, Door.PAGE, sorted(keys))
    minted: dict[str, UUID] = {}
    told: list[tuple[UUID, OrderLine]] = []
    for receipt, lines in receipts:
        names = [f"{line.order_id}:{line.line_id}" for line in lines]
        if any(name not in known for name in names):
            fresh = dict(zip(names, await _met(uow, account, receipt, lines, minted), strict=True))
            minted |= {name: sale for name, sale in fresh.items() if name not in known}
            known |= minted
        told += [(known[name], line) for name, line in zip(names, lines, strict=True)]
    await store.enter_aliases(uow, account.tenant_id, account.account_id, Door.PAGE, minted)
    await record_told(uow, account, webhook, told, by_csv=False)


async def _met(
    uow: UnitOfWork,
    account: Account,
    receipt: Receipt,
    lines: Sequence[OrderLine],
    minted: Mapping[str, UUID],
) -> list[UUID]:
    """The CSV's sales this receipt is, where one fits; equal ones are interchangeable. Else new sales."""
    around = timedelta(days=2)
    at = lines[0].sold_at
    candidates = await store.known_sales(uow, account.account_id, Door.PAGE, at - around, at + around)
    taken = set(minted.values())
    free = [replace(one, claimed=one.claimed or one.sale_id in taken) for one in candidates]
    fitting = fitting_orders(
        receipt.sold_on, [item.description for item in receipt.items], receipt.items_price, free
    )
    if fitting:
        return [line.sale_id for line in fitting[0]]
    return [mint_sale_id(account.account_id, line.order_id, line.line_id) for line in lines]


# Listings


async def _map_listings(uow: UnitOfWork, upload: _Upload) -> None:
    webhook, account = upload.webhook, upload.account
    batch = _parsed(Listings, webhook.body)
    read_at = min(batch.read_at, webhook.accepted_at + _FUTURE)
    shop = await store.load_shop(uow, account.account_id)
    currency = shop.currency if shop else "GBP"
    seen = [
        Observation(account, seen_listing(row, read_at, currency), webhook.traceparent)
        for row in batch.listings
    ]
    await shared.record_listings(uow, seen)
    if batch.complete:
        await store.mark_read(uow, account.account_id, "listings", read_at, upload.every)


async def _map_csv(uow: UnitOfWork, upload: _Upload) -> None:
    await map_sales_csv(uow, upload.account, upload.webhook)


def _parsed(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise UnmappableError(_words(error)) from error


def _words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}"


_MAPPERS = {SOLD_ITEMS: _map_sold_items, LISTINGS: _map_listings, SALES_CSV: _map_csv}
