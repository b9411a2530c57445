"""Raw webhooks: stored, then mapped in batches; what can't be mapped goes to the dead letters with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from kit import dead_letters
from kit.dead_letters import DeadLetter
from kit.unit_of_work import UnitOfWork

from connector_kit import store
from connector_kit.domain import Account
from connector_kit.marketplace import Mapped, Mapper, UnmappableError, Webhook
from connector_kit.store import Chore, ReceivedWebhook
from connector_kit.usecases.accounts import Parting, disconnect_account
from connector_kit.usecases.listings import (
    Gone,
    Observation,
    QuantityNews,
    record_gone,
    record_listings,
    record_quantities,
)
from connector_kit.usecases.redrive import account_of
from connector_kit.usecases.sales import Sighting, record_lines

SUBSCRIBER = "webhooks"
_REVOKED = "The seller removed Soldwire from the marketplace account. Connect it again under Settings."
_UNREADABLE = "the account is disconnected; connected again, its orders and listings are read anyway"


@dataclass(frozen=True, slots=True)
class Fetch:
    """What notifications speak of without telling it: to be read from the marketplace, then recorded."""

    webhook: Webhook
    orders: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()


@dataclass
class _Batch:
    sightings: list[Sighting] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    quantities: list[tuple[QuantityNews, Webhook]] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    revoked: dict[UUID, datetime] = field(default_factory=dict)
    """Accounts whose seller took our access away, and when he last did."""
    chores: list[Chore] = field(default_factory=list)
    waited_for: set[UUID] = field(default_factory=set)
    """Accounts a run of which may wait for what was told."""
    fetches: list[Fetch] = field(default_factory=list)
    outcomes: dict[UUID, str] = field(default_factory=dict)


async def accept_webhooks(uow: UnitOfWork, received: Sequence[ReceivedWebhook]) -> list[bool]:
    """Store verified notifications; those with a delivery id seen before leave nothing, and are kept already.

    One True for each kept; False where the account left, or moved to another tenant, since it was looked up.
    """
    active = await store.insert_of_active(uow, received)
    return [(w.account_id, w.tenant_id) in active for w in received]


async def map_one(
    uow: UnitOfWork, mapper: Mapper, webhook_id: UUID, parting: Parting, wake_runs: Callable[[], None]
) -> list[Fetch]:
    """Map one notification alone, after its batch failed."""
    webhook = await store.take_webhook(uow, webhook_id)
    return await map_webhooks(uow, mapper, [webhook], parting, wake_runs) if webhook else []


async def map_webhooks(
    uow: UnitOfWork,
    mapper: Mapper,
    webhooks: Sequence[Webhook],
    parting: Parting,
    wake_runs: Callable[[], None],
) -> list[Fetch]:
    """Map locked notifications and record what they say, in a few statements for all of them.

    `wake_runs` is called after the commit when one of them tells what a run may wait for.
    """
    await uow.allow({w.tenant_id for w in webhooks})
    accounts = await store.load_accounts(uow, {w.account_id for w in webhooks})
    batch = _Batch()
    for webhook in webhooks:
        account = accounts.get(webhook.account_id)
        if account is None:
            batch.outcomes[webhook.id] = "the account is no longer there"
            continue
        try:
            mapped = mapper(webhook.topic, webhook.body, webhook.headers)
        except UnmappableError as error:
            await bury(uow, webhook, "unmappable", str(error))
            batch.outcomes[webhook.id] = "dead letter"
        else:
            _collect(batch, webhook, account, mapped)
    await _record(uow, batch, parting)
    if batch.waited_for:
        uow.after_commit(wake_runs)
    return batch.fetches


def _collect(batch: _Batch, webhook: Webhook, account: Account, mapped: Mapped) -> None:
    trace = webhook.traceparent
    batch.sightings += [
        Sighting(account, line, "webhook", webhook.accepted_at, trace) for line in mapped.lines
    ]
    batch.observations += [Observation(account, seen, trace) for seen in mapped.listings]
    batch.quantities += [(QuantityNews(account, item, trace), webhook) for item in mapped.quantities]
    at = webhook.accepted_at
    batch.gone += [Gone(account, at, alias=alias, traceparent=trace) for alias in mapped.gone]
    batch.gone += [Gone(account, at, ref=ref, traceparent=trace) for ref in mapped.gone_refs]
    if mapped.revoked:
        since = mapped.revoked_at or webhook.accepted_at
        batch.revoked[account.account_id] = max(since, batch.revoked.get(account.account_id, since))
    batch.chores += [Chore(account.tenant_id, account.account_id, *chore) for chore in mapped.chores]
    if mapped.wakes_runs:
        batch.waited_for.add(account.account_id)
    if not mapped.read_orders:
        batch.outcomes[webhook.id] = mapped.ignored or "mapped"
    elif _can_be_read(account):
        batch.fetches.append(Fetch(webhook, orders=mapped.read_orders))
    else:
        batch.outcomes[webhook.id] = _UNREADABLE


def _can_be_read(account: Account) -> bool:
    """Not once our access is gone: such a notification would wait for ever, and with it what must be forgotten."""
    return account.state != "revoked"


async def _record(uow: UnitOfWork, batch: _Batch, parting: Parting) -> None:
    """Sales before stock, each in id order. Runs come first: one that records a page has locked itself before its lines."""
    await store.hurry_runs(uow, batch.waited_for)
    await record_lines(uow, batch.sightings)
    await record_listings(uow, batch.observations)
    unread = await record_quantities(uow, [news for news, _ in batch.quantities])
    _fetch_unread(batch, unread)
    await record_gone(uow, batch.gone)
    for account_id, at in sorted(batch.revoked.items()):
        await disconnect_account(uow, account_id, reason=_REVOKED, at=at, parting=parting)
    await store.want_chores(uow, batch.chores, uow.now)
    await store.postpone_webhooks(uow, [f.webhook.id for f in batch.fetches], uow.now + store.LEASE)
    await store.finish_webhooks(uow, batch.outcomes)


def _fetch_unread(batch: _Batch, unread: Sequence[QuantityNews]) -> None:
    """Stock news of listings that are not known whole: those are read, each notification once."""
    missing = {id(news) for news in unread}
    aliases: dict[UUID, list[str]] = {}
    webhooks: dict[UUID, Webhook] = {}
    for news, webhook in batch.quantities:
        if id(news) not in missing:
            continue
        if not _can_be_read(news.account):
            batch.outcomes[webhook.id] = _UNREADABLE
        else:
            webhooks[webhook.id] = webhook
            aliases.setdefault(webhook.id, []).append(news.item.alias)
    for webhook_id, webhook in webhooks.items():
        batch.fetches.append(Fetch(webhook, listings=tuple(aliases[webhook_id])))
        batch.outcomes.pop(webhook_id, None)


async def record_fetched(
    uow: UnitOfWork, fetched: Fetch, sightings: Sequence[Sighting], observations: Sequence[Observation]
) -> None:
    """Record the orders and listings a notification spoke of, and end it."""
    await record_lines(uow, sightings)
    await record_listings(uow, observations)
    await store.finish_webhooks(uow, {fetched.webhook.id: "mapped"})


async def postpone_fetch(uow: UnitOfWork, fetch: Fetch, pause: timedelta) -> None:
    """The marketplace could not be read: try this notification again later."""
    await store.postpone_webhooks(uow, [fetch.webhook.id], uow.now + pause)


async def bury(uow: UnitOfWork, webhook: Webhook, reason: str, error: str) -> None:
    """Keep a notification that can't be mapped with its reason, until a person decides."""
    await dead_letters.set_aside(
        uow,
        subscriber=SUBSCRIBER,
        source=f"webhook:{webhook.topic}",
        key=webhook.account_id.bytes,
        headers={**webhook.headers, "soldwire-webhook": str(webhook.id)},
        payload=webhook.body,
        reason=reason,
        error=error,
        tenant_id=webhook.tenant_id,
    )
    await store.finish_webhooks(uow, {webhook.id: "dead letter"})


async def map_again(uow: UnitOfWork, mapper: Mapper, letter: DeadLetter, parting: Parting) -> None:
    """Redrive a dead notification. Raises UnmappableError when it still can't be mapped."""
    account = await account_of(uow, letter)
    headers = {name: value.decode("utf-8", "replace") for name, value in letter.headers}
    topic = letter.source.removeprefix("webhook:")
    mapped = mapper(topic, letter.payload, headers)
    webhook = Webhook(
        UUID(headers["soldwire-webhook"]),
        account.tenant_id,
        account.account_id,
        topic,
        letter.payload,
        headers,
        letter.created_at,
    )
    batch = _Batch()
    _collect(batch, webhook, account, mapped)
    if batch.fetches:
        await store.want_orders(uow, [account.account_id])
    await _record(uow, batch, parting)
