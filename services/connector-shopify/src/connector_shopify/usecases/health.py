"""Shops with how it goes with each: written down from reports, told in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit.domain import Account
from connector_kit.reports import Report
from connector_kit.sealing import Sealer
from connector_kit.usecases import CLOSED
from kit.errors import NotFound, Refused
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.domain import STATES, Arrivals, Facts, Health, health_of
from connector_shopify.store import Grant, HealthRow
from connector_shopify.usecases.products import sold_out_of
from connector_shopify.wire.scopes import PAYOUTS_SCOPE, MissingScope, missing_scopes
from connector_shopify.wire.webhooks import topics_missing

_ERROR_IS_NEWS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShopAccount:
    """A shop as its tenant sees it, but for its secrets."""

    account: Account
    health: Health
    row: HealthRow
    grant: Grant
    sold_out: str
    missing: Sequence[MissingScope]
    topics_missing: Sequence[str] = field(default=())
    error_at: datetime | None = None
    """When it last failed, while that is still of interest."""


async def record_reports(uow: UnitOfWork, reports: Sequence[Report]) -> None:
    """Write down how calls went."""
    await store.merge_reports(uow, reports)


async def shops(uow: UnitOfWork, sealer: Sealer) -> list[ShopAccount]:
    """Every shop of the tenant, the first connected first."""
    return await _told(uow, sealer, await shared_store.list_accounts(uow))


async def shop(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> ShopAccount:
    """One shop. Raises NotFound."""
    found = await shared_store.load_accounts(uow, [account_id])
    if account_id not in found:
        raise NotFound("no_such_account", "There is no such account.")
    return (await _told(uow, sealer, list(found.values())))[0]


async def shop_with_keys(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> Account:
    """One shop with its credentials, to call it. Raises NotFound, or Refused when they can't be opened."""
    found, closed = await shared_store.load_openable(uow, [account_id], sealer)
    if closed:
        raise Refused("sign_in_closed", CLOSED)
    if account_id not in found:
        raise NotFound("no_such_account", "There is no such account.")
    return found[account_id]


async def count_by_health(uow: UnitOfWork, after: UUID, limit: int) -> tuple[Counter[str], UUID | None]:
    """How many shops of all tenants are in each state, by id after `after`, and where to go on; None ends. Bus role."""
    known = await shared_store.connected_after(uow, after, limit)
    await uow.allow({one.tenant_id for one in known})
    ids = [one.account_id for one in known]
    accounts, rows = await shared_store.load_accounts(uow, ids), await store.load_health(uow, ids)
    states = (_verdict(a, rows.get(key, HealthRow()), uow.now).state for key, a in accounts.items())
    further = known[-1].account_id if len(known) == limit else None
    counted: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    counted.update(states)
    return counted, further


async def _told(uow: UnitOfWork, sealer: Sealer, accounts: Sequence[Account]) -> list[ShopAccount]:
    ids = [account.account_id for account in accounts]
    rows = await store.load_health(uow, ids)
    grants = await store.load_grants(uow, ids, sealer)
    chosen = await sold_out_of(uow, ids)
    return [
        _shop(
            account,
            rows.get(account.account_id, HealthRow()),
            grants.get(account.account_id),
            chosen[account.account_id].value,
            uow.now,
        )
        for account in accounts
    ]


def _shop(account: Account, row: HealthRow, grant: Grant | None, sold_out: str, now: datetime) -> ShopAccount:
    """`grant` None: what it gave can't be opened, so nothing is read of it and nothing changed."""
    recent = row.error_at is not None and (
        row.failing_since is not None or now - row.error_at < _ERROR_IS_NEWS
    )
    return ShopAccount(
        account,
        _verdict(account if grant is not None else _closed(account), row, now),
        row,
        grant or Grant(),
        sold_out,
        _missing_scopes(row),
        _missing_topics(row.topics),
        row.error_at if recent else None,
    )


def _closed(account: Account) -> Account:
    if account.state != "connected":
        return account
    return replace(account, state="needs_login", reason=CLOSED)


def _verdict(account: Account, row: HealthRow, now: datetime) -> Health:
    refused = row.refusals
    facts = Facts(
        now=now,
        account=account.state,
        connected_at=max(account.connected_at, account.granted_at or account.connected_at),
        reason=account.reason,
        read_up_to=account.watermark,
        failing_since=row.failing_since,
        failures=row.failures,
        error=row.error_reason,
        scopes_missing=[one.scope for one in _missing_scopes(row) if one.needed],
        topics_missing=_missing_topics(row.topics),
        topics_error=row.topics_error,
        topics_at=row.topics_at,
        arrivals=Arrivals(row.webhook_at, row.refused_at),
        payouts_error=None if _payouts_not_granted(row) else row.payouts_error,
        products_refused=refused.count if refused else 0,
        products_reason=refused.reason if refused else None,
        products_since=refused.since if refused else None,
    )
    return health_of(facts)


def _payouts_not_granted(row: HealthRow) -> bool:
    """Then it is the permission that is missing, which is wanted and not needed: said among the permissions."""
    return any(one.scope == PAYOUTS_SCOPE for one in _missing_scopes(row))


def _missing_scopes(row: HealthRow) -> Sequence[MissingScope]:
    """None as long as nobody has looked."""
    return missing_scopes(row.scopes) if row.scopes is not None else []


def _missing_topics(held: Sequence[str] | None) -> Sequence[str]:
    """Topics nobody tells us of at our address; none as long as nobody has looked."""
    return topics_missing(held) if held is not None else ()
